"""Our own letters in the mailboxes we read: left where they lie, and logged. Whatever is not surely ours is an ordinary mail."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain import journaling, recognition
from app.models.case import Forward
from app.models.unit import Unit
from app.services import events


def lying_where_sent(session: Session, mailbox: str, content: bytes, secret: str) -> Forward | None:
    """The forward that a mail in its unit's own mailbox is, by our seal.

    The Message-ID alone shows nothing: who gets the unit's answer can read it there, and a mail that borrows it is news.
    """
    message_id, shown = recognition.claimed_message_id(content), recognition.claimed_seal(content)
    if message_id is None or shown is None:
        return None
    if not hmac.compare_digest(shown, journaling.seal(message_id, secret)):
        return None
    forward = session.get(Forward, message_id)
    unit = session.get(Unit, forward.unit_id) if forward is not None else None
    return forward if unit is not None and unit.address == mailbox else None


def leave(session: Session, forward: Forward, mailbox: str, key: str, content: bytes, *, now: datetime) -> None:
    """Write down that our letter lies in the unit's mailbox, where its people read it."""
    events.record(
        session, "own_letter_left", by=events.ROBOT, now=now, enquiry_id=forward.enquiry_id, unit_id=forward.unit_id,
        mailbox=mailbox, key=key, sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
