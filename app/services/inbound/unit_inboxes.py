"""The units' own inboxes: an answer that did not arrive is reported there, and nowhere else."""

from datetime import datetime

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import bounces as rules
from app.domain.bounces import Bounce
from app.models.unit import Mailbox, MailboxCursor, Unit
from app.services.inbound import bounces, intake, recognition
from app.services.inbound.apart import apart
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.parser import MailParser

log = structlog.get_logger()


def collect(engine: Engine, gateway: MailGateway, parser: MailParser, *, now: datetime) -> int:
    """Look through the units' own inboxes for bounces of our letters; whatever else lies there is the unit's business."""
    direct = select(Mailbox.address)
    with database.read(engine) as session:
        addresses = list(session.scalars(select(Unit.address).where(Unit.address.not_in(direct)).order_by(Unit.id)))
    found = 0
    for address in addresses:
        try:
            found += _collect_from(engine, gateway, parser, address, now)
        except ConnectorError as error:
            log.warning("mailbox_unreachable", mailbox=address, error=str(error), retryable=error.retryable)
    return found


def _collect_from(engine: Engine, gateway: MailGateway, parser: MailParser, address: str, now: datetime) -> int:
    with database.read(engine) as session:
        row = session.get(MailboxCursor, (address, Folder.INBOX))
        cursor = row.cursor if row else None
    batch = gateway.new_messages(address, cursor, folder=Folder.INBOX, limit=intake.BATCH)
    if batch.cursor == cursor:
        return 0
    recent = [ref for ref in batch.messages if ref.received_at > now - bounces.LATELY]
    contents = [(ref, gateway.raw(address, ref.key, folder=Folder.INBOX)) for ref in recent]
    suspects = [(ref, content) for ref, content in contents if rules.suspect(content[: bounces.HEAD])]
    mails = parser.parse_many([content for _, content in suspects])
    read = [recognition.signs(mail).bounce if isinstance(mail, ParsedMail) else None for mail in mails]
    found = 0
    for (ref, content), bounce in zip(suspects, read, strict=True):
        if bounce is None:
            continue
        with apart(engine, address, ref.key, now=now), database.write(engine) as session:
            if _is_of_ours(session, bounce, ref):
                found += intake.store(session, address, Folder.INBOX, ref, content, now)
    with database.write(engine) as session:
        session.merge(MailboxCursor(address=address, folder=Folder.INBOX, cursor=batch.cursor))
    return found


def _is_of_ours(session: Session, bounce: Bounce, ref: MessageRef) -> bool:
    """Whether it returns a letter of ours, or names one: that a human reads."""
    return bounces.find(session, bounce) is not None or bounces.named(session, bounce, ref.received_at) is not None
