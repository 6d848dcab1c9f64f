"""Taking mails in: bytes first, everything else after. Each step commits by itself and can be repeated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, exists, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload, selectinload

from app import database
from app.domain import automatic_headers
from app.domain import recognition as domain
from app.domain.actor import ROBOT
from app.domain.citizen import Citizen
from app.domain.enquiry import State, follow
from app.domain.events.inbound import MailQuarantined, MailReceived
from app.domain.routing import Reason, Route
from app.domain.unread import NOT_EXPORTED, words_missing
from app.models.enquiry import Attachment, Enquiry, RawMail
from app.models.unit import Mailbox
from app.services.casework import enquiry_deadlines
from app.services.inbound import citizens, own_letters, recognition, routing
from app.services.inbound.mailboxes import Handler, Head, Watched
from app.services.inbound.recognition import Signs
from app.services.platform import events
from app.services.platform.robot import Robot
from connectors.errors import ConnectorError
from connectors.mail import systems
from connectors.mail.addresses import Named
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef, ParsedMail
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser
from learning.language import language_of
from learning.text import own_word_count

if TYPE_CHECKING:
    from app.services.learning.learner import Learner

log = structlog.get_logger()
BATCH = 50
AT_ONCE = 10
"""Mails that are placed in one transaction: who waits for the database meanwhile waits about a tenth of a second."""
FAILED = "failed"
PORTION = 32 * 1024 * 1024
"""Bytes of mail that are held in memory at once; a single mail may be larger."""


class Inboxes(Handler[None]):
    """The mailboxes that citizens write to: every mail becomes an enquiry, then counts as taken."""

    folder = Folder.INBOX

    def __init__(self, engine: Engine, secret: str) -> None:
        """`secret` tells our own letters from mails that only have their Message-ID."""
        self._engine, self._secret = engine, secret

    def watched(self, session: Session) -> list[Watched]:
        """Return every mailbox that mails are taken from."""
        query = select(Mailbox).where(~Mailbox.journal).order_by(Mailbox.id)
        return [Watched(each.address, each.unit_id) for each in session.scalars(query)]

    def wanted(self, session: Session, box: Watched, refs: Sequence[MessageRef], _now: datetime) -> list[MessageRef]:
        """Return what is not kept yet: a lost cursor gives everything again."""
        query = select(RawMail.key).where(
            RawMail.address == box.address, RawMail.folder == self.folder, RawMail.key.in_([ref.key for ref in refs])
        )
        known = set(session.scalars(query))
        return [ref for ref in refs if ref.key not in known]

    def read(self, contents: Sequence[bytes]) -> list[None]:
        """Leave the mails unread: `process` reads them once their bytes are stored."""
        return [None] * len(contents)

    def keep(self, session: Session, box: Watched, ref: MessageRef, content: bytes, _read: None, now: datetime) -> bool:
        """Make a mail an enquiry, unless it is a letter of ours that lies where it was sent."""
        forward = own_letters.lying_where_sent(session, box.address, content, self._secret)
        if forward is None:
            return store(session, box.address, self.folder, ref, content, now)
        own_letters.leave(session, forward, box.address, ref.key, content, now=now)
        return False

    def committed(self, gateway: MailGateway, box: Watched, now: datetime) -> None:
        """Mark as taken, but for a unit's own mailbox: there it wants to see what is new."""
        if box.unit_id is None:
            _mark_taken(self._engine, gateway, box.address, now)


def store(session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes, now: datetime) -> bool:
    """Store a mail and make it an enquiry. Return False where it is kept already."""
    return admit(session, address, folder, ref, content, now) is not None


def admit(
    session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes, now: datetime
) -> Enquiry | None:
    """Store a mail and return its enquiry. None where it is kept already."""
    raw = keep_raw(session, address, folder, ref, content)
    if raw is None:
        return None
    enquiry = Enquiry(
        raw_mail_id=raw.id,
        mailbox=address,
        received_at=ref.received_at,
        state=State.RECEIVED,
        quarantine=NOT_EXPORTED if isinstance(content, Head) else None,
    )
    enquiry_deadlines.start(session, enquiry)
    session.add(enquiry)
    session.flush()
    events.record(session, MailReceived(sha256=raw.sha256, size=raw.size), by=ROBOT, now=now, enquiry_id=enquiry.id)
    return enquiry


