"""Lets a mail that could not be read be read once more; whoever takes mails in does it, without the page that asked."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.enquiry import State, follow
from app.domain.events.inbound import MailReprocessed
from app.domain.unread import NOT_EXPORTED
from app.errors import RefusedError
from app.models.enquiry import Enquiry
from app.services.platform import events


def reprocess(session: Session, enquiry: Enquiry, *, by: Actor, now: datetime) -> None:
    """Let a quarantined mail be read once more.

    Raises:
        RefusedError: there is no more of it than its head.
    """
    if enquiry.quarantine == NOT_EXPORTED:
        raise RefusedError("head_alone")
    enquiry.state = follow(enquiry.state, State.RECEIVED)
    enquiry.quarantine = None
    events.record(session, MailReprocessed(), by=by, now=now, enquiry_id=enquiry.id)
