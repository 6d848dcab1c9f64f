"""The units' answers. They are found in Sent, kept byte for byte, and given to the robot to journal."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, exists, or_, select
from sqlalchemy.orm import Session

from app import database
from app.domain import recognition
from app.domain.actor import ROBOT, Actor
from app.domain.enquiry import LabelSource, State, follow
from app.domain.events.inbound import AnswerUnsure, EnquiryAnswered
from app.models.case import Forward, InterimReply, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.unit import Mailbox, MailboxCursor, Unit
from app.services.casework import enquiry_deadlines
from app.services.inbound import answers, intake
from app.services.inbound.mailboxes import Handler, Head, Watched
from app.services.inbound.recognition import traits_of
from app.services.learning import labels
from app.services.platform import events
from app.services.platform.robot import Robot
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser

COPY = "copy:"
"""Begins the key of an answer that was kept before anybody saw it in its unit's Sent, if it lies there at all."""
Reading = tuple[ParsedMail | None, bool]
"""A mail as it was read (None where nothing of it could be), and whether it was read whole."""


class SentFolders(Handler[Reading]):
    """Every unit's Sent: there its answers lie."""

    folder = Folder.SENT

    def __init__(self, engine: Engine, parser: MailParser, robot: Robot) -> None:
        self._engine, self._parser, self._robot = engine, parser, robot

    def watched(self, session: Session) -> list[Watched]:
        """Return every unit's mailbox."""
        return [Watched(unit.address, unit.id) for unit in session.scalars(select(Unit).order_by(Unit.id))]

    def ready(self, gateway: MailGateway, box: Watched) -> bool:
        """Wait for what lies unread in the unit's mailbox: it is read before, so that the answer finds it."""
        assert box.unit_id is not None
        return not unread(self._engine, gateway, box.unit_id)

    def read(self, contents: Sequence[bytes]) -> list[Reading]:
        """Read the mails; of one that cannot be read, its head."""
        return read_all(self._parser, contents)

    def keep(
        self, session: Session, box: Watched, ref: MessageRef, content: bytes, read: Reading, now: datetime
    ) -> bool:
        """Journal an answer that a person has written."""
        mail, whole = read[0], read[1] and not isinstance(content, Head)
        assert box.unit_id is not None
        if mail is not None and recognition.by_machine(traits_of(mail)):
            return False
        return take(session, self._robot, box.unit_id, box.address, ref, content, mail, now, whole=whole)


def unread(engine: Engine, gateway: MailGateway, unit_id: int) -> bool:
    """Tell whether a unit's mailbox has mails not yet read."""
    received = select(Enquiry.id).join(Mailbox, Mailbox.address == Enquiry.mailbox)
    with database.read(engine) as session:
        query = select(Mailbox.address, MailboxCursor.cursor).outerjoin(
            MailboxCursor, (MailboxCursor.address == Mailbox.address) & (MailboxCursor.folder == Folder.INBOX)
        )
        own = [(mailbox, cursor) for mailbox, cursor in session.execute(query.where(Mailbox.unit_id == unit_id))]
        waiting = received.where(Mailbox.unit_id == unit_id, Enquiry.state == State.RECEIVED)
        if own and session.scalar(waiting.limit(1)) is not None:
            return True
    return any(gateway.new_messages(mailbox, cursor, folder=Folder.INBOX, limit=1).messages for mailbox, cursor in own)


def read_all(parser: MailParser, contents: Sequence[bytes]) -> list[Reading]:
    """Read mails, and the heads of unreadable ones. Return of each the mail, and whether it was read whole."""
    mails = parser.parse_many(contents)
    broken = [content for content, mail in zip(contents, mails, strict=True) if isinstance(mail, MailUnreadable)]
    heads = iter(parser.parse_many([_head(each) for each in broken]) if broken else [])
    read: list[Reading] = []
    for mail in mails:
        if isinstance(mail, ParsedMail):
            read.append((mail, True))
        else:
            head = next(heads)
            read.append((head if isinstance(head, ParsedMail) else None, False))
    return read


def _head(content: bytes) -> bytes:
    """A mail's headers without its parts."""
    return content.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0] + b"\r\n\r\n"


def take(
    session: Session,
    robot: Robot,
    unit_id: int,
    address: str,
    ref: MessageRef,
    content: bytes,
    mail: ParsedMail | None,
    now: datetime,
    *,
    whole: bool,
) -> bool:
    """Journal a sent mail if it is a unit's answer.

    A person must answer an enquiry of this unit with it; all else in Sent is the unit's own business.

    A possible answer, and a seeming one that cannot be read whole, is kept and waits for a human.
    """
    if mail is None:
        return _ask(session, address, ref, content, None, now)
    if _was_copied(session, address, mail.message_id):
        return False
    if is_interim(session, mail) or (found := answers.find(session, unit_id, mail)) is None:
        return False
    if not (found.sure and whole):
        return _ask(session, address, ref, content, found.enquiry, now)
    raw = intake.keep_raw(session, address, Folder.SENT, ref, content)
    if raw is None:
        return False
    count(session, robot, raw, mail.message_id, found.enquiry, unit_id, now=now)
    return True


