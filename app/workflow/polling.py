"""Look into every mailbox in turn, so that a slow one delays no other.

Each mailbox is polled in a thread of its own while no more than `poll_workers` are. A call on a mailbox that gives no answer
within `poll_timeout` is given up as lost: its thread cannot be ended from outside, but it loses its place, and whatever the call
brings in the end is not used. So the mailbox may be tried anew, and is never polled by two.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import structlog
from sqlalchemy import Engine

from app import database
from app.domain import backoff
from app.services.inbound import mailbox_states, mailboxes
from app.services.inbound.mailbox_states import State
from app.services.inbound.mailboxes import Handler, Polled, Watched
from app.services.organisation import added_mail_systems, new_mailboxes
from app.services.platform import faults
from connectors.errors import ConnectorError, FolderMissing
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder

log = structlog.get_logger()
LOST_EACH = 2
"""So many lost calls on one mailbox may be without an end before it is left alone until one of them has one."""
LOST_PER_PLACE = 4
"""So many lost calls there may be for each place of the pool; beyond that, a call that hangs keeps its place."""
SAVE_SECONDS, NEWS_SECONDS = 30.0, 1.0
"""How often it is written down when each mailbox was seen, and at most what has begun or ceased to fail."""
PATIENCE = 15.0
"""Seconds that polls under way have to come to their end when the poller stops."""
NO_ANSWER = "no_answer"


class Lost(Exception):
    """The call took too long: somebody else may be polling the mailbox by now."""


class Watch:
    """One poll, and the call it is at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began: float | None = None
        self.lost = False
        self.thread: threading.Thread | None = None

    def begin(self) -> None:
        """Note that a call begins."""
        with self._lock:
            self._began = time.monotonic()

    def end(self) -> None:
        """Note that a call has ended.

        Raises:
            Lost: it was given up before.
        """
        with self._lock:
            self._began = None
            if self.lost:
                raise Lost

    def give_up(self, seconds: float) -> bool:
        """Give the call up, if it has taken more than `seconds`; what it brings is not used any more."""
        with self._lock:
            self.lost = self._began is not None and time.monotonic() - self._began > seconds
            return self.lost


class TimedGateway:
    """A mail gateway whose calls are watched."""

    def __init__(self, inner: MailGateway, watch: Watch) -> None:
        self._inner, self._watch = inner, watch

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._watch.begin()
            try:
                return method(*arguments, **named)
            finally:
                self._watch.end()

        return call


