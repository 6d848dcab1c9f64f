"""Taking mails in: bytes first, everything else after. Each step commits by itself and can be repeated."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Engine, Select, exists, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import database
from app.domain import acknowledging
from app.domain import recognition as domain
from app.domain.enquiry import State, follow
from app.domain.routing import Reason, Route
from app.domain.unread import words_missing
from app.models.enquiry import Attachment, Enquiry, RawMail
from app.models.unit import Mailbox, MailboxCursor
from app.services.casework import deadlines
from app.services.inbound import apart, citizens, own_letters, recognition, routing
from app.services.learning.learner import Learner
from app.services.platform import events, faults
from app.services.platform.robot import Robot
from connectors.errors import ConnectorError
from connectors.mail import systems
from connectors.mail.address import Named
from connectors.mail.gateway import MailGateway
from connectors.mail.limits import MailUnreadable
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.parser import MailParser
from learning.language import language_of
from learning.text import own_word_count

log = structlog.get_logger()
BATCH = 50
PORTION = 32 * 1024 * 1024
"""Bytes of mail that are held in memory at once; a single mail may be larger."""


def receive(engine: Engine, gateway: MailGateway, *, secret: str, now: datetime) -> int:
    """Store the raw bytes of all new mails, then mark them as taken. Returns how many were new.

    A mailbox that cannot be reached is logged and does not stop the others. `secret` tells our own letters from mails that
    only have their Message-ID.
    """
    with database.read(engine) as session:
        mailboxes = [(each.address, each.unit_id) for each in session.scalars(select(Mailbox).order_by(Mailbox.id))]
    taken = 0
    for address, unit_id in mailboxes:
        try:
            taken += receive_from(engine, gateway, address, Folder.INBOX, secret=secret, now=now)
            if unit_id is None:  # in its own mailbox a unit wants to see what is new
                _mark_taken(engine, gateway, address, now)
        except ConnectorError as error:
            log.warning("mailbox_unreachable", mailbox=address, error=str(error), retryable=error.retryable)
    return taken


def receive_from(
    engine: Engine, gateway: MailGateway, address: str, folder: Folder, *, secret: str, now: datetime
) -> int:
    """Store what is new in one folder, some megabytes at a time; returns how many became enquiries.

    Raises:
        ConnectorError: the mailbox fails for the moment; what came before is stored, and the rest comes next time.
    """
    with database.read(engine) as session:
        row = session.get(MailboxCursor, (address, folder))
        cursor = row.cursor if row else None
        batch = gateway.new_messages(address, cursor, folder=folder, limit=BATCH)
        known: set[str] = set(session.scalars(_kept_keys(address, folder, [ref.key for ref in batch.messages])))
    new = 0
    for portion in _portions(engine, gateway, address, folder, [r for r in batch.messages if r.key not in known], now):
        new += _kept(engine, address, folder, portion, secret, now)
    if batch.cursor != cursor:
        with database.write(engine) as session:
            session.merge(MailboxCursor(address=address, folder=folder, cursor=batch.cursor))
    return new


def _kept(
    engine: Engine, address: str, folder: Folder, portion: list[tuple[MessageRef, bytes]], secret: str, now: datetime
) -> int:
    """Keep a portion in one go; where a mail breaks that, each by itself. Returns how many became enquiries."""
    try:
        with database.write(engine) as session:
            return sum(_keep(session, address, folder, ref, content, secret, now) for ref, content in portion)
    except apart.PASSING:
        raise
    except Exception as error:  # noqa: BLE001 - one of them is to blame, and is found below
        log.warning("portion_not_kept", mailbox=address, error=faults.name(error))
    new = 0
    for ref, content in portion:
        with apart.apart(engine, address, ref.key, now=now), database.write(engine) as session:
            new += _keep(session, address, folder, ref, content, secret, now)
    return new


def _keep(
    session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes, secret: str, now: datetime
) -> bool:
    forward = own_letters.lying_where_sent(session, address, content, secret)
    if forward is None:
        return store(session, address, folder, ref, content, now)
    own_letters.leave(session, forward, address, ref.key, content, now=now)
    return False


def _kept_keys(address: str, folder: Folder, keys: list[str]) -> Select[str]:
    return select(RawMail.key).where(RawMail.address == address, RawMail.folder == folder, RawMail.key.in_(keys))


def _portions(
    engine: Engine, gateway: MailGateway, address: str, folder: Folder, refs: list[MessageRef], now: datetime
) -> Iterator[list[tuple[MessageRef, bytes]]]:
    """Contents, at most `PORTION` bytes or one mail at a time. What cannot be fetched for good is left where it lies."""
    portion: list[tuple[MessageRef, bytes]] = []
    for ref in refs:
        try:
            content = gateway.raw(address, ref.key, folder=folder)
        except ConnectorError as error:
            if error.retryable:
                if portion:
                    yield portion
                raise
            log.error("mail_not_fetched", mailbox=address, key=ref.key, error=str(error))
            with database.write(engine) as session:
                events.record(session, "mail_not_fetched", by=events.ROBOT, now=now, mailbox=address, key=ref.key)
            continue
        portion.append((ref, content))
        if sum(len(each) for _, each in portion) > PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def store(session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes, now: datetime) -> bool:
    """Keep a mail and make it an enquiry; False where it is kept already."""
    return admit(session, address, folder, ref, content, now) is not None


def admit(
    session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes, now: datetime
) -> Enquiry | None:
    """Keep a mail and make it an enquiry; None where it is kept already."""
    raw = keep_raw(session, address, folder, ref, content)
    if raw is None:
        return None
    enquiry = Enquiry(
        raw_mail_id=raw.id,
        mailbox=address,
        received_at=ref.received_at,
        state=State.RECEIVED,
    )
    deadlines.start(session, enquiry)
    session.add(enquiry)
    session.flush()
    events.record(
        session, "received", by=events.ROBOT, now=now, enquiry_id=enquiry.id, sha256=raw.sha256, size=raw.size
    )
    return enquiry


def keep_raw(session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes) -> RawMail | None:
    """Store a mail's bytes; None where that very mail of that folder is kept already."""
    known = select(exists().where(RawMail.address == address, RawMail.folder == folder, RawMail.key == ref.key))
    digest = hashlib.sha256(content).hexdigest()
    if session.scalar(known) or _moved_along(session, address, folder, ref.key, digest):
        return None
    raw = RawMail(
        address=address,
        folder=folder,
        key=ref.key,
        sha256=digest,
        size=len(content),
        content=content,
        received_at=ref.received_at,
    )
    session.add(raw)
    session.flush()
    return raw


