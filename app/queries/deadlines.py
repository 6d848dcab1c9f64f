"""What the page of deadlines shows: the types, and what was changed."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.case import InterimReply
from app.models.deadline import DeadlineType
from app.models.event import Event

CHANGES = 20


def types(session: Session, *, retired: bool = True) -> list[DeadlineType]:
    query = select(DeadlineType).order_by(DeadlineType.retired, DeadlineType.id)
    return list(session.scalars(query if retired else query.where(~DeadlineType.retired)))


def changes(session: Session) -> list[Event]:
    """The latest changes to calendar and types, newest first."""
    query = select(Event).where(Event.kind.in_(("calendar_changed", "deadline_type_changed")))
    return list(session.scalars(query.order_by(Event.id.desc()).limit(CHANGES)))


def interim_reply(session: Session, enquiry_id: int) -> InterimReply | None:
    """The letter that told the citizen who handles the matter, if there is one."""
    return session.get(InterimReply, enquiry_id)
