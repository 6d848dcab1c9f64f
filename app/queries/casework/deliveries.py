"""Delivery of the answer to an enquiry."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.case import Reply


def undelivered(session: Session, enquiry_id: int) -> datetime | None:
    """Return when the latest answer was found undelivered. None where it has arrived, or there is none."""
    latest = select(Reply.bounced_at).where(Reply.enquiry_id == enquiry_id).order_by(Reply.sent_at.desc())
    return session.scalar(latest.limit(1))
