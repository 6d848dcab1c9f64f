"""The unit's answer: found in its Sent, kept byte for byte, and given to the robot to journal."""

from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, Engine, case, or_, select
from sqlalchemy.orm import Session

from app import database
from app.domain import recognition
from app.domain.enquiry import LabelSource, State, follow
from app.models.case import Case, Forward, InterimReply, Reply
from app.models.enquiry import Enquiry
from app.models.unit import MailboxCursor, Unit
from app.services import deadlines, events, intake, labels
from app.services.inbound import house
from app.services.recognition import seen
from app.services.robot import Robot
from connectors.errors import ConnectorError
from connectors.mail.address import key
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.parser import MailParser

log = structlog.get_logger()


def collect(engine: Engine, gateway: MailGateway, parser: MailParser, robot: Robot, *, now: datetime) -> int:
    """Look through every unit's Sent for answers. Returns how many were found."""
    with database.read(engine) as session:
        units = [(unit.id, unit.address) for unit in session.scalars(select(Unit).order_by(Unit.id))]
    found = 0
    for unit_id, address in units:
        try:
            found += _collect_from(engine, gateway, parser, robot, unit_id, address, now)
        except ConnectorError as error:
            log.warning("mailbox_unreachable", mailbox=address, error=str(error), retryable=error.retryable)
    return found


def _collect_from(
    engine: Engine, gateway: MailGateway, parser: MailParser, robot: Robot, unit_id: int, address: str, now: datetime
) -> int:
    with database.read(engine) as session:
        row = session.get(MailboxCursor, (address, Folder.SENT))
        cursor = row.cursor if row else None
    batch = gateway.new_messages(address, cursor, folder=Folder.SENT, limit=intake.BATCH)
    if batch.cursor == cursor:
        return 0
    contents = [gateway.raw(address, ref.key, folder=Folder.SENT) for ref in batch.messages]
    mails = parser.parse_many(contents)
    found = 0
    with database.write(engine) as session:
        for ref, content, mail in zip(batch.messages, contents, mails, strict=True):
            if isinstance(mail, ParsedMail):
                found += _answer(session, robot, unit_id, address, ref, content, mail, now)
        session.merge(MailboxCursor(address=address, folder=Folder.SENT, cursor=batch.cursor))
    return found


def _answer(
    session: Session, robot: Robot, unit_id: int, address: str,
    ref: MessageRef, content: bytes, mail: ParsedMail, now: datetime,
) -> bool:  # fmt: skip
    """Journal a sent mail if a person answers an enquiry of this unit with it; all else in Sent is the unit's own business."""
    if _is_interim(session, mail) or recognition.by_machine(seen(mail)):
        return False
    enquiry = _answered(session, unit_id, mail)
    if enquiry is None:
        return False
    raw = intake.keep_raw(session, address, Folder.SENT, ref, content)
    if raw is None:
        return False
    for each in [enquiry, *_same_thread(session, enquiry, ref.received_at)]:
        again = session.scalar(select(Reply.raw_mail_id).where(Reply.enquiry_id == each.id).limit(1)) is not None
        session.add(Reply(raw_mail_id=raw.id, enquiry_id=each.id, sent_at=ref.received_at, message_id=mail.message_id))
        each.state = follow(each.state, State.ANSWERED)
        each.answered_at = ref.received_at
        deadlines.feedback_given(session, each, ref.received_at)
        events.record(session, "answered", by=address, now=now, enquiry_id=each.id, sha256=raw.sha256)
        # Work that was done for an answer that did not arrive is not done for this one.
        robot.ask(session, f"reply-{raw.id}" if again else "reply", each.id, each.hop, workflow="reply")
    if labels.standing(session, enquiry.id) is None and enquiry.follows_id is None:
        labels.give(session, enquiry, unit_id, LabelSource.ANSWERED, by=address, now=now)
    return True


def _is_interim(session: Session, mail: ParsedMail) -> bool:
    """An interim reply lies in the unit's Sent as well, and answers nothing."""
    return session.scalar(select(InterimReply.enquiry_id).where(InterimReply.message_id == mail.message_id)) is not None


def _same_thread(session: Session, enquiry: Enquiry, sent_at: datetime) -> list[Enquiry]:
    """Other mails of the same case and citizen that the unit had before it answered."""
    query = select(Enquiry).where(
        Enquiry.id != enquiry.id,
        Enquiry.case_id == enquiry.case_id,
        Enquiry.case_id.is_not(None),
        Enquiry.state == State.ROUTED,
        Enquiry.citizen_key == enquiry.citizen_key,
        Enquiry.routed_at <= sent_at,
    )
    return list(session.scalars(query))


def _first(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 0), else_=1)


def _answered(session: Session, unit_id: int, mail: ParsedMail) -> Enquiry | None:
    """The enquiry that a sent mail answers: it must be this unit's, and the mail must go to the citizen."""
    ids = recognition.thread(mail.in_reply_to, mail.references)
    number = recognition.case_number(mail.subject)
    query = (
        select(Enquiry)
        .outerjoin(Forward, Forward.enquiry_id == Enquiry.id)
        .outerjoin(Case, Case.id == Enquiry.case_id)
        .where(Enquiry.unit_id == unit_id, Enquiry.state == State.ROUTED)
        .where(or_(Enquiry.message_id.in_(ids), Forward.message_id.in_(ids), Case.number == number))
        # Of the parts of one mail, which share its Message-ID, our own numbers say which is meant.
        .order_by(_first(Case.number == number), _first(Forward.message_id.in_(ids)), Enquiry.id)
    )
    answered = _written_to(session, mail)
    return next((each for each in session.scalars(query) if each.citizen_key in answered), None)


def _written_to(session: Session, mail: ParsedMail) -> set[str]:
    """Whom a sent mail is for. Who only gets a copy of what colleagues write to each other has got no answer."""
    copied = {key(each) for each in mail.copied}
    to = {key(each): each for each in mail.recipients if key(each) not in copied}
    among_us = bool(to) and all(house.wrote(session, each) for each in to.values())
    return set(to) if among_us else {*to, *copied}
