"""Reachability of the citizen of an enquiry."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events.casework import CitizenUnreachable
from app.domain.events.inbound import CitizenChanged
from app.models.event import Event

ANSWERED_ELSEWHERE = (CitizenUnreachable.kind, CitizenChanged.kind)


def unreachable(session: Session, enquiry_id: int) -> bool:
    """Tell whether the citizen's address is refused.

    The mail system has refused it, and nobody has named another since.
    """
    query = select(Event.kind).where(Event.enquiry_id == enquiry_id, Event.kind.in_(ANSWERED_ELSEWHERE))
    return session.scalars(query.order_by(Event.id.desc()).limit(1)).first() == CitizenUnreachable.kind
