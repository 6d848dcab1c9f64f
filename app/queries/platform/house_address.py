"""The address that the house itself writes from."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.unit import Mailbox


def house_address(session: Session) -> str:
    """Return the first shared mailbox; "" where there is none."""
    shared = select(Mailbox.address).where(Mailbox.unit_id.is_(None), ~Mailbox.journal).order_by(Mailbox.id).limit(1)
    return session.scalar(shared) or ""