def keep_raw(session: Session, address: str, folder: Folder, ref: MessageRef, content: bytes) -> RawMail | None:
    """Store a mail's bytes. Return None where that very mail of that folder is kept already."""
    known = select(exists().where(RawMail.address == address, RawMail.folder == folder, RawMail.key == ref.key))
    digest = hashlib.sha256(content).hexdigest()
    if session.scalar(known) or _has_another_key(session, address, folder, ref.key, digest):
        return None
    raw = raw_of(address, folder, ref, content)
    session.add(raw)
    session.flush()
    return raw


def raw_of(address: str, folder: Folder, ref: MessageRef, content: bytes) -> RawMail:
    """Make the row of a mail's bytes, without writing it."""
    return RawMail(
        address=address,
        folder=folder,
        key=ref.key,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=bytes(content),
        received_at=ref.received_at,
    )


def _has_another_key(session: Session, address: str, folder: Folder, key: str, digest: str) -> bool:
    """Tell whether a mail was taken in under a key of another generation, and note its new key.

    Its mailbox has moved to another mail system, or the folder was made anew in the same one: then its old key means nothing
    there any more. Two mails with the same bytes stay two.
    """
    query = select(RawMail).where(RawMail.sha256 == digest, RawMail.address == address, RawMail.folder == folder)
    older = [raw for raw in session.scalars(query.order_by(RawMail.id)) if _generation(raw.key) != _generation(key)]
    here = next((raw for raw in older if systems.split(raw.key)[0] == systems.split(key)[0]), None)
    if here is not None:
        here.key = key
    return bool(older)


def _generation(key: str) -> str:
    """Return what of a key all mails share that lay in a folder together: its system, and over IMAP the folder's UIDVALIDITY."""
    return key.rpartition(":")[0]


def _mark_taken(engine: Engine, gateway: MailGateway, address: str, now: datetime) -> None:
    """Tell the mail system about everything committed that it has not heard of yet, also from before a crash.

    Raises:
        ConnectorError: the mailbox fails for the moment; the rest is told next time.
    """
    untaken = select(RawMail).where(
        RawMail.taken_at.is_(None), RawMail.address == address, RawMail.folder == Folder.INBOX
    )
    with database.read(engine) as session:
        keys = [(raw.id, raw.key) for raw in session.scalars(untaken)]
    done, failure = [], None
    for raw_id, key in keys:
        try:
            gateway.mark_taken(address, key)
        except ConnectorError as error:
            if error.retryable:
                failure = error
                break
        done.append(raw_id)
    if done:
        with database.write(engine) as session:
            for raw in session.scalars(select(RawMail).where(RawMail.id.in_(done))):
                raw.taken_at = now
    if failure is not None:
        raise failure


