"""Keep each mail's words, as salted numbers, in step with the audit log.

Whatever happens to a mail has its words read again, so that what was erased, masked or divided is gone with the next look. Words
follow the log by its numbers, as facts do (services/reports/enquiry_facts.py); where there are none yet, all mails are gone
through, newest first. Each step is small, and goes on where the last one stopped.
"""

import struct
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select
from sqlalchemy.orm import Session

from app import database
from app.domain import content_words
from app.domain.content_words import Case
from app.domain.deadlines import local_day
from app.domain.events import kinds
from app.domain.events.base import EventGroup
from app.domain.events.enquiries import EnquiryErased, PersonMasked
from app.domain.events.organisation import ReorganisationUndone, Reorganised
from app.domain.places import Register
from app.domain.recognition import SetAside
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.topics import EnquiryWords, Place, Term, TermCount, TermMail, TermTally
from app.services.platform import settings
from learning.salt import Salt
from learning.text import clean_written

EVENTS, ENQUIRIES = 2_000, 200
"""At most so many in one step."""
LETTER = 15
"""Words from which on two mails with the same ones are one letter that is passed around; short mails may be alike by chance."""
DIVIDED = (SetAside.SPLIT, SetAside.SPLIT_UNDONE)
VIEWS = kinds(EventGroup.VIEW)
COUNTED_ANEW = frozenset(each.kind for each in (EnquiryErased, PersonMasked, Reorganised, ReorganisationUndone))
"""After these no quarter's words may stand as they were counted."""


def refresh(engine: Engine, salt: Salt) -> bool:
    """Read the words of mails that changed. Return whether there is more to read."""
    with database.read(engine) as session:
        salted = settings.get(session, settings.WORDS_SALT) == salt.check
        position, again = settings.get(session, settings.WORDS_POSITION), settings.get(session, settings.WORDS_AGAIN)
        newest = session.scalar(select(func.max(Event.id))) or 0
        first, anew, changed = position is None or not salted, False, set[int]()
        if position is None or not salted:
            position, again = newest, (session.scalar(select(func.max(Enquiry.id))) or 0) + 1
        elif position < newest:
            position, anew, changed = _since(session, position)
        redone, left = ([], again) if changed else _again(session, again)
        ids = changed | set(redone)
        rows = made(session, ids, salt)
    if first or ids or anew or left != again or position != newest:
        _store(engine, ids, rows, position, left, salt, salted=salted, anew=anew or first)
    return left > 0 or position < newest


def _since(session: Session, position: int) -> tuple[int, bool, set[int]]:
    """Return how far the log was read, whether all is to be counted anew, and which mails have changed."""
    query = select(Event.id, Event.kind, Event.enquiry_id).where(Event.id > position).order_by(Event.id).limit(EVENTS)
    anew, changed = False, set[int]()
    for number, kind, enquiry_id in session.execute(query):
        if enquiry_id is not None and kind not in VIEWS and enquiry_id not in changed:
            if len(changed) == ENQUIRIES:
                break
            changed.add(enquiry_id)
        position, anew = number, anew or kind in COUNTED_ANEW
    return position, anew, changed


def _again(session: Session, before: int) -> tuple[Sequence[int], int]:
    """Return the next mails to be read, below `before`, and where to go on; 0 at the end."""
    if before <= 0:
        return [], 0
    query = select(Enquiry.id).where(Enquiry.id < before).order_by(Enquiry.id.desc()).limit(ENQUIRIES)
    ids = session.scalars(query).all()
    return ids, ids[-1] if len(ids) == ENQUIRIES else 0


def made(session: Session, ids: Collection[int], salt: Salt) -> list[dict[str, Any]]:
    """Return the rows of these mails. A mail without words of its own has none."""
    names = {each.id: (each.name, each.kind) for each in session.scalars(select(Place))}
    register = Register.of(names)
    columns = (Enquiry.id, Enquiry.received_at, Enquiry.citizen_key, Enquiry.subject, Enquiry.text, *PEOPLE)
    query = select(*columns).where(
        Enquiry.id.in_(ids), ~Enquiry.imported, func.coalesce(Enquiry.reason, "").not_in(DIVIDED)
    )
    rows = (_row(each, salt, register) for each in session.execute(query))
    return [row for row in rows if row is not None]


PEOPLE = (Enquiry.sender_name, Enquiry.citizen_name, Enquiry.sender_address, Enquiry.citizen_address)


def _row(mail: Any, salt: Salt, register: Register) -> dict[str, Any] | None:
    subject, body = clean_written(mail.subject, mail.text)
    people = (mail.sender_name, mail.citizen_name, mail.sender_address, mail.citizen_address)
    words = content_words.words_of(subject, body, people)
    stems = sorted(key for key, each in words.items() if each.case is not Case.NAME)
    if not stems:
        return None
    return {
        "enquiry_id": mail.id,
        "received_on": local_day(mail.received_at),
        "voice": salt.number(f"voice {mail.citizen_key or mail.id}"),
        "letter": salt.number(" ".join(stems) if len(stems) >= LETTER else f"letter {mail.id}"),
        "words": _packed(stems, salt),
        "names": _packed(words.keys() - set(stems), salt),
        "places": sorted(register.find(f"{subject}\n{body}")),
    }


def _packed(stems: Collection[str], salt: Salt) -> bytes:
    numbers = sorted({salt.number(each) for each in stems})
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _store(
    engine: Engine,
    ids: Collection[int],
    rows: Sequence[dict[str, Any]],
    position: int,
    again: int,
    salt: Salt,
    *,
    salted: bool,
    anew: bool,
) -> None:
    with database.write(engine) as session:
        if not salted:
            for table in (TermCount, TermTally, TermMail, Term, EnquiryWords):
                session.execute(delete(table))
            settings.put(session, settings.WORDS_SALT, salt.check)
        session.execute(delete(EnquiryWords).where(EnquiryWords.enquiry_id.in_(ids)))
        if rows:
            session.execute(insert(EnquiryWords), rows)
        if anew:
            settings.put(session, settings.TOPICS_WEEK, "")
        settings.put(session, settings.WORDS_POSITION, position)
        settings.put(session, settings.WORDS_AGAIN, again)


def forget(session: Session, enquiry_id: int) -> None:
    """Remove a mail's words, and the mail from behind every term, at once; the counts follow with the worker's next look."""
    for table in (EnquiryWords, TermMail):
        session.execute(delete(table).where(table.enquiry_id == enquiry_id))
