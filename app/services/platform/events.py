"""The audit log: the one function that writes to it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import audit_chain
from app.domain.actor import Actor
from app.domain.events.base import DomainEvent
from app.models.event import Event


def record(session: Session, content: DomainEvent, *, by: Actor, now: datetime, enquiry_id: int | None = None) -> Event:
    """Append an event in the transaction of its change.

    It is chained to the newest row: a writer holds the one lock (app/database.py), so that row stays the newest.
    """
    head = session.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).first()
    number, before = (head.id + 1, head.hash) if head else (1, audit_chain.START)
    stored = audit_chain.plain(content.stored())
    made = audit_chain.link(before, number, now, by.email, content.kind, enquiry_id, stored)
    event = Event(id=number, at=now, by=by.email, kind=content.kind, enquiry_id=enquiry_id, data=stored, hash=made)
    session.add(event)
    session.flush()
    return event
