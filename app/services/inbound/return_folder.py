"""A unit's Retur folder: the second way to send a mail back, for those who do not press links."""

from datetime import datetime

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import recognition
from app.domain.events.inbound import ReturnRefused
from app.errors import RefusedError
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.unit import MailboxCursor, Unit
from app.services.inbound import intake
from app.services.platform import events
from app.services.triage import returns
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef

log = structlog.get_logger()


def collect(engine: Engine, gateway: MailGateway, *, now: datetime) -> int:
    """Look into every unit's Retur folder, the second way to send a mail back. Returns how many came back."""
    with database.read(engine) as session:
        units = [(unit.id, unit.address) for unit in session.scalars(select(Unit).order_by(Unit.id))]
    found = 0
    for unit_id, address in units:
        try:
            found += _collect_from(engine, gateway, unit_id, address, now)
        except ConnectorError as error:
            log.warning("mailbox_unreachable", mailbox=address, error=str(error), retryable=error.retryable)
    return found


def _collect_from(engine: Engine, gateway: MailGateway, unit_id: int, address: str, now: datetime) -> int:
    with database.read(engine) as session:
        row = session.get(MailboxCursor, (address, Folder.RETURNS))
        cursor = row.cursor if row else None
    batch = gateway.new_messages(address, cursor, folder=Folder.RETURNS, limit=intake.BATCH)
    found = 0
    for ref in batch.messages:
        content = gateway.raw(address, ref.key, folder=Folder.RETURNS)
        with database.write(engine) as session:
            found += _came_back(session, unit_id, address, ref, content, now)
    if batch.cursor != cursor:
        with database.write(engine) as session:
            session.merge(MailboxCursor(address=address, folder=Folder.RETURNS, cursor=batch.cursor))
    return found


def _came_back(session: Session, unit_id: int, address: str, ref: MessageRef, content: bytes, now: datetime) -> bool:
    """A mail in a unit's Retur: our forward, a mail the unit got directly, or one that Sluse has never seen."""
    message_id = recognition.claimed_message_id(content)
    forward = session.get(Forward, message_id) if message_id else None
    if forward is not None and not _theirs(session, forward, unit_id):
        # Another unit's forward says nothing here: whatever lies in this folder is a mail for a human.
        return intake.admit(session, address, Folder.RETURNS, ref, content, now) is not None
    enquiry = session.get_one(Enquiry, forward.enquiry_id) if forward else _direct(session, unit_id, message_id)
    if enquiry is None:
        return intake.store(session, address, Folder.RETURNS, ref, content, now)
    link = returns.ReturnLink(enquiry.id, forward.hop if forward else enquiry.hop)
    try:
        returns.give_back(session, returns.returnable(session, link), by=address, now=now, why="Flyttet til Retur")
    except RefusedError as error:
        # Moved on, or decided by its owner: the log says that it was tried, and the mail stays where the unit put it.
        events.record(session, ReturnRefused(reason=error.code), by=address, now=now, enquiry_id=enquiry.id)
        return False
    return True


def _theirs(session: Session, forward: Forward, unit_id: int) -> bool:
    """Whether a forward went to this unit, or its mail has come to it since by a reorganisation."""
    return unit_id in (forward.unit_id, session.get_one(Enquiry, forward.enquiry_id).unit_id)


def _direct(session: Session, unit_id: int, message_id: str | None) -> Enquiry | None:
    """The enquiry of a mail that came to the unit's own mailbox."""
    if message_id is None:
        return None
    query = select(Enquiry).where(Enquiry.message_id == message_id, Enquiry.unit_id == unit_id, Enquiry.direct)
    return session.scalars(query.order_by(Enquiry.id.desc()).limit(1)).first()
