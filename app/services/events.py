"""The audit log: the one function that writes to it."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.models.event import Event

ROBOT = "robot"


def record(session: Session, kind: str, *, by: str, now: datetime, enquiry_id: int | None = None, **data: Any) -> Event:
    """Append an event, in the transaction of the change it tells of."""
    event = Event(at=now, by=by, kind=kind, enquiry_id=enquiry_id, data=data)
    session.add(event)
    session.flush()
    return event
