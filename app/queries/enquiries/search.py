"""Full-text search for enquiries. One question to the index, written for SQLite's FTS5 and for PostgreSQL's tsvector.

The index is `search_index`, kept by triggers (app/models/search_index.py).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, column, func, literal, literal_column, select, table, text
from sqlalchemy.orm import Session

from app.domain.search import Term, Wanted, unit_mark
from app.models.case import Case, CaseDocument
from app.models.enquiry import Attachment, Enquiry
from app.models.note import Note
from app.models.unit import Unit

DIRECT = 5


def matching(session: Session, wanted: Wanted, *, unit_id: int | None = None) -> Select[Any]:
    """Select the enquiries with all terms, newest first. With `unit_id`, only that unit's. The ids are selected.

    Columns of `enquiry` can be asked for in further conditions; the index is read first.
    """
    names = {number: name.lower() for number, name in session.execute(select(Unit.id, Unit.name))}
    if session.get_bind().dialect.name == "sqlite":
        return _fts5(_sqlite_words(wanted, names, unit_id))
    return _tsvector(_postgresql_words(wanted, names, unit_id))


def _fts5(words: str) -> Select[Any]:
    index = table("search_index", column("rowid", BigInteger))
    # The plus keeps SQLite from looking every enquiry up in the index of words, one by one.
    joined = index.join(Enquiry, Enquiry.id == literal_column("+search_index.rowid"))
    query = select(Enquiry.id).select_from(joined).where(text("search_index MATCH :words").bindparams(words=words))
    return query.order_by(index.c.rowid.desc())


def _tsvector(words: str) -> Select[Any]:
    index = table("search_index", column("enquiry_id"), column("words"))
    found: ColumnElement[bool] = index.c.words.op("@@")(func.to_tsquery(literal_column("'danish'"), literal(words)))
    query = select(Enquiry.id).select_from(index.join(Enquiry, Enquiry.id == index.c.enquiry_id)).where(found)
    return query.order_by(index.c.enquiry_id.desc())


def _sqlite_words(wanted: Wanted, names: Mapping[int, str], unit_id: int | None) -> str:
    """A question to FTS5. Every word is quoted, and words hold letters and digits only: nothing in them is syntax."""
    parts = [_either(_fts5_term(term), term, names, " OR ") for term in wanted.terms]
    return " AND ".join([*parts, *([unit_mark(unit_id)] if unit_id is not None else [])]) or '""'


def _fts5_term(term: Term) -> str:
    return f'"{" ".join(term.words)}"{" *" if term.prefix else ""}'


def _postgresql_words(wanted: Wanted, names: Mapping[int, str], unit_id: int | None) -> str:
    parts = [_either(_tsquery_term(term), term, names, " | ") for term in wanted.terms]
    return " & ".join([*parts, *([unit_mark(unit_id)] if unit_id is not None else [])])


def _tsquery_term(term: Term) -> str:
    return " <-> ".join(term.words) + (":*" if term.prefix else "")


def _either(found: str, term: Term, names: Mapping[int, str], either: str) -> str:
    """Return the condition for a term or its units.

    A unit is meant where the term occurs in its name: units stand in the index by number.
    """
    units = [unit_mark(number) for number, name in names.items() if in_name(term, name)]
    return "(" + either.join([f"({found})", *units]) + ")"


def in_name(term: Term, name: str) -> bool:
    """Tell whether a term occurs in a name."""
    words = name.lower().replace("-", " ").split()
    if term.phrase:
        return f" {' '.join(term.words)} " in f" {' '.join(words)} "
    return any(term.fits(word) for word in words)


def direct(session: Session, wanted: Wanted) -> list[int]:
    """Return enquiries named by a number.

    Their own number, or that of their case. At most `DIRECT`, the first first.
    """
    query = select(Enquiry.id).join(Case, Case.id == Enquiry.case_id).where(Case.number == wanted.text)
    found = list(session.scalars(query.order_by(Enquiry.id).limit(DIRECT)))
    if wanted.number is not None and session.get(Enquiry, wanted.number) is not None:
        found.insert(0, wanted.number)
    return list(dict.fromkeys(found))


def elsewhere(session: Session, enquiry_ids: list[int]) -> list[tuple[int, str, str]]:
    """Return what is searched besides subject and text.

    Each is (enquiry, where, text), where is "file", "document" or "note".
    """
    if not enquiry_ids:
        return []
    places = (
        ("note", Note.enquiry_id, Note.text),
        ("document", CaseDocument.enquiry_id, CaseDocument.title),
        ("file", Attachment.enquiry_id, Attachment.filename),
    )
    return [
        (number, place, text)
        for place, key, words in places
        for number, text in session.execute(select(key, words).where(key.in_(enquiry_ids)))
    ]