def _moved_along(session: Session, address: str, folder: Folder, key: str, digest: str) -> bool:
    """Tell whether a mail was taken in where its mailbox was before: its copy in another mail system is not a second one."""
    query = select(RawMail.key).where(RawMail.sha256 == digest, RawMail.address == address, RawMail.folder == folder)
    return any(systems.split(each)[0] != systems.split(key)[0] for each in session.scalars(query))


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
    rows = _received(engine)
    results = parser.parse_many([content for _, content in rows])
    for (enquiry_id, _), result in zip(rows, results, strict=True):
        html = parser.sanitise(result.html) if isinstance(result, ParsedMail) and result.html else None
        try:
            signs = recognition.signs(result) if isinstance(result, ParsedMail) else None
            with database.write(engine) as session:
                enquiry = session.get_one(Enquiry, enquiry_id)
                if enquiry.state is not State.RECEIVED:
                    continue  # another worker was faster
                if isinstance(result, MailUnreadable):
                    quarantine(session, enquiry, result.reason, now=now)
                elif signs is not None:
                    fill_in(session, enquiry, result, html, signs.passed_on)
                    routing.place(session, enquiry, result, signs, learner, robot, now=now)
        except OperationalError:
            raise  # the database, not the mail: the mail waits until it is well again
        except Exception as error:  # noqa: BLE001 - whatever one mail breaks, the next must not wait behind it
            log.error("mail_not_placed", enquiry=enquiry_id, error=type(error).__name__)
            with database.write(engine) as session:
                quarantine(session, session.get_one(Enquiry, enquiry_id), "failed", now=now)
    return len(rows)


