# ruff: noqa: S608 - names of our own tables, and text to compare with
"""Say what the index of words is: one row an enquiry, kept by triggers, in the SQL of both databases (decision 0025).

To change it, change it here and write a migration with a copy of what this says then: a migration stays what it was.
`tests/architecture/test_migrations.py` compares what the migrations made with this, word for word.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

SEARCHED = "subject, sender_name, sender_address, text, unit_id, case_id, imported, citizen_name, citizen_address"
"""Columns of an enquiry whose change writes its row anew."""
SOURCES = {"attachment": "filename", "case_document": "title", "note": "text"}
"""What belongs to an enquiry besides its own columns: table → the column that is searched."""
PUNCTUATION = "@._-/:;,!?()[]{}<>\"''|#&*+=~^`%$–—’‘“”«»…§·•\N{NO-BREAK SPACE}"
CAPITALS, SMALL = "ÆØÅÉÈÖÄÜ", "æøåéèöäü"
CAP = 100_000
"""Characters of a mail that can be searched: PostgreSQL takes no vector of words larger than a megabyte."""
CITIZEN = (
    "CASE WHEN e.citizen_address <> e.sender_address OR e.citizen_name <> e.sender_name "
    "THEN ' ' || e.citizen_name || ' ' || e.citizen_address ELSE '' END"
)
"""The citizen's words, where they are not the sender's."""
FOUND = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE name LIKE 'search_%' AND (type = 'trigger' OR sql LIKE '%VIRTUAL%')",
    "postgresql": (
        "SELECT tgname, replace(pg_get_triggerdef(oid), ' ON public.', ' ON ') FROM pg_trigger WHERE tgname LIKE 'search_%' "
        "UNION SELECT proname || '()', trim(prosrc) FROM pg_proc WHERE proname LIKE 'search_%'"
    ),
}


def forget(session: Session) -> None:
    """Rewrite the word index without what was removed. Until then SQLite keeps it, marked as gone."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO search_index (search_index) VALUES ('optimize')"))


def found(session: Session) -> dict[str, str]:
    """Name → definition of what keeps the index in this database, as it tells it."""
    found: dict[str, str] = dict(session.execute(text(FOUND[session.get_bind().dialect.name])).all())
    return found


def definitions(dialect: str) -> dict[str, str]:
    """Name → definition of what has to keep the index."""
    return _on_sqlite() if dialect == "sqlite" else _on_postgresql()


def _on_sqlite() -> dict[str, str]:
    return {
        "search_index": (
            "CREATE VIRTUAL TABLE search_index USING fts5"
            "(words, tokenize = \"unicode61 remove_diacritics 0\", prefix = '3')"
        ),
        **{name: f"CREATE TRIGGER {name} {what}" for name, what in _sqlite_triggers().items()},
    }


def _sqlite_triggers() -> dict[str, str]:
    """Name → when, and what then. Imported history is not searched."""
    changed = f"AFTER UPDATE OF {SEARCHED} ON enquiry WHEN NOT (NEW.imported AND OLD.imported)"
    triggers = {
        "search_enquiry_insert": f"AFTER INSERT ON enquiry WHEN NOT NEW.imported {_refresh('NEW.id')}",
        "search_enquiry_update": f"{changed} {_refresh('NEW.id')}",
    }
    for table, column in SOURCES.items():
        for verb, row in (("INSERT", "NEW"), (f"UPDATE OF {column}", "NEW"), ("DELETE", "OLD")):
            imported = f"(SELECT imported FROM enquiry WHERE id = {row}.enquiry_id)"
            when = f"AFTER {verb} ON {table} WHEN NOT {imported}"
            triggers[f"search_{table}_{verb.split()[0].lower()}"] = f"{when} {_refresh(f'{row}.enquiry_id')}"
    return triggers


def _refresh(number: str) -> str:
    documents = f"SELECT e.id, {_words('group_concat')} FROM enquiry e WHERE e.id = {number} AND NOT e.imported"
    insert = f"INSERT INTO search_index (rowid, words) {documents};"
    return f"BEGIN DELETE FROM search_index WHERE rowid = {number}; {insert} END"


def _words(gathered: str) -> str:
    """All words of the enquiry `e`, as SQL; `gathered` is the database's function that joins rows of text."""
    mine = (
        f"coalesce((SELECT {gathered}({column}, ' ') FROM {table} WHERE enquiry_id = e.id), '')"
        for table, column in SOURCES.items()
    )
    own = f"e.subject || ' ' || e.sender_name || ' ' || e.sender_address || {CITIZEN}"
    case = "coalesce((SELECT number FROM \"case\" WHERE id = e.case_id), '')"
    parts = ("coalesce('sluseunit' || e.unit_id, '')", own, case, *mine, f"substr(e.text, 1, {CAP})")
    return " || ' ' || ".join(parts)


def _on_postgresql() -> dict[str, str]:
    blanks = " " * len(PUNCTUATION)
    old, new = (PUNCTUATION + CAPITALS).replace("'", "''"), blanks + SMALL
    vector = f"to_tsvector('danish', translate({_words('string_agg')}, '{old}', '{new}'))"
    rows = f"SELECT e.id, {vector} FROM enquiry e WHERE NOT e.imported AND e.id = number"
    definitions = {
        "search_refresh()": f"INSERT INTO search_index (enquiry_id, words) {rows} "
        "ON CONFLICT (enquiry_id) DO UPDATE SET words = EXCLUDED.words"
    }
    for table in ("enquiry", *SOURCES):
        number = "id" if table == "enquiry" else "enquiry_id"
        verbs = (
            f"INSERT OR UPDATE OF {SEARCHED}"
            if table == "enquiry"
            else f"INSERT OR DELETE OR UPDATE OF {SOURCES[table]}"
        )
        definitions[f"search_{table}"] = (
            f"CREATE TRIGGER search_{table} AFTER {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION search_{table}()"
        )
        definitions[f"search_{table}()"] = (
            f"BEGIN PERFORM search_refresh(coalesce(NEW.{number}, OLD.{number})); RETURN NULL; END"
        )
    return definitions
