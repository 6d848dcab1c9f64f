"""The journal mailboxes. They get a copy of what the units send, from whatever folder it was sent.

A reply from a shared mailbox often lands in the Sent of whoever wrote it. Its copy is looked at as a mail in the unit's own
Sent would be, but counts only where it says whose it is: From is a unit's address alone, and it stands in a thread or names
a case. All else is left where it lies.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import recognition
from app.models.unit import Mailbox, Unit
from app.services.inbound import replies
from app.services.inbound.mailboxes import Handler, Head, Watched
from app.services.inbound.recognition import traits_of
from app.services.inbound.replies import Reading
from app.services.platform.robot import Robot
from connectors.errors import ConnectorError
from connectors.mail.addresses import same
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.reading.parser import MailParser


class JournalMailboxes(Handler[Reading]):
    """The mailboxes of copies: the units' answers among them are journaled."""

    folder = Folder.INBOX

    def __init__(self, engine: Engine, parser: MailParser, robot: Robot) -> None:
        self._engine, self._parser, self._robot = engine, parser, robot

    def watched(self, session: Session) -> list[Watched]:
        """Return the mailboxes that get copies."""
        addresses = session.scalars(select(Mailbox.address).where(Mailbox.journal).order_by(Mailbox.id))
        return [Watched(address, None) for address in addresses]

    def ready(self, gateway: MailGateway, _box: Watched) -> bool:
        """Wait for what lies unread in the units' own mailboxes: it is read before, so that the answer finds it."""
        with database.read(self._engine) as session:
            units = list(session.scalars(select(Mailbox.unit_id).where(Mailbox.unit_id.is_not(None)).distinct()))
        try:
            return not any(replies.unread(self._engine, gateway, unit) for unit in units if unit is not None)
        except ConnectorError:
            return False  # the fault of a unit's mailbox, which says so itself

    def read(self, contents: Sequence[bytes]) -> list[Reading]:
        """Read the mails; of one that cannot be read, its head."""
        return replies.read_all(self._parser, contents)

    def keep(
        self, session: Session, _box: Watched, ref: MessageRef, content: bytes, read: Reading, now: datetime
    ) -> bool:
        """Journal a unit's answer that a person has written. The same that its Sent has too is one."""
        mail, whole = read[0], read[1] and not isinstance(content, Head)
        unit = _unit_of(session, mail) if mail is not None else None
        if mail is None or unit is None or not _says_whose(mail) or recognition.by_machine(traits_of(mail)):
            return False
        if replies.is_kept(session, unit.address, content, mail.message_id):
            return False
        copy = replies.copy_of(content, ref.received_at)
        return replies.take(session, self._robot, unit.id, unit.address, copy, content, mail, now, whole=whole)


def _unit_of(session: Session, mail: ParsedMail) -> Unit | None:
    """Return the unit whose address stands in From alone."""
    author = mail.correspondents.sole_author
    units = session.scalars(select(Unit).order_by(Unit.id)) if author else ()
    return next((unit for unit in units if same(unit.address, author)), None)


def _says_whose(mail: ParsedMail) -> bool:
    """Tell whether a mail answers another or names a case. A subject alone is no proof here."""
    return bool(recognition.thread(mail.in_reply_to, mail.references) or recognition.case_number(mail.subject))
