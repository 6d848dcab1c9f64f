"""Send what leaves the house by mail: the one place that calls a gateway's `send`.

Each letter has one key, its Message-ID, made of what it is about. It is written down in a row, looked up there, sent, marked
as sent and told in the log, in this order: whoever is killed in between finds on the next try what is done already. Of the
last gap, sent and not yet marked, a second row tells (`sending_attempts`): it is written before the mail system is asked, and
whoever finds it has the mail system look for the letter before it is sent. What no look tells, a person decides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import database
from app.domain.letter_fates import LetterFate
from app.domain.notices import Letter
from app.models.base import Base
from app.services.platform import faults, sending_attempts
from connectors.errors import AnswerLost, ConnectorError, UnknownFate, UnreachableAddress
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Outgoing

log = structlog.get_logger()
Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Slip(Generic[Row]):
    """Where a letter is written down before it is sent: the row's table and key, and the column that says when it was."""

    table: type[Row]
    key: object
    letter: Letter
    column: str = "sent_at"

    def row(self, session: Session) -> Row:
        """Return the row; it is there, since it was written before."""
        return session.get_one(self.table, self.key)

    def enquiry_id(self, session: Session) -> int:
        """Return which enquiry the letter is about."""
        return int(getattr(self.row(session), "enquiry_id"))  # noqa: B009 - every table of letters has it, their base does not

    def sent(self, session: Session) -> bool:
        """Tell whether the letter is marked as sent."""
        return getattr(self.row(session), self.column) is not None

    def mark(self, session: Session, at: datetime) -> Row:
        """Mark the letter as sent."""
        row = self.row(session)
        setattr(row, self.column, at)
        return row


def send_once(
    engine: Engine,
    gateway: MailGateway,
    message: Outgoing,
    slip: Slip[Row],
    then: Callable[[Session, Row], None],
    *,
    job: str | None = None,
) -> None:
    """Send a letter, once, however often this is tried.

    Args:
        engine: asked before and written to before and after the sending, never meanwhile.
        gateway: the mail system.
        message: the same bytes at each try.
        slip: where it is written down.
        then: tells in the log, in the transaction that marks it, what was sent; called once.
        job: the workflow that goes on once a person has said what became of a letter.

    Raises:
        UnknownFate: it may have been sent, and a person must say.
        ConnectorError: the mail system fails; nothing is marked.
    """
    with database.write(engine) as session:
        if slip.sent(session):
            return
        enquiry_id, now = slip.enquiry_id(session), datetime.now(UTC)
        earlier = sending_attempts.begin(session, message, slip.letter, enquiry_id=enquiry_id, job=job, now=now)
    _deliver(engine, gateway, message, earlier)
    with database.write(engine) as session:
        if not slip.sent(session):
            then(session, slip.mark(session, datetime.now(UTC)))
        sending_attempts.forget(session, message.message_id)


def send_in_round(engine: Engine, gateway: MailGateway, message: Outgoing, letter: Letter, *, now: datetime) -> bool:
    """Send one letter of a round that is marked as a whole; return whether it could be sent.

    A mailbox that fails delays no other of the round, and neither does a letter of unknown fate: it is looked for at once,
    and else left to a person. A round that was killed half-way begins anew, and passes over what has left already.
    """
    try:
        _send_in_round(engine, gateway, message, letter, now)
    except ConnectorError as error:
        log.warning(f"{letter}_not_sent", mailbox=message.recipient, error=faults.message(error))
        return False
    return True


def _send_in_round(engine: Engine, gateway: MailGateway, message: Outgoing, letter: Letter, now: datetime) -> None:
    with database.write(engine) as session:
        if sending_attempts.asked(session, message.message_id):
            raise UnknownFate("a person is asked about it")
        earlier = sending_attempts.begin(session, message, letter, enquiry_id=None, job=None, now=now)
    try:
        _deliver(engine, gateway, message, earlier)
    except AnswerLost:
        _look_at_once(engine, gateway, message)
    with database.write(engine) as session:
        sending_attempts.keep_as_sent(session, message.message_id)


def _look_at_once(engine: Engine, gateway: MailGateway, message: Outgoing) -> None:
    """Try once more what may have been sent: nobody comes back to this letter once the round is marked."""
    try:
        _deliver(engine, gateway, message, LetterFate.OPEN)
    except UnknownFate:
        raise
    except ConnectorError:
        _ask(engine, message)
        raise


def _deliver(engine: Engine, gateway: MailGateway, message: Outgoing, earlier: LetterFate | None) -> None:
    """Have the mail system send a letter, or look for it first where earlier tries may have sent it.

    An error that says that nothing was sent now says nothing of an earlier try; but an address that no mail can reach was
    never reached.
    """
    if earlier is LetterFate.ARRIVED:
        return
    again = earlier in (LetterFate.OPEN, LetterFate.UNKNOWN)
    try:
        gateway.send(message, again=again)
    except AnswerLost:
        raise
    except UnknownFate:
        _ask(engine, message)
        raise
    except ConnectorError as error:
        if not again or isinstance(error, UnreachableAddress):
            with database.write(engine) as session:
                sending_attempts.take_back(session, message.message_id, earlier)
        raise


def _ask(engine: Engine, message: Outgoing) -> None:
    with database.write(engine) as session:
        sending_attempts.unknown(session, message.message_id, now=datetime.now(UTC))