def _received(engine: Engine) -> list[tuple[int, bytes]]:
    """The oldest mails that nobody has read yet: id and content, at most `PORTION` bytes or one mail."""
    query = select(Enquiry.id, RawMail.id, RawMail.size).join(Enquiry.raw).where(Enquiry.state == State.RECEIVED)
    with database.read(engine) as session:
        found: list[tuple[int, int]] = []
        total = 0
        for enquiry_id, raw_id, size in session.execute(query.order_by(Enquiry.received_at, Enquiry.id).limit(BATCH)):
            total += size
            if found and total > PORTION:
                break
            found.append((enquiry_id, raw_id))
        contents = select(RawMail.content)
        return [(each, session.scalars(contents.where(RawMail.id == raw_id)).one()) for each, raw_id in found]


def quarantine(session: Session, enquiry: Enquiry, reason: str, *, now: datetime) -> None:
    """A mail that cannot be read waits for a human, whole and visible."""
    enquiry.quarantine = reason
    enquiry.state = follow(enquiry.state, State.TRIAGE)
    events.record(session, "quarantined", by=events.ROBOT, now=now, enquiry_id=enquiry.id, reason=reason)
    routing.note(session, enquiry, Route(None, Reason.UNREADABLE), now=now)


def reprocess(session: Session, enquiry: Enquiry, *, by: str, now: datetime) -> None:
    """Let a quarantined mail be read once more."""
    enquiry.state = follow(enquiry.state, State.RECEIVED)
    enquiry.quarantine = None
    events.record(session, "reprocessed", by=by, now=now, enquiry_id=enquiry.id)


def fill_in(
    session: Session, enquiry: Enquiry, mail: ParsedMail, html: str | None, passed_on: Sequence[Named] = ()
) -> None:
    """Copy what was read into the enquiry; `passed_on`: who wrote the mails that it sends on in its text."""
    enquiry.subject, enquiry.text, enquiry.html = mail.subject, mail.text, html
    enquiry.sender_name, enquiry.sender_address = mail.sender_name[:200], mail.sender_address
    citizens.decide(session, enquiry, mail, passed_on)
    enquiry.message_id, enquiry.in_reply_to = mail.message_id, mail.in_reply_to
    enquiry.repairs, enquiry.unread = [*mail.repairs], [*mail.unread]
    enquiry.language = language_of(f"{mail.subject}\n{mail.text}")
    enquiry.words_missing = words_missing(
        own_word_count(mail.text), mail.unread, [a.content_type for a in mail.attachments],
        pictures="<img" in (mail.html or "").lower(),
    )  # fmt: skip
    enquiry.fingerprint = domain.fingerprint(mail.sender_address, mail.subject, mail.text, _contents(enquiry, mail))
    enquiry.may_acknowledge = acknowledging.may_answer(dict(mail.headers))
    enquiry.attachments = [
        Attachment(position=n, filename=a.filename, content_type=a.content_type[:200], size=len(a.content))
        for n, a in enumerate(mail.attachments)
    ]
    session.flush()


def _contents(enquiry: Enquiry, mail: ParsedMail) -> list[bytes]:
    """Everything in a mail beside its text; the bytes below its head where some of that could not be read."""
    files = [part for a in mail.attachments for part in (a.filename.encode(errors="replace"), a.content)]
    unread = [domain.body(enquiry.raw.content)] if mail.unread else []
    return [(mail.html or "").encode(errors="replace"), *files, *unread]
