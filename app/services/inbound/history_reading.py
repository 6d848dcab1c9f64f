"""Learn from what lies in units' own mailboxes: page by page, gently, at night, and without a trace there.

What is kept and learned of a mail is what the import of a history keeps (`history_import`), under the same key, so that a mail is
learned once whichever way it comes. Mails that it would leave out are left out here, and those that are our own units' or were
taken in already. A page's cursor is committed with its mails: whoever is killed reads that page again.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import database
from app.domain import backoff
from app.domain.actor import ROBOT, Actor
from app.domain.events.inbound import HistoryReadingAsked, HistoryReadingEnded, HistoryReadingPaused
from app.domain.history_reading import Limits, ReadingState
from app.domain.recognition import set_aside
from app.errors import NotFoundError, RefusedError
from app.models.enquiry import RawMail
from app.models.history_reading import HistoryReading
from app.models.unit import Mailbox, Unit
from app.services.inbound import history_import, mailbox_states
from app.services.inbound.history_import import PastMail
from app.services.inbound.recognition import traits_of
from app.services.organisation import mail_systems
from app.services.platform import events, faults
from connectors.errors import ConnectorError
from connectors.mail import addresses
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, FoundFolder, MessageRef, OtherFolder, ParsedMail
from connectors.mail.reading.parser import MailParser

if TYPE_CHECKING:
    from app.services.learning.learner import Learner

log = structlog.get_logger()
PORTION = 4 * 1024 * 1024
"""Bytes of mail that are held at once; a single mail may be larger."""
FIRST_PAUSE = 60.0
"""Seconds until a mail system that fails is asked again; twice as many after each further time."""
GOING_ON = (ReadingState.WAITING, ReadingState.RUNNING)
OF_THE_HOUSE = (Folder.SENT, Folder.DRAFTS, Folder.RETURNS)
"""Folders that no history is in: what the unit writes, and what is not its own."""


def ask(
    session: Session,
    unit_id: int,
    folders: Sequence[FoundFolder],
    *,
    by: Actor,
    now: datetime,
    since: datetime | None = None,
    at_once: bool = False,
    mailbox: str | None = None,
) -> None:
    """Have folders of a unit's mailbox read. One that was read before is read on from where that ended.

    Args:
        session: the transaction.
        unit_id: whose mailbox; its mails are labels of this unit.
        folders: as the mail system lists them.
        by: who asks.
        now: when.
        since: older mails are left out; another day than before begins anew.
        at_once: also by day, and without a limit a night.
        mailbox: the shared mailbox they came to; the first where not said.

    Raises:
        NotFoundError: there is no such unit.
        RefusedError: no folder is named, one holds what the unit itself writes, or there is no such shared mailbox.
    """
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFoundError
    if not folders:
        raise RefusedError("no_folder_chosen")
    if any(folder.role in OF_THE_HOUSE for folder in folders):
        raise RefusedError("folder_of_the_house")
    shared = _shared_mailbox(session, mailbox)
    for folder in folders:
        row = _row(session, unit, folder)
        if row.since != since:
            row.cursor = None
        row.mailbox, row.since, row.at_once, row.name = shared, since, at_once, folder.name[:500]
        row.state, row.error, row.failures, row.next_at, row.ended_at = ReadingState.WAITING, "", 0, None, None
        row.asked_at, row.by = now, by.email
        asked = HistoryReadingAsked(mailbox=unit.address, folder=row.name, unit_id=unit.id, at_once=at_once)
        events.record(session, asked, by=by, now=now)


def pause(session: Session, reading_id: int, *, by: Actor, now: datetime) -> None:
    """Have a folder left alone until somebody resumes it. What was learned stays.

    Raises:
        NotFoundError: it is not read.
    """
    row = _find(session, reading_id)
    if row.state in GOING_ON:
        row.state = ReadingState.PAUSED
        events.record(session, HistoryReadingPaused(mailbox=row.address, folder=row.name), by=by, now=now)


def resume(session: Session, reading_id: int, *, by: Actor, now: datetime) -> None:
    """Have a folder read on from where it was left; one that failed is tried again.

    Raises:
        NotFoundError: it was never read.
    """
    row = _find(session, reading_id)
    if row.state not in GOING_ON:
        row.state, row.next_at, row.failures, row.error = ReadingState.WAITING, None, 0, ""
        asked = HistoryReadingAsked(mailbox=row.address, folder=row.name, unit_id=row.unit_id, at_once=row.at_once)
        events.record(session, asked, by=by, now=now)


class HistoryReader:
    """Reads one page at a time of what was asked for, whenever it is let. One in a house: the worker has it."""

    def __init__(
        self,
        engine: Engine,
        gateway: Callable[[], MailGateway],
        parser: MailParser,
        learner: "Learner",
        limits: Limits,
        now: Callable[[], datetime],
    ) -> None:
        self._engine, self._gateway, self._parser, self._learner = engine, gateway, parser, learner
        self._limits, self._now = limits, now
        self._free_at: datetime | None = None

    def go_on(self) -> bool:
        """Read a page of the folder that has waited longest, unless it is day or the pause is not over. Tell whether it did."""
        now = self._now()
        if self._free_at is not None and now < self._free_at:
            return False
        with database.read(self._engine) as session:
            row = self._due(session, now)
            if row is None:
                return False
            session.expunge(row)
        self._read(row, now)
        return True

    def _due(self, session: Session, now: datetime) -> HistoryReading | None:
        night, paused = self._limits.night(now), mailbox_states.paused(session)
        query = select(HistoryReading).where(HistoryReading.state.in_(GOING_ON)).order_by(HistoryReading.id)
        ready = (
            row
            for row in session.scalars(query)
            if row.address not in paused and (row.next_at is None or row.next_at <= now) and self._room(row, now)
        )
        allowed = (row for row in ready if row.at_once or night is not None)
        return min(allowed, key=lambda row: (row.tonight if row.night == night else 0, row.id), default=None)

    def _room(self, row: HistoryReading, now: datetime) -> int:
        """Return how many mails of a folder may be read now."""
        read = row.tonight if row.night == self._limits.night(now) and not row.at_once else 0
        return self._limits.page(read)

    def _read(self, row: HistoryReading, now: datetime) -> None:
        place, calls = OtherFolder(row.folder), 1
        self._free_at = now + self._limits.pause(calls)
        try:
            batch = self._gateway().new_messages(row.address, row.cursor, folder=place, limit=self._room(row, now))
            wanted = [ref for ref in batch.messages if row.since is None or ref.received_at >= row.since]
            calls += len(wanted)
            self._free_at = now + self._limits.pause(calls)
            for portion in self._portions(row, place, wanted):
                self._keep(row, portion, lambda _session: None)
        except ConnectorError as error:
            self._failed(row, error)
            return
        self._keep(row, self._last, lambda session: self._moved(session, row, batch.messages, batch.cursor))

    def _portions(
        self, row: HistoryReading, place: OtherFolder, refs: Sequence[MessageRef]
    ) -> Iterator[list[tuple[MessageRef, bytes]]]:
        """Yield mails, some megabytes at a time; the last of them stay in `_last`, to be kept with the cursor."""
        self._last: list[tuple[MessageRef, bytes]] = []
        for ref in refs:
            if sum(len(content) for _, content in self._last) > PORTION:
                portion, self._last = self._last, []
                yield portion
            try:
                self._last.append((ref, self._gateway().raw(row.address, ref.key, folder=place)))
            except ConnectorError as error:
                if error.retryable:
                    raise
                log.info("history_not_fetched", mailbox=row.address, key=ref.key, error=faults.message(error))

    def _keep(
        self, row: HistoryReading, mails: Sequence[tuple[MessageRef, bytes]], then: Callable[[Session], None]
    ) -> None:
        """Learn from mails, and write down `then`, in one transaction."""
        past = [
            PastMail(
                f"{hashlib.sha256(content).hexdigest()}:{row.unit_id}",
                row.mailbox,
                content,
                row.unit_id,
                ref.received_at,
            )
            for ref, content in mails
        ]
        new = history_import.unknown(self._engine, past)
        read = self._parser.parse_many([mail.raw for mail in new])
        with database.write(self._engine) as session:
            house = _house(session)
            for mail, parsed in zip(new, read, strict=True):
                if isinstance(parsed, ParsedMail) and _teaches(session, mail, parsed, house):
                    history_import.label(session, self._learner, mail, parsed, Actor(row.by))
                    session.get_one(HistoryReading, row.id).learned += 1
            then(session)
        self._learner.catch_up(now=self._now())

    def _moved(self, session: Session, row: HistoryReading, refs: Sequence[MessageRef], cursor: str) -> None:
        """Write down how far a folder was read; a page without mails was its end."""
        now = self._now()
        there, night = session.get_one(HistoryReading, row.id), self._limits.night(now)
        if there.asked_at != row.asked_at:  # somebody asked anew meanwhile, and may want it from its beginning
            return
        there.cursor, there.failures, there.error, there.next_at = cursor, 0, "", None
        there.looked_at += len(refs)
        there.tonight = (there.tonight if there.night == night else 0) + len(refs)
        there.night = night
        there.reached = max((ref.received_at for ref in refs), default=there.reached)
        if there.state in GOING_ON:  # somebody may have paused it meanwhile
            there.state = ReadingState.RUNNING if refs else ReadingState.DONE
        if not refs:
            there.ended_at = now
            ended = HistoryReadingEnded(
                mailbox=row.address, folder=row.name, looked_at=there.looked_at, learned=there.learned
            )
            events.record(session, ended, by=ROBOT, now=now)

    def _failed(self, row: HistoryReading, error: ConnectorError) -> None:
        log.warning("history_not_read", mailbox=row.address, error=faults.message(error), retryable=error.retryable)
        with database.write(self._engine) as session:
            there = session.get_one(HistoryReading, row.id)
            there.failures, there.error = there.failures + 1, faults.message(error)[:500]
            if not error.retryable:
                there.state, there.ended_at = ReadingState.FAILED, self._now()
                return
            pause_ = backoff.pause(there.failures, first=FIRST_PAUSE, wait=error.wait)
            there.next_at = self._now() + timedelta(seconds=pause_)


def _teaches(session: Session, mail: PastMail, parsed: ParsedMail, house: set[str]) -> bool:
    """Tell whether a mail is a citizen's that we have not had: neither automatic, nor empty, nor our own units'."""
    if set_aside(traits_of(parsed)) or addresses.key(parsed.sender_address) in house:
        return False
    if not (parsed.subject + parsed.text).strip() and not parsed.attachments:
        return False
    digest = mail.key.partition(":")[0]
    known = select(func.count()).where(RawMail.sha256 == digest, RawMail.folder != history_import.FOLDER)
    return not session.scalar(known)


def _house(session: Session) -> set[str]:
    return {addresses.key(each) for kind in (Mailbox, Unit) for each in session.scalars(select(kind.address))}


def _shared_mailbox(session: Session, wanted: str | None) -> str:
    query = select(Mailbox.address).where(Mailbox.unit_id.is_(None), Mailbox.journal.is_(False)).order_by(Mailbox.id)
    found = next((each for each in session.scalars(query) if not wanted or addresses.same(each, wanted)), None)
    if found is None:
        raise RefusedError("no_shared_mailbox")
    return found


def _row(session: Session, unit: Unit, folder: FoundFolder) -> HistoryReading:
    """Return the row of a folder, made where there is none."""
    system = mail_systems.of(session, unit.address)
    query = select(HistoryReading).where(
        HistoryReading.address == unit.address,
        HistoryReading.mail_system == system,
        HistoryReading.folder == folder.key,
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        row = HistoryReading(unit_id=unit.id, address=unit.address, mail_system=system, folder=folder.key)
        session.add(row)
    return row


def _find(session: Session, reading_id: int) -> HistoryReading:
    row = session.get(HistoryReading, reading_id)
    if row is None:
        raise NotFoundError
    return row
