"""Send what leaves the house by mail: the one place that calls a gateway's `send`.

Each letter has one key, its Message-ID, made of what it is about. It is written down in a row, looked up there, sent, marked
as sent and told in the log, in this order: whoever is killed in between finds on the next try what is done already. Of the
last gap, sent and not yet marked, the gateway knows: the same Message-ID sent again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import database
from app.models.base import Base
from app.services.platform import faults
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Outgoing

log = structlog.get_logger()
Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Slip(Generic[Row]):
    """Where a letter is written down before it is sent: the row's table and key, and the column that says when it was."""

    table: type[Row]
    key: object
    column: str = "sent_at"

    def row(self, session: Session) -> Row:
        """Return the row; it is there, since it was written before."""
        return session.get_one(self.table, self.key)

    def sent(self, session: Session) -> bool:
        """Tell whether the letter is marked as sent."""
        return getattr(self.row(session), self.column) is not None

    def mark(self, session: Session, at: datetime) -> Row:
        """Mark the letter as sent."""
        row = self.row(session)
        setattr(row, self.column, at)
        return row


def send_once(
    engine: Engine, gateway: MailGateway, letter: Outgoing, slip: Slip[Row], then: Callable[[Session, Row], None]
) -> None:
    """Send a letter, once, however often this is tried.

    Args:
        engine: asked before and written to after the sending, never meanwhile.
        gateway: the mail system.
        letter: the same bytes at each try.
        slip: where it is written down.
        then: tells in the log, in the transaction that marks it, what was sent; called once.

    Raises:
        ConnectorError: the mail system fails; nothing is marked.
    """
    with database.read(engine) as session:
        if slip.sent(session):
            return
    gateway.send(letter)
    with database.write(engine) as session:
        if not slip.sent(session):
            then(session, slip.mark(session, datetime.now(UTC)))


def send_in_round(gateway: MailGateway, letter: Outgoing, what: str) -> bool:
    """Send one letter of a round that is marked as a whole; return whether it could be sent.

    A mailbox that fails delays no other of the round. A round that was killed half-way begins anew: the letters that have
    left already are known by their Message-IDs.
    """
    try:
        gateway.send(letter)
    except ConnectorError as error:
        log.warning(f"{what}_not_sent", mailbox=letter.recipient, error=faults.message(error))
        return False
    return True