def process(engine: Engine, parser: MailParser, learner: "Learner", robot: Robot, *, now: datetime) -> int:
    """Process received mails: read, recognise, predict, route. The oldest come first. Return how many."""
    rows = _received(engine)
    results = parser.parse_each([content for _, content in rows])
    read = (_read(parser, number, result) for (number, _), result in zip(rows, results, strict=True))
    while portion := list(islice(read, AT_ONCE)):
        learner.page_priority.step_aside()
        _place(engine, portion, learner, robot, now)
    return len(rows)


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What was read of a received mail, while nobody waits for the database."""

    enquiry_id: int
    mail: ParsedMail | MailUnreadable
    html: str | None = None
    signs: Signs | None = None


def _read(parser: MailParser, enquiry_id: int, mail: ParsedMail | MailUnreadable) -> ReadMail:
    if isinstance(mail, MailUnreadable):
        return ReadMail(enquiry_id, mail)
    html = parser.sanitise(mail.html) if mail.html else None
    try:
        return ReadMail(enquiry_id, mail, html, recognition.signs(mail))
    except Exception as error:  # noqa: BLE001 - whatever one mail breaks, the next must not wait behind it
        log.error("mail_not_placed", enquiry=enquiry_id, error=type(error).__name__)
        return ReadMail(enquiry_id, MailUnreadable(FAILED))


def _place(engine: Engine, portion: Sequence[ReadMail], learner: "Learner", robot: Robot, now: datetime) -> None:
    """Place a portion in one go; where a mail breaks that, each by itself, and what fails then waits for a human."""
    try:
        with database.portion(engine) as session:
            waiting = _waiting(session, [each.enquiry_id for each in portion])
            for each in portion:
                if each.enquiry_id in waiting:  # else another worker was faster
                    _place_one(session, waiting[each.enquiry_id], each, learner, robot, now)
    except OperationalError:
        raise  # the database, not the mail: the mail waits until it is well again
    except Exception as error:  # noqa: BLE001 - whatever one mail breaks, the next must not wait behind it
        if len(portion) > 1:
            log.warning("portion_not_placed", error=type(error).__name__)
            for each in portion:
                _place(engine, [each], learner, robot, now)
            return
        (failed,) = portion
        log.error("mail_not_placed", enquiry=failed.enquiry_id, error=type(error).__name__)
        with database.write(engine) as session:
            enquiry = session.get_one(Enquiry, failed.enquiry_id)
            quarantine(session, enquiry, enquiry.quarantine or FAILED, now=now)


def _waiting(session: Session, numbers: Sequence[int]) -> dict[int, Enquiry]:
    """Return those that still wait for their place, with all that is looked at of each."""
    query = select(Enquiry).where(Enquiry.id.in_(numbers), Enquiry.state == State.RECEIVED)
    query = query.options(joinedload(Enquiry.raw), selectinload(Enquiry.attachments))
    return {enquiry.id: enquiry for enquiry in session.scalars(query)}


def _place_one(
    session: Session, enquiry: Enquiry, read: ReadMail, learner: "Learner", robot: Robot, now: datetime
) -> None:
    if isinstance(read.mail, MailUnreadable):
        quarantine(session, enquiry, enquiry.quarantine or read.mail.reason, now=now)
    elif read.signs is not None:
        fill_in(session, enquiry, read.mail, read.html, read.signs.passed_on)
        if enquiry.quarantine is not None:  # that was its head alone: nobody knows what it says
            quarantine(session, enquiry, enquiry.quarantine, now=now)
        else:
            routing.place(session, enquiry, read.mail, read.signs, learner, robot, now=now)


def _received(engine: Engine) -> list[tuple[int, bytes]]:
    """Return the oldest unread mails, as id and content. At most `PORTION` bytes, or one mail."""
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
    """Put a mail that cannot be read before a human. The mail stays whole and visible."""
    enquiry.quarantine = reason
    enquiry.state = follow(enquiry.state, State.TRIAGE)
    events.record(session, MailQuarantined(reason=reason), by=ROBOT, now=now, enquiry_id=enquiry.id)
    routing.note(session, enquiry, Route(None, Reason.UNREADABLE), now=now)


def fill_in(
    session: Session, enquiry: Enquiry, mail: ParsedMail, html: str | None, passed_on: Sequence[Named] = ()
) -> None:
    """Copy what was read into the enquiry. `passed_on`: who wrote the mails that it sends on in its text."""
    copy_in(enquiry, mail, html, citizens.of_mail(session, mail, enquiry.mailbox, passed_on))
    session.flush()


def copy_in(enquiry: Enquiry, mail: ParsedMail, html: str | None, citizen: Citizen) -> None:
    """Copy what was read, and who the citizen is, into an enquiry that nobody has written yet."""
    enquiry.subject, enquiry.text, enquiry.html = mail.subject, mail.text, html
    enquiry.sender_name, enquiry.sender_address = mail.sender_name[:200], mail.sender_address
    citizens.keep(enquiry, citizen)
    enquiry.message_id, enquiry.in_reply_to = mail.message_id, mail.in_reply_to
    enquiry.repairs, enquiry.unread = [*mail.repairs], [*mail.unread]
    enquiry.language = language_of(f"{mail.subject}\n{mail.text}")
    enquiry.words_missing = words_missing(
        own_word_count(mail.text),
        mail.unread,
        [a.content_type for a in mail.attachments],
        pictures="<img" in (mail.html or "").lower(),
    )
    enquiry.fingerprint = domain.fingerprint(mail.sender_address, mail.subject, mail.text, _contents(enquiry, mail))
    enquiry.may_acknowledge = automatic_headers.may_answer(dict(mail.headers))
    enquiry.attachments = [
        Attachment(position=n, filename=a.filename, content_type=a.content_type[:200], size=len(a.content))
        for n, a in enumerate(mail.attachments)
    ]


def _contents(enquiry: Enquiry, mail: ParsedMail) -> list[bytes]:
    """Return everything in a mail beside its text.

    With it come the bytes below its head, where some of those could not be read.
    """
    files = [part for a in mail.attachments for part in (a.filename.encode(errors="replace"), a.content)]
    unread = [domain.body(enquiry.raw.content)] if mail.unread else []
    return [(mail.html or "").encode(errors="replace"), *files, *unread]
