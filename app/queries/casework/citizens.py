"""Whether the citizen of an enquiry can be written to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.event import Event

TOLD = ("citizen_unreachable", "citizen_changed")


def unreachable(session: Session, enquiry_id: int) -> bool:
    """Whether the mail system has refused the citizen's address, and nobody has named another since."""
    query = select(Event.kind).where(Event.enquiry_id == enquiry_id, Event.kind.in_(TOLD))
    return session.scalars(query.order_by(Event.id.desc()).limit(1)).first() == "citizen_unreachable"