def _ask(
    session: Session, address: str, ref: MessageRef, content: bytes, perhaps: Enquiry | None, now: datetime
) -> bool:
    """Let a human say whether a unit's mail is the answer to an enquiry."""
    asked = intake.admit(session, address, Folder.SENT, ref, content, now)
    if asked is not None and perhaps is not None:
        asked.resembles_id = perhaps.id
        events.record(session, AnswerUnsure(mail=asked.id), by=ROBOT, now=now, enquiry_id=perhaps.id)
    return asked is not None


def is_kept(session: Session, address: str, content: bytes, message_id: str | None) -> bool:
    """Tell whether a unit's mail is kept already, wherever it was found."""
    same_bytes = select(RawMail.id).where(RawMail.sha256 == hashlib.sha256(content).hexdigest())
    if session.scalar(_of_unit(same_bytes, address).limit(1)) is not None:
        return True
    return message_id is not None and _bears(session, address, message_id, "")


def keep_copy(session: Session, address: str, content: bytes, sent_at: datetime) -> RawMail | None:
    """Keep a unit's mail that was not found in its Sent. None where it is kept already."""
    return intake.keep_raw(session, address, Folder.SENT, copy_of(content, sent_at), content)


def copy_of(content: bytes, sent_at: datetime) -> MessageRef:
    """Return by what a mail is kept that was not found in Sent. By its bytes, wherever it lay."""
    return MessageRef(COPY + hashlib.sha256(content).hexdigest(), sent_at)


def _was_copied(session: Session, address: str, message_id: str | None) -> bool:
    """Tell whether a mail that lies in Sent has come by another way before. Its bytes may differ then."""
    return message_id is not None and _bears(session, address, message_id, COPY)


def _bears(session: Session, address: str, message_id: str, key: str) -> bool:
    """Tell whether a kept mail of a unit has this Message-ID; its key begins with `key`.

    It is an answer, or a human was asked about it. What nobody has read yet is asked for its head.
    """
    replied = select(RawMail.id).join(Reply, Reply.raw_mail_id == RawMail.id).where(Reply.message_id == message_id)
    asked = select(RawMail.id).join(Enquiry, Enquiry.raw_mail_id == RawMail.id)
    for query in (replied, asked.where(Enquiry.message_id == message_id)):
        if session.scalar(_of_unit(query, address, key).limit(1)) is not None:
            return True
    unread = select(RawMail.content).join(Enquiry, Enquiry.raw_mail_id == RawMail.id)
    unread = _of_unit(unread.where(Enquiry.state == State.RECEIVED), address, key)
    return any(recognition.claimed_message_id(each) == message_id for each in session.scalars(unread))


def _of_unit(query: Select[Any], address: str, key: str = "") -> Select[Any]:
    sent = query.where(RawMail.address == address, RawMail.folder == Folder.SENT)
    return sent.where(RawMail.key.startswith(key, autoescape=True)) if key else sent


def count(
    session: Session,
    robot: Robot,
    raw: RawMail,
    message_id: str | None,
    enquiry: Enquiry,
    unit_id: int,
    *,
    now: datetime,
) -> None:
    """Count a unit's mail as answer to an enquiry.

    It counts for all of the thread that the unit had, and is journaled.
    """
    for each in [enquiry, *_same_thread(session, enquiry, raw.received_at)]:
        again = session.scalar(select(Reply.raw_mail_id).where(Reply.enquiry_id == each.id).limit(1)) is not None
        session.add(Reply(raw_mail_id=raw.id, enquiry_id=each.id, sent_at=raw.received_at, message_id=message_id))
        each.state = follow(each.state, State.ANSWERED)
        each.answered_at = raw.received_at
        enquiry_deadlines.feedback_given(session, each, raw.received_at)
        events.record(session, EnquiryAnswered(sha256=raw.sha256), by=Actor(raw.address), now=now, enquiry_id=each.id)
        # Work that was done for an answer that did not arrive is not done for this one.
        robot.enqueue(session, f"reply-{raw.id}" if again else "reply", each.id, each.routing_no, workflow="reply")
    if labels.standing(session, enquiry.id) is None and enquiry.follow_up_of_id is None:
        labels.give(session, enquiry, unit_id, LabelSource.ANSWERED, by=Actor(raw.address), now=now)


def is_interim(session: Session, mail: ParsedMail) -> bool:
    """An interim reply lies in the unit's Sent as well, and answers nothing."""
    return session.scalar(select(InterimReply.enquiry_id).where(InterimReply.message_id == mail.message_id)) is not None


def _same_thread(session: Session, enquiry: Enquiry, sent_at: datetime) -> list[Enquiry]:
    """Return the enquiries that the same answer covers.

    They have the same case and citizen, and the unit had got them before it answered.
    """
    forward = exists().where(
        Forward.enquiry_id == Enquiry.id, Forward.routing_no == Enquiry.routing_no, Forward.sent_at <= sent_at
    )
    query = select(Enquiry).where(
        Enquiry.id != enquiry.id,
        Enquiry.case_id == enquiry.case_id,
        Enquiry.case_id.is_not(None),
        Enquiry.state == State.ROUTED,
        Enquiry.citizen_key == enquiry.citizen_key,
        Enquiry.routed_at <= sent_at,
        or_(Enquiry.direct, forward),
    )
    return list(session.scalars(query))
