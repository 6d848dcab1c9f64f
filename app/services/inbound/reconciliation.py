"""Compare mailboxes with what was taken in from them, and take in what is missing.

A mailbox is listed from its beginning, beside the cursor that polling keeps, and outside of any transaction. What lies there
under a key that is known is kept. Of the rest each mail is fetched: it may be one that was taken in under another key.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import recognition
from app.domain import reconciliation as domain
from app.domain.actor import ROBOT, Actor
from app.domain.events.inbound import MailboxReconciled, MissingMailsTaken
from app.domain.reconciliation import Moved, ReconciliationState
from app.errors import NotFoundError
from app.models.enquiry import Enquiry, RawMail
from app.models.reconciliation import MissingMail, Reconciliation
from app.models.unit import Mailbox
from app.services.inbound import mailbox_states, mailboxes, own_letters
from app.services.inbound.intake import Inboxes
from app.services.inbound.mailboxes import Watched
from app.services.platform import events, faults
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef

log = structlog.get_logger()
PAGE, MOST_LISTED, MOST_FETCHED = 100, 100_000, 5_000
"""Mails listed at a time, listed in all, and fetched in all: beyond these a comparison ends, and says so."""
SAID_EACH = 50
"""After so many fetched mails it says how far it is."""
YOUNG = timedelta(minutes=10)
"""A mail that came so lately may be about to be taken in: it is not missing yet."""
SILENCE = timedelta(minutes=5)
"""Whoever compares and says nothing for so long has ended; it is begun anew."""
UNDER_WAY = (ReconciliationState.WAITING, ReconciliationState.RUNNING)
Progress = Callable[[int], None]


def ask(session: Session, address: str, *, by: Actor, now: datetime) -> None:
    """Have a mailbox compared at the first opportunity. Nothing changes where that is under way.

    Raises:
        NotFoundError: no mails are taken from it.
    """
    if session.scalar(select(Mailbox.id).where(Mailbox.address == address)) is None:
        raise NotFoundError
    row = session.get(Reconciliation, address)
    if row is not None and (row.state in UNDER_WAY or row.take_at is not None):
        return
    if row is not None:
        session.delete(row)
        session.flush()
    session.add(Reconciliation(address=address, asked_at=now, by=by.email))


def due_tonight(session: Session, now: datetime) -> list[str]:
    """Return the mailboxes that this night has not compared yet; by day none, and never those on pause."""
    since = domain.night_began(now)
    if since is None:
        return []
    paused = mailbox_states.paused(session)
    compared = select(Reconciliation.address).where(Reconciliation.asked_at >= since)
    query = select(Mailbox.address).where(Mailbox.address.not_in(compared)).order_by(Mailbox.id)
    return [address for address in session.scalars(query) if address not in paused]


def ask_to_take(session: Session, address: str, *, by: Actor, now: datetime) -> None:
    """Have the missing mails of a mailbox taken in at the first opportunity. Twice is once.

    Raises:
        NotFoundError: it was never compared.
    """
    row = session.get(Reconciliation, address)
    if row is None:
        raise NotFoundError
    wanted = [mail for mail in row.missing if mail.taken_at is None]
    if row.state is ReconciliationState.DONE and row.take_at is None and wanted:
        row.take_at = now
        events.record(session, MissingMailsTaken(mailbox=address, count=len(wanted)), by=by, now=now)


def go_on(engine: Engine, gateway: MailGateway, *, secret: str, now: Callable[[], datetime]) -> int:
    """Do what is asked for: take in what is missing, then compare one mailbox. Return how many mails were taken in."""
    taken = sum(take_missing(engine, gateway, address, secret=secret, now=now()) for address in _to_take(engine))
    with database.read(engine) as session:
        due = _due(session, now())
        tonight = due_tonight(session, now())
    if due is not None:
        compare(engine, gateway, due, secret=secret, now=now)
    elif tonight:
        with database.write(engine) as session:
            for address in tonight:
                ask(session, address, by=ROBOT, now=now())
    return taken


def compare(engine: Engine, gateway: MailGateway, address: str, *, secret: str, now: Callable[[], datetime]) -> None:
    """Compare one mailbox, and write down what is missing. Where the mailbox fails, that is written down instead."""

    def said(listed: int) -> None:
        with database.write(engine) as session:
            row = session.get_one(Reconciliation, address)
            row.state, row.heard_at, row.listed = ReconciliationState.RUNNING, now(), listed

    said(0)
    try:
        refs, whole = _listed(gateway, address, said)
        settled = [ref for ref in refs if ref.received_at <= now() - YOUNG]
        missing, all_fetched = _missing(engine, gateway, address, settled, secret, said)
    except ConnectorError as error:
        log.warning("mailbox_not_compared", mailbox=address, error=faults.message(error))
        with database.write(engine) as session:
            row = session.get_one(Reconciliation, address)
            row.state, row.ended_at, row.error = ReconciliationState.FAILED, now(), faults.message(error)[:500]
        return
    with database.write(engine) as session:
        row = session.get_one(Reconciliation, address)
        row.state, row.ended_at, row.listed, row.whole = (
            ReconciliationState.DONE, now(), len(refs), whole and all_fetched,
        )  # fmt: skip
        row.missing = [MissingMail(key=ref.key, received_at=ref.received_at) for ref in missing]
        said_so = MailboxReconciled(mailbox=address, listed=len(refs), missing=len(missing))
        events.record(session, said_so, by=ROBOT, now=now())


def take_missing(engine: Engine, gateway: MailGateway, address: str, *, secret: str, now: datetime) -> int:
    """Take in what is missing, as polling does. What is kept by now is not taken again. Return how many became something."""
    with database.read(engine) as session:
        box = session.scalars(select(Mailbox).where(Mailbox.address == address)).one_or_none()
        watched = Watched(address, box.unit_id) if box is not None else None
        rows = select(MissingMail).where(MissingMail.address == address, MissingMail.taken_at.is_(None))
        refs = [MessageRef(row.key, row.received_at) for row in session.scalars(rows.order_by(MissingMail.received_at))]
    handler, taken = Inboxes(engine, secret), 0
    if watched is not None:
        try:
            taken = mailboxes.take(engine, gateway, handler, watched, refs, now)
            handler.committed(gateway, watched, now)
        except ConnectorError as error:
            log.warning("missing_mails_not_taken", mailbox=address, error=faults.message(error))
    with database.write(engine) as session:
        row = session.get_one(Reconciliation, address)
        row.take_at = None
        kept = _known(session, address, [mail.key for mail in row.missing])
        for mail in row.missing:
            mail.taken_at = mail.taken_at or (now if mail.key in kept else None)
    return taken


def _to_take(engine: Engine) -> Sequence[str]:
    with database.read(engine) as session:
        return session.scalars(select(Reconciliation.address).where(Reconciliation.take_at.is_not(None))).all()


def _due(session: Session, now: datetime) -> str | None:
    """Return the mailbox that has waited longest for its comparison, or whose comparison broke off."""
    waits = Reconciliation.state == ReconciliationState.WAITING
    broken = (Reconciliation.state == ReconciliationState.RUNNING) & (Reconciliation.heard_at < now - SILENCE)
    query = select(Reconciliation.address).where(waits | broken).order_by(Reconciliation.asked_at).limit(1)
    return session.scalar(query)


def _listed(gateway: MailGateway, address: str, said: Progress) -> tuple[list[MessageRef], bool]:
    """Return what lies in a mailbox's inbox, and whether that is all of it."""
    found: dict[str, MessageRef] = {}
    cursor: str | None = None
    while len(found) < MOST_LISTED:
        batch = gateway.new_messages(address, cursor, folder=Folder.INBOX, limit=PAGE)
        found |= {ref.key: ref for ref in batch.messages}
        said(len(found))
        if len(batch.messages) < PAGE:
            return list(found.values()), True
        cursor = batch.cursor
    return list(found.values()), False


