"""Notes: what colleagues write for each other about an enquiry. Nobody changes one; its author may take it back the same day."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import deadlines
from app.domain.actor import Actor
from app.domain.events.triage import NoteWithdrawn, NoteWritten
from app.errors import NotFoundError, RefusedError
from app.models.enquiry import Enquiry
from app.models.note import Note
from app.services.platform import events

LONGEST = 2_000
"""Characters of a note."""


def write(session: Session, enquiry: Enquiry, text: str, *, by: Actor, now: datetime) -> Note:
    """Keep a note. The log tells that there is one, not what it says: it could not be erased from there.

    Raises:
        RefusedError: it says nothing, or too much.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST:
        raise RefusedError("note_length")
    note = Note(enquiry_id=enquiry.id, text=text, by=by.email, at=now)
    session.add(note)
    session.flush()
    events.record(session, NoteWritten(note_id=note.id), by=by, now=now, enquiry_id=enquiry.id)
    return note


def withdraw(session: Session, enquiry: Enquiry, note_id: int, *, by: Actor, now: datetime) -> None:
    """Delete a note's text. The log tells that there was one.

    Raises:
        NotFoundError: the enquiry has no such note.
        RefusedError: it is somebody else's, of another day, or taken back already.
    """
    note = session.get(Note, note_id)
    if note is None or note.enquiry_id != enquiry.id:
        raise NotFoundError
    if not may_withdraw(note, by=by, now=now):
        raise RefusedError("note_stays")
    note.text, note.withdrawn_at = "", now
    events.record(session, NoteWithdrawn(note_id=note.id), by=by, now=now, enquiry_id=enquiry.id)


def may_withdraw(note: Note, *, by: Actor, now: datetime) -> bool:
    same_day = deadlines.local_day(note.at) == deadlines.local_day(now)
    return note.by == by.email and note.withdrawn_at is None and same_day


def of(session: Session, enquiry_id: int) -> list[Note]:
    """Return an enquiry's notes, oldest first. Withdrawn ones are left out."""
    query = select(Note).where(Note.enquiry_id == enquiry_id, Note.withdrawn_at.is_(None))
    return list(session.scalars(query.order_by(Note.id)))
