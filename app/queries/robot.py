"""What the robot holds back until somebody starts it again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.case import HeldWork
from app.models.enquiry import Enquiry


def held(session: Session) -> list[tuple[HeldWork, str]]:
    """Held work with its unit's name, the oldest first."""
    query = select(HeldWork, Enquiry).join(Enquiry, Enquiry.id == HeldWork.enquiry_id).order_by(HeldWork.at)
    return [(row, enquiry.unit.name if enquiry.unit else "") for row, enquiry in session.execute(query)]