@dataclass
class Box:
    """What the poller knows of a mailbox. `due` is on the clock that never goes back."""

    address: str
    folders: list[tuple[Handler[Any], Watched]]
    due: float = 0.0
    watch: Watch | None = None
    lost: int = 0
    """Calls that were given up and have not come to an end."""
    paused: bool = False
    """Somebody has it left alone."""
    state: State = field(default_factory=State)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one poll of a mailbox ended; `error` is "" where all of it went well."""

    error: str = ""
    wait: float | None = None
    more: bool = False
    behind_since: datetime | None = None
    """When the last mail that was taken came, where more lie behind it."""


class Poller:
    """Polls every mailbox that a handler watches. `found` is called when mails have become something."""

    def __init__(
        self,
        engine: Engine,
        gateway: Callable[[], MailGateway],
        handlers: Sequence[Handler[Any]],
        *,
        workers: int,
        pause: float,
        timeout: float,
        now: Callable[[], datetime],
        found: Callable[[], None],
    ) -> None:
        self._engine, self._gateway, self._handlers = engine, gateway, handlers
        self._workers, self._pause, self._timeout = workers, pause, timeout
        self._now, self._found = now, found
        self._lock = threading.Lock()
        self._boxes: dict[str, Box] = {}
        self._listed = self._saved = -1e9
        self._described: datetime | None = None
        """When somebody last described a mail system in the browser."""
        self._news = False
        self._stopping = False
        self.wake = threading.Event()
        """Set when a poll has ended, so that the next takes its place at once."""

    def tick(self) -> None:
        """Give up what hangs, begin what is due, write down how things stand. Called all the time, by one thread."""
        at = time.monotonic()
        if at - self._listed >= self._pause:
            self._list()
            self._listed = at
        with self._lock:
            self._give_up()
            self._begin(at)
        if at - self._saved >= (NEWS_SECONDS if self._news else SAVE_SECONDS):
            self._saved, self._news = at, False
            self._save()

    def stop(self) -> None:
        """Begin nothing more, and wait for what is under way but for calls that hang."""
        with self._lock:
            self._stopping = True
            threads = [box.watch.thread for box in self._boxes.values() if box.watch and box.watch.thread]
        until = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))

    def _list(self) -> None:
        """See which mailboxes there are: people add and close them while Sluse runs."""
        folders: dict[str, list[tuple[Handler[Any], Watched]]] = {}
        with database.read(self._engine) as session:
            for handler in self._handlers:
                for watched in handler.watched(session):
                    folders.setdefault(watched.address, []).append((handler, watched))
            paused = mailbox_states.paused(session)
            described = added_mail_systems.changed_at(session)
        with self._lock:
            known = self._boxes
            self._boxes = {address: known.get(address) or Box(address, []) for address in folders}
            for address, box in self._boxes.items():
                box.folders, box.paused = folders[address], address in paused
                if described != self._described and box.state.failing_since is not None:
                    box.due = 0.0  # what kept it from being read may have been mended: nobody is to wait for that
            self._described = described
            self._news = self._news or known.keys() != self._boxes.keys()

    def _give_up(self) -> None:
        lost = sum(box.lost for box in self._boxes.values())
        for box in self._boxes.values():
            if box.watch is None or lost >= LOST_PER_PLACE * self._workers or not box.watch.give_up(self._timeout):
                continue
            lost += 1
            box.watch, box.lost = None, box.lost + 1
            log.warning("mailbox_hangs", mailbox=box.address, lost=box.lost)
            self._failed(box, Outcome(NO_ANSWER))

    def _begin(self, at: float) -> None:
        places = self._workers - sum(box.watch is not None for box in self._boxes.values())
        idle = [box for box in self._boxes.values() if box.watch is None and not box.paused]
        due = [box for box in idle if box.due <= at and box.lost < LOST_EACH]
        if self._stopping:
            return
        for box in sorted(due, key=lambda box: box.due)[: max(0, places)]:
            box.watch = Watch()
            box.watch.thread = threading.Thread(target=self._run, args=(box, box.watch), name=f"poll {box.address}")
            box.watch.thread.daemon = True
            box.watch.thread.start()

    def _run(self, box: Box, watch: Watch) -> None:
        """Poll one mailbox, in its thread."""
        try:
            outcome = self._poll(box, cast(MailGateway, TimedGateway(self._gateway(), watch)))
        except Lost:
            outcome = Outcome(NO_ANSWER)
        with self._lock:
            if watch.lost:
                # It answers after all: whoever waits for the next attempt need not wait longer.
                box.lost, box.due = box.lost - 1, 0.0
            else:
                box.watch = None
                (self._failed if outcome.error else self._seen)(box, outcome)
        self.wake.set()

    def _poll(self, box: Box, gateway: MailGateway) -> Outcome:
        """Look into each folder; one that fails keeps the others from nothing, unless the server asks for a pause."""
        error, wait, more, behind = "", None, False, None
        for handler, watched in box.folders:
            if self._stopping or wait is not None:
                break
            try:
                polled = self._look(gateway, handler, watched)
                more = more or polled.more
                if polled.more and handler.folder is Folder.INBOX:
                    behind = polled.last
                if polled.taken:
                    self._found()
            except Lost:
                raise
            except ConnectorError as failure:
                error, wait = faults.message(failure), failure.wait
                log.warning("mailbox_unreachable", mailbox=box.address, error=error, retryable=failure.retryable)
            except Exception as failure:  # noqa: BLE001 - whatever it is, the mailbox is tried again
                error = faults.name(failure)
                log.error("poll_failed", mailbox=box.address, error=error, at=faults.where(failure))
        return Outcome(error, wait, more, behind)

    def _look(self, gateway: MailGateway, handler: Handler[Any], watched: Watched) -> Polled:
        """Take what is new in one folder; one that is missing is made first, where the mail system lets us."""
        try:
            return mailboxes.poll(self._engine, gateway, handler, watched, now=self._now())
        except FolderMissing:
            if new_mailboxes.make(gateway, [watched.address]):
                raise
            return mailboxes.poll(self._engine, gateway, handler, watched, now=self._now())

    def _seen(self, box: Box, outcome: Outcome) -> None:
        self._news = self._news or box.state.failing_since is not None
        box.state = State(seen_at=self._now(), behind_since=outcome.behind_since)
        box.due = time.monotonic() + (0.0 if outcome.more else self._pause)

    def _failed(self, box: Box, outcome: Outcome) -> None:
        state, now = box.state, self._now()
        pause = backoff.pause(state.failures + 1, first=2 * self._pause, wait=outcome.wait)
        box.due = time.monotonic() + pause
        box.state = State(
            seen_at=state.seen_at,
            failing_since=state.failing_since or now,
            failures=state.failures + 1,
            error=outcome.error[:500],
            next_try_at=now + timedelta(seconds=pause),
        )
        self._news = True

    def _save(self) -> None:
        with self._lock:
            states = {box.address: box.state for box in self._boxes.values()}
        with database.write(self._engine) as session:
            mailbox_states.save(session, states)
