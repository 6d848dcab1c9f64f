"""A unit's Retur folder, to send a mail back. It is the second way, for people who do not press links."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import recognition
from app.domain.actor import Actor
from app.domain.events.inbound import ReturnRefused
from app.errors import RefusedError
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.inbound import intake
from app.services.inbound.mailboxes import Handler, Watched
from app.services.platform import events
from app.services.triage import returns
from connectors.mail.message import Folder, MessageRef


class ReturnFolders(Handler[None]):
    """Every unit's Retur folder, the second way to send a mail back."""

    folder = Folder.RETURNS

    def watched(self, session: Session) -> list[Watched]:
        """Return every unit's mailbox."""
        return [Watched(unit.address, unit.id) for unit in session.scalars(select(Unit).order_by(Unit.id))]

    def read(self, contents: Sequence[bytes]) -> list[None]:
        """Leave the mails unread: their Message-ID says whose they are."""
        return [None] * len(contents)

    def keep(self, session: Session, box: Watched, ref: MessageRef, content: bytes, _read: None, now: datetime) -> bool:
        """Let an enquiry come back."""
        assert box.unit_id is not None
        return _came_back(session, box.unit_id, box.address, ref, content, now)


def _came_back(session: Session, unit_id: int, address: str, ref: MessageRef, content: bytes, now: datetime) -> bool:
    """Take back a mail from a unit's Retur.

    The mail is our forward, one the unit got directly, or one that Sluse has never seen. Return whether it came back
    now.
    """
    message_id = recognition.claimed_message_id(content)
    forward = session.get(Forward, message_id) if message_id else None
    if forward is not None and not _theirs(session, forward, unit_id):
        # Another unit's forward says nothing here: whatever lies in this folder is a mail for a human.
        return intake.admit(session, address, Folder.RETURNS, ref, content, now) is not None
    enquiry = session.get_one(Enquiry, forward.enquiry_id) if forward else _direct(session, unit_id, message_id)
    if enquiry is None:
        return intake.store(session, address, Folder.RETURNS, ref, content, now)
    link = returns.ReturnLink(enquiry.id, forward.routing_no if forward else enquiry.routing_no)
    try:
        returns.give_back(
            session, returns.returnable(session, link), by=Actor(address), now=now, why="Flyttet til Retur"
        )
    except RefusedError as error:
        # Moved on, or decided by its owner: the log says that it was tried, and the mail stays where the unit put it.
        events.record(session, ReturnRefused(reason=error.code), by=Actor(address), now=now, enquiry_id=enquiry.id)
        return False
    return True


def _theirs(session: Session, forward: Forward, unit_id: int) -> bool:
    """Tell whether a forward's mail is this unit's. It went there, or has come since by a reorganisation."""
    return unit_id in (forward.unit_id, session.get_one(Enquiry, forward.enquiry_id).unit_id)


def _direct(session: Session, unit_id: int, message_id: str | None) -> Enquiry | None:
    """The enquiry of a mail that came to the unit's own mailbox."""
    if message_id is None:
        return None
    query = select(Enquiry).where(Enquiry.message_id == message_id, Enquiry.unit_id == unit_id, Enquiry.direct)
    return session.scalars(query.order_by(Enquiry.id.desc()).limit(1)).first()
