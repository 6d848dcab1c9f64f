"""Taking mails in: bytes first, everything else after. Each step commits by itself and can be repeated."""

import hashlib
from datetime import datetime

import structlog
from sqlalchemy import Engine, exists, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import database
from app.domain import acknowledging, deadlines, recognition, routing
from app.domain.enquiry import State, follow
from app.models.case import Case, Forward
from app.models.enquiry import Attachment, Enquiry, RawMail
from app.models.prediction import Decision, Prediction
from app.models.unit import Mailbox, MailboxCursor, Unit
from app.services import events, settings, teaching, triage
from app.services.robot import Robot
from app.services.teaching import Learner
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.limits import MailUnreadable
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.parser import MailParser

log = structlog.get_logger()
BATCH = 50


def receive(engine: Engine, gateway: MailGateway, *, now: datetime) -> int:
    """Store the raw bytes of all new mails, then mark them as taken. Returns how many were new.

    A mailbox that cannot be reached is logged and does not stop the others.
    """
    with database.read(engine) as session:
        addresses = list(session.scalars(select(Mailbox.address).order_by(Mailbox.id)))
    taken = 0
    for address in addresses:
        try:
            taken += _receive_from(engine, gateway, address, now)
        except ConnectorError as error:
            log.warning("mailbox_unreachable", mailbox=address, error=str(error), retryable=error.retryable)
    return taken


def _receive_from(engine: Engine, gateway: MailGateway, address: str, now: datetime) -> int:
    with database.read(engine) as session:
        row = session.get(MailboxCursor, (address, Folder.INBOX))
        cursor = row.cursor if row else None
    batch = gateway.new_messages(address, cursor, limit=BATCH)
    contents = [(ref, gateway.raw(address, ref.key)) for ref in batch.messages]
    with database.write(engine) as session:
        new = sum(_store(session, address, ref, content, now) for ref, content in contents)
        session.merge(MailboxCursor(address=address, folder=Folder.INBOX, cursor=batch.cursor))
    _mark_taken(engine, gateway, address, now)
    return new


def _store(session: Session, address: str, ref: MessageRef, content: bytes, now: datetime) -> bool:
    raw = keep_raw(session, address, Folder.INBOX, ref, content)
    if raw is None:
        return False
    enquiry = Enquiry(
        raw_mail_id=raw.id,
        mailbox=address,
        received_at=ref.received_at,
        due_on=deadlines.due_on(ref.received_at),
        state=State.RECEIVED,
    )
    session.add(enquiry)
    session.flush()
    events.record(
        session, "received", by=events.ROBOT, now=now, enquiry_id=enquiry.id, sha256=raw.sha256, size=raw.size
    )
    return True


def keep_raw(session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes) -> RawMail | None:
    """Store a mail's bytes; None where that very mail of that folder is kept already."""
    known = select(exists().where(RawMail.address == address, RawMail.folder == folder, RawMail.key == ref.key))
    if session.scalar(known):
        return None
    raw = RawMail(
        address=address,
        folder=folder,
        key=ref.key,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        received_at=ref.received_at,
    )
    session.add(raw)
    session.flush()
    return raw


def _mark_taken(engine: Engine, gateway: MailGateway, address: str, now: datetime) -> None:
    """Tell the mail system about everything committed that it has not heard of yet, also from before a crash."""
    untaken = select(RawMail).where(
        RawMail.taken_at.is_(None), RawMail.address == address, RawMail.folder == Folder.INBOX
    )
    with database.read(engine) as session:
        keys = [(raw.id, raw.key) for raw in session.scalars(untaken)]
    done = []
    for raw_id, key in keys:
        try:
            gateway.mark_taken(address, key)
        except ConnectorError as error:
            if error.retryable:
                break
        done.append(raw_id)
    if done:
        with database.write(engine) as session:
            for raw in session.scalars(select(RawMail).where(RawMail.id.in_(done))):
                raw.taken_at = now


def process(engine: Engine, parser: MailParser, learner: Learner, robot: Robot, *, now: datetime) -> int:
    """Read, recognise, predict and route what has been received, oldest first. Returns how many."""
    query = select(Enquiry.id, RawMail.content).join(Enquiry.raw).where(Enquiry.state == State.RECEIVED)
    with database.read(engine) as session:
        rows = session.execute(query.order_by(Enquiry.received_at, Enquiry.id).limit(BATCH)).all()
    results = parser.parse_many([content for _, content in rows])
    for (enquiry_id, _), result in zip(rows, results, strict=True):
        html = parser.sanitise(result.html) if isinstance(result, ParsedMail) and result.html else None
        try:
            with database.write(engine) as session:
                enquiry = session.get_one(Enquiry, enquiry_id)
                if isinstance(result, MailUnreadable):
                    quarantine(session, enquiry, result.reason, now=now)
                else:
                    fill_in(session, enquiry, result, html)
                    _place(session, enquiry, result, learner, robot, now)
        except OperationalError:
            raise  # the database, not the mail: the mail waits until it is well again
        except Exception as error:  # noqa: BLE001 - whatever one mail breaks, the next must not wait behind it
            log.error("mail_not_placed", enquiry=enquiry_id, error=type(error).__name__)
            with database.write(engine) as session:
                quarantine(session, session.get_one(Enquiry, enquiry_id), "failed", now=now)
    return len(rows)


def quarantine(session: Session, enquiry: Enquiry, reason: str, *, now: datetime) -> None:
    """A mail that cannot be read waits for a human, whole and visible."""
    enquiry.quarantine = reason
    enquiry.state = follow(enquiry.state, State.TRIAGE)
    events.record(session, "quarantined", by=events.ROBOT, now=now, enquiry_id=enquiry.id, reason=reason)
    _decided(session, enquiry, routing.Route(None, routing.Reason.UNREADABLE), None, None, now)