def _missing(
    engine: Engine, gateway: MailGateway, address: str, refs: Sequence[MessageRef], secret: str, said: Progress
) -> tuple[list[MessageRef], bool]:
    """Return the mails that are kept nowhere, and whether all that are unknown by key were looked at."""
    with database.read(engine) as session:
        known = _known(session, address, [ref.key for ref in refs])
    unknown = [ref for ref in refs if ref.key not in known]
    if not unknown:
        return [], True
    moved = _moved(engine, address, known)
    missing = []
    for number, ref in enumerate(unknown[:MOST_FETCHED], 1):
        if not _is_kept(engine, gateway, address, ref, moved, secret):
            missing.append(ref)
        if number % SAID_EACH == 0:
            said(len(refs))
    return missing, len(unknown) <= MOST_FETCHED


def _is_kept(engine: Engine, gateway: MailGateway, address: str, ref: MessageRef, moved: Moved, secret: str) -> bool:
    """Tell whether a mail was taken in under another key, or is a letter of ours that lies where it was sent."""
    try:
        content = gateway.raw(address, ref.key)
    except ConnectorError as error:
        if error.retryable:
            raise
        return False  # nobody can fetch it: somebody must look at it where it lies
    message_id = recognition.claimed_message_id(content) or ""
    if moved.accounts_for(hashlib.sha256(content).hexdigest(), message_id):
        return True
    with database.read(engine) as session:
        return own_letters.lying_where_sent(session, address, content, secret) is not None


def _moved(engine: Engine, address: str, known: set[str]) -> Moved:
    """Return what was taken in from a mailbox and lies there under its key no more."""
    query = (
        select(RawMail.key, RawMail.sha256, Enquiry.message_id)
        .outerjoin(Enquiry, Enquiry.raw_mail_id == RawMail.id)
        .where(RawMail.address == address, RawMail.folder == Folder.INBOX)
    )
    with database.read(engine) as session:
        rows = session.execute(query).all()
    return Moved((digest, message_id or "") for key, digest, message_id in rows if key not in known)


def _known(session: Session, address: str, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        query = select(RawMail.key).where(
            RawMail.address == address, RawMail.folder == Folder.INBOX, RawMail.key.in_(keys[start : start + 500])
        )
        found |= set(session.scalars(query))
    return found
