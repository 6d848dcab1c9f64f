"""The audit log: the one function that writes to it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, SessionTransaction

from app.domain import audit_chain
from app.domain.actor import Actor
from app.domain.events.base import DomainEvent
from app.models.event import Event

NEWEST = "newest_event"
"""Where a session keeps the last row that it has written."""


def record(session: Session, content: DomainEvent, *, by: Actor, now: datetime, enquiry_id: int | None = None) -> Event:
    """Append an event in the transaction of its change.

    It is chained to the newest row: a writer holds the one lock (app/database.py), so that row stays the newest.
    """
    event = after(_newest(session), content, by=by, now=now, enquiry_id=enquiry_id)
    session.add(event)
    session.flush()
    session.info[NEWEST] = (_transaction(session), event.id, event.hash)
    return event


def _newest(session: Session) -> tuple[int, str]:
    """Return number and hash of the newest row: what this transaction has written itself, else what the table says."""
    transaction, number, made = session.info.get(NEWEST, (None, 0, audit_chain.START))
    if transaction is not None and transaction is _transaction(session):
        return number, made
    return head(session)


def head(session: Session) -> tuple[int, str]:
    """Return the number and hash of the newest row; what stands before the first where there is none."""
    row = session.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).first()
    return (row.id, row.hash) if row else (0, audit_chain.START)


def _transaction(session: Session) -> SessionTransaction | None:
    """Return what is rolled back in one go: where a savepoint goes, its rows are gone too."""
    return session.get_nested_transaction() or session.get_transaction()


def after(
    newest: tuple[int, str], content: DomainEvent, *, by: Actor, now: datetime, enquiry_id: int | None = None
) -> Event:
    """Make the event that follows the newest row, without writing it."""
    number, stored = newest[0] + 1, audit_chain.plain(content.stored())
    made = audit_chain.link(newest[1], number, now, by.email, content.kind, enquiry_id, stored)
    return Event(id=number, at=now, by=by.email, kind=content.kind, enquiry_id=enquiry_id, data=stored, hash=made)