def reprocess(session: Session, enquiry: Enquiry, *, by: str, now: datetime) -> None:
    """Let a quarantined mail be read once more."""
    enquiry.state = follow(enquiry.state, State.RECEIVED)
    enquiry.quarantine = None
    events.record(session, "reprocessed", by=by, now=now, enquiry_id=enquiry.id)


def fill_in(session: Session, enquiry: Enquiry, mail: ParsedMail, html: str | None) -> None:
    """Copy what was read into the enquiry."""
    enquiry.subject, enquiry.text, enquiry.html = mail.subject, mail.text, html
    enquiry.sender_name, enquiry.sender_address = mail.sender_name[:200], mail.sender_address[:320]
    enquiry.message_id, enquiry.in_reply_to = mail.message_id, mail.in_reply_to
    enquiry.may_acknowledge = acknowledging.may_acknowledge(dict(mail.headers), mail.sender_address)
    enquiry.attachments = [
        Attachment(position=n, filename=a.filename, content_type=a.content_type[:200], size=len(a.content))
        for n, a in enumerate(mail.attachments)
    ]
    session.flush()


def _place(session: Session, enquiry: Enquiry, mail: ParsedMail, learner: Learner, robot: Robot, now: datetime) -> None:
    """Follow-up, set aside, or a new enquiry to route."""
    headers = dict(mail.headers)
    reason = recognition.set_aside(headers)
    leader = _leader(session, enquiry, mail)
    if reason is not None:
        enquiry.reason, enquiry.follows_id = reason, leader.id if leader else None
        enquiry.state = follow(enquiry.state, State.SET_ASIDE)
        events.record(session, "set_aside", by=events.ROBOT, now=now, enquiry_id=enquiry.id, reason=reason)
    elif leader is not None:
        _join(session, enquiry, leader, robot, now)
    else:
        _route(session, enquiry, learner, robot, now)


def _leader(session: Session, enquiry: Enquiry, mail: ParsedMail) -> Enquiry | None:
    """The enquiry that this mail goes on with: by the mails it answers, else by our case number in its subject.

    Anybody can guess a case number, so it counts only from the one who wrote the first mail.
    """
    ids = recognition.thread(mail.in_reply_to, mail.references)
    alive = Enquiry.state.not_in((State.SET_ASIDE, State.REFERRED)) & ~Enquiry.imported & (Enquiry.id < enquiry.id)
    answered = select(Enquiry).where(alive, Enquiry.message_id.in_(ids))
    forwarded = (
        select(Enquiry).join(Forward, Forward.enquiry_id == Enquiry.id).where(alive, Forward.message_id.in_(ids))
    )
    number = recognition.case_number(mail.subject)
    in_case = select(Enquiry).join(Case, Case.id == Enquiry.case_id).where(alive, Case.number == number)
    in_case = in_case.where(Enquiry.sender_address == mail.sender_address)
    for query in (answered, forwarded, in_case) if number else (answered, forwarded):
        if found := session.scalars(query.order_by(Enquiry.id.desc()).limit(1)).first():
            return found
    return None


def _join(session: Session, enquiry: Enquiry, leader: Enquiry, robot: Robot, now: datetime) -> None:
    """A follow-up goes where its leader went, and waits with it where that is not decided yet."""
    enquiry.follows_id, enquiry.case_id = leader.id, leader.case_id
    events.record(session, "linked", by=events.ROBOT, now=now, enquiry_id=enquiry.id, follows=leader.id)
    if leader.unit is None:
        enquiry.state = follow(enquiry.state, State.TRIAGE)
        return
    enquiry.automatic = True
    triage.send_to(session, robot, enquiry, leader.unit, now=now)
    events.record(
        session, "routed", by=events.ROBOT, now=now, enquiry_id=enquiry.id,
        unit_id=leader.unit.id, reason=routing.Reason.FOLLOW_UP,
    )  # fmt: skip


def _route(session: Session, enquiry: Enquiry, learner: Learner, robot: Robot, now: datetime) -> None:
    ranking, position = learner.rank(teaching.example_of(enquiry))
    prediction = Prediction(
        enquiry_id=enquiry.id,
        ranking=teaching.rows_of(ranking),
        confidence=ranking.confidence,
        model_position=position,
        at=now,
    )
    session.merge(prediction)
    limit = settings.get(session, "confidence_limit")
    running = settings.get(session, "robot_running")
    route = routing.decide(ranking, running=running, modes=settings.modes(session), limit=limit)
    _decided(session, enquiry, route, limit, prediction, now)
    if route.unit is None:
        enquiry.state = follow(enquiry.state, State.TRIAGE)
    else:
        enquiry.automatic = True
        triage.send_to(session, robot, enquiry, session.get_one(Unit, int(route.unit)), now=now)
    events.record(
        session, "routed" if route.unit else "sent_to_triage", by=events.ROBOT, now=now, enquiry_id=enquiry.id,
        unit_id=enquiry.unit_id, reason=route.reason, confidence=ranking.confidence, limit=limit,
        model_position=position,
    )  # fmt: skip


def _decided(
    session: Session,
    enquiry: Enquiry,
    route: routing.Route,
    limit: float | None,
    prediction: Prediction | None,
    now: datetime,
) -> None:
    decision = Decision(
        enquiry_id=enquiry.id,
        at=now,
        outcome=State.ROUTED if route.unit else State.TRIAGE,
        unit_id=int(route.unit) if route.unit else None,
        reason=route.reason,
        limit=limit,
        confidence=prediction.confidence if prediction else 0.0,
        ranking=prediction.ranking if prediction else [],
        model_position=prediction.model_position if prediction else 0,
    )
    session.add(decision)
