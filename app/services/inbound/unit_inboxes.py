"""The units' own inboxes, read for bounces. An answer that did not arrive is reported there, and nowhere else."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import bounces as rules
from app.domain.bounces import Bounce
from app.models.unit import Mailbox, Unit
from app.services.inbound import bounces, intake, recognition
from app.services.inbound.mailboxes import Handler, Watched
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser


class UnitInboxes(Handler[Bounce | None]):
    """The units' own inboxes: bounces of our letters; whatever else lies there is the unit's business."""

    folder = Folder.INBOX

    def __init__(self, parser: MailParser) -> None:
        self._parser = parser

    def watched(self, session: Session) -> list[Watched]:
        """Return the units' mailboxes, but for those that mails are taken from anyway."""
        query = select(Unit).where(Unit.address.not_in(select(Mailbox.address)))
        return [Watched(unit.address, unit.id) for unit in session.scalars(query.order_by(Unit.id))]

    def wanted(self, _session: Session, _box: Watched, refs: Sequence[MessageRef], now: datetime) -> list[MessageRef]:
        """Return what has come lately: no letter of ours is reported later."""
        return [ref for ref in refs if ref.received_at > now - bounces.LATELY]

    def read(self, contents: Sequence[bytes]) -> list[Bounce | None]:
        """Read what may be a bounce, and nothing else."""
        suspects = [content for content in contents if rules.suspect(content[: bounces.HEAD])]
        mails = iter(self._parser.parse_many(suspects))
        return [_bounce(next(mails)) if rules.suspect(each[: bounces.HEAD]) else None for each in contents]

    def keep(
        self, session: Session, box: Watched, ref: MessageRef, content: bytes, read: Bounce | None, now: datetime
    ) -> bool:
        """Make a bounce of a letter of ours an enquiry."""
        if read is None or not _is_of_ours(session, read, ref):
            return False
        return intake.store(session, box.address, self.folder, ref, content, now)


def _bounce(mail: ParsedMail | MailUnreadable) -> Bounce | None:
    return recognition.signs(mail).bounce if isinstance(mail, ParsedMail) else None


def _is_of_ours(session: Session, bounce: Bounce, ref: MessageRef) -> bool:
    """Tell whether a bounce returns or names our letter. If it only names one, a human reads it."""
    return bounces.find(session, bounce) is not None or bounces.named(session, bounce, ref.received_at) is not None
