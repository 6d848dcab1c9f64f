"""Our own letters in the mailboxes we read.

They are left where they lie, and logged. Whatever is not surely ours is an ordinary mail.
"""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import journaling, recognition
from app.domain.actor import ROBOT
from app.domain.events.inbound import OwnLetterLeft
from app.models.case import Forward
from app.models.event import Event
from app.models.unit import Unit
from app.services.platform import events


def lying_where_sent(session: Session, mailbox: str, content: bytes, secret: str) -> Forward | None:
    """Return the forward a mail is, by our seal. The mail lies in its unit's own mailbox.

    The Message-ID alone shows nothing: anybody who gets the unit's answer can read it there, and a mail that borrows it
    is news. Nor does a seal twice: anybody who was sent our letter on can read that too, and a second mail that bears
    it is another one.
    """
    message_id, shown = recognition.claimed_message_id(content), recognition.claimed_seal(content)
    if message_id is None or shown is None:
        return None
    if not hmac.compare_digest(shown, journaling.seal(message_id, secret)):
        return None
    forward = session.get(Forward, message_id)
    unit = session.get(Unit, forward.unit_id) if forward is not None else None
    if forward is None or unit is None or unit.address != mailbox:
        return None
    return None if _another_lies_there(session, forward, content) else forward


def _another_lies_there(session: Session, forward: Forward, content: bytes) -> bool:
    """Tell whether other bytes were left as this letter. The same bytes may be met again under another key."""
    left = select(Event.data).where(Event.enquiry_id == forward.enquiry_id, Event.kind == OwnLetterLeft.kind)
    ours = (OwnLetterLeft.read(data) for data in session.scalars(left))
    return any(each.message_id == forward.message_id and each.sha256 != _digest(content) for each in ours)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def leave(session: Session, forward: Forward, mailbox: str, key: str, content: bytes, *, now: datetime) -> None:
    """Log that our letter lies in the unit's mailbox. The unit's people read it there."""
    events.record(
        session,
        OwnLetterLeft(
            unit_id=forward.unit_id, mailbox=mailbox, key=key, sha256=_digest(content), message_id=forward.message_id
        ),
        by=ROBOT,
        now=now,
        enquiry_id=forward.enquiry_id,
    )
