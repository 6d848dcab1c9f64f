"""The loops of a worker. It takes mails in, learns, looks for answers, and lets held work go on."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from app import database
from app.config import Settings
from app.container import Container
from app.domain.history_reading import Limits
from app.services.casework import reminders
from app.services.enquiries import cleaning
from app.services.inbound import citizens, intake, reconciliation, silence
from app.services.inbound.answer_traces import AnswerTracer
from app.services.inbound.history_reading import HistoryReader
from app.services.inbound.journal_mailboxes import JournalMailboxes
from app.services.inbound.replies import SentFolders
from app.services.inbound.return_folder import ReturnFolders
from app.services.inbound.unit_inboxes import UnitInboxes
from app.services.learning import waking
from app.services.learning.drift_monitor import DriftMonitor
from app.services.platform import audit, faults
from app.services.reports import counted_days, digests, enquiry_facts, extracts, topics
from app.services.triage import waves
from app.workflow import acknowledge, engine, interim, journal, notice, recall, refer, reply, what_if
from app.workflow.lease import Lease
from app.workflow.polling import Poller

log = structlog.get_logger()
TICK = 0.25
"""Seconds between looks whether a mailbox is due, or hangs."""

LEARNER_POLL = 0.5
"""Seconds until the learner looks by itself: what was held back may be learned by now."""
LEASE_POLL = 1.0
"""Seconds between looks whether this is still the process that works."""

WATCH_POLL = 5.0
"""Seconds between looks for what has changed in the labels."""

REMIND_POLL = 60.0
"""Seconds between looks whether the working day has begun and units are to be reminded."""

DIGEST_POLL = 60.0
"""Seconds between looks whether somebody's digest is due."""
WHAT_IF_POLL = 1.0
RELEASE_POLL = 0.5
"""Seconds between looks for jobs that were put down and may go on."""
RECONCILE_POLL = 2.0
"""Seconds between looks whether a mailbox is to be compared with the enquiries."""
TRACE_POLL = 60.0
"""Seconds between looks at what people have done with mails that wait at their units."""
HISTORY_POLL = 1.0
"""Seconds between looks whether a unit's mailbox is to be learned from, and may be now."""
SILENCE_POLL = 600.0
"""Seconds between looks whether a mailbox is silent for longer than usual."""
FACTS_POLL = 1.0
"""Seconds between looks whether figures are behind the audit log."""
EXTRACT_POLL = 60.0
"""Seconds between looks whether the night's file for analysts is to be made."""
TOPICS_POLL = 30.0
"""Seconds between looks what citizens have written since. A portion of mails or a quarter is one step; others work in between."""
TOPICS_PAUSE = 0.05
STATISTICS_POLL = 6 * 3600.0
AUDIT_POLL = 600.0
CLEANING_POLL = 5.0
"""Seconds between looks whether a day has begun whose head of the audit log is to be written down."""

workflows = (
    journal.journal,
    journal.draft,
    acknowledge.acknowledge,
    interim.interim,
    interim.clocks,
    reply.reply,
    reply.dismiss,
    recall.recall,
    recall.reopen,
    refer.refer,
    notice.notice,
)
"""Everything the engine must know before it starts."""


class Worker:
    """The robot's loops in this process, until `stop`."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._lease: Lease | None = None
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._arrived = threading.Event()
        config, c = container.settings, container
        self._tracer = AnswerTracer(c.engine, config.secret_key)
        self._poller = Poller(
            c.engine,
            lambda: c.gateway,
            (
                intake.Inboxes(c.engine, config.secret_key),
                SentFolders(c.engine, c.parser, c.robot),
                JournalMailboxes(c.engine, c.parser, c.robot),
                UnitInboxes(c.parser),
                ReturnFolders(),
            ),
            workers=config.poll_workers,
            pause=config.poll_seconds,
            timeout=config.poll_timeout,
            now=_now,
            found=self._found,
        )

    def start(self, lease: Lease | None = None) -> None:
        """Begin where the last worker stopped. With a lease, whoever loses it ends."""
        c = self._container
        if lease is not None:
            self._lease = lease
            self.run("lease", lease.keep, LEASE_POLL)
        while citizens.decide_the_undecided(c.engine, c.parser):
            log.info("citizens_decided")
        with database.write(c.engine) as session:
            waves.make_anew(session, c.salt)
        c.learner.catch_up(now=_now())
        engine.start(c)
        poll = c.settings.poll_seconds
        self.run("polling", self._poller.tick, min(poll, TICK), wake=self._poller.wake)
        self.run("reading", self._read, poll, wake=self._arrived)
        self.run("reminders", self._remind, REMIND_POLL)
        self.run("digests", self._digest, DIGEST_POLL)
        watcher = DriftMonitor(c.engine)
        self.run("watch", lambda: watcher.look(now=_now()), WATCH_POLL)
        self.run("release", lambda: c.robot.release(c.engine, now=_now()), RELEASE_POLL)
        self.run("what_if", lambda: what_if.play(c, self._stopping), WHAT_IF_POLL)
        self.run("reconciliation", self._reconcile, RECONCILE_POLL)
        self.run("answer_traces", self._trace_answers, TRACE_POLL)
        history = HistoryReader(c.engine, lambda: c.gateway, c.parser, c.learner, _gently(c.settings), _now)
        self.run("history", history.go_on, HISTORY_POLL)
        self.run("silence", lambda: silence.watch(c.engine, now=_now()), SILENCE_POLL)
        self.run("facts", self._count, FACTS_POLL)
        self.run("extract", self._extract, EXTRACT_POLL)
        self.run("topics", self._find_topics, TOPICS_POLL)
        self.run("statistics", lambda: database.analyze(c.engine), STATISTICS_POLL)
        self.run("audit", self._keep_head, AUDIT_POLL)
        self.run("cleaning", lambda: cleaning.go_on(c.engine, now=_now()), CLEANING_POLL)
        self.run("wake", lambda: waking.watch(c.engine, self._stopping), waking.RETRY)
        self.run("learner", lambda: c.learner.catch_up(now=_now()), LEARNER_POLL, wake=c.learner.wake)

    def run(self, name: str, work: Callable[[], object], seconds: float, wake: threading.Event | None = None) -> None:
        """Run `work` repeatedly in a thread of its own. The pauses are `seconds` long; `wake` cuts one short."""
        loop = threading.Thread(target=self._loop, args=(name, work, seconds, wake or self._stopping), name=name)
        loop.daemon = True
        loop.start()
        self._threads.append(loop)

    def stop(self) -> None:
        """End the loops, then the engine. Unfinished work goes on at the next start."""
        self._stopping.set()
        for wake in (waking.bell(self._container.engine), self._arrived, self._poller.wake):
            wake.set()
        for thread in self._threads:
            thread.join(timeout=15)
        self._poller.stop()
        engine.stop()
        if self._lease is not None:
            self._lease.give_back()

    def _loop(self, name: str, work: Callable[[], object], seconds: float, wake: threading.Event) -> None:
        while not self._stopping.is_set():
            try:
                work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the loop must be there for the next mail
                log.error("loop_failed", loop=name, error=faults.name(error), at=faults.where(error))
            wake.wait(seconds)
            if wake is not self._stopping:
                wake.clear()

    def _found(self) -> None:
        """Have the mails that came read at once."""
        self._arrived.set()

    def _read(self) -> None:
        """Take mails in without a pause while there are more. A flood must not wait for the next look."""
        c = self._container
        with c.reading_priority.first():
            while intake.process(c.engine, c.parser, c.learner, c.robot, now=_now()) and not self._stopping.is_set():
                pass

    def _count(self) -> None:
        """Bring the facts of figures up to the log, and what is counted of them, in steps that let others write between them."""
        c = self._container
        c.reading_priority.step_aside()
        while (
            enquiry_facts.refresh(c.engine) or counted_days.bring_up(c.engine, _now())
        ) and not self._stopping.is_set():
            c.reading_priority.step_aside()

    def _extract(self) -> None:
        config = self._container.settings
        extracts.look(self._container.engine, config.extract_root, config.extract_nights, now=_now())

    def _find_topics(self) -> None:
        """Read words and count quarters, step by step, as long as there are any to do."""
        c = self._container
        while topics.go_on(c.engine, c.salt, now=_now()) and not self._stopping.is_set():
            c.reading_priority.step_aside()
            self._stopping.wait(TOPICS_PAUSE)

    def _reconcile(self) -> None:
        c = self._container
        if reconciliation.go_on(c.engine, c.gateway, secret=c.settings.secret_key, now=_now):
            self._found()

    def _trace_answers(self) -> None:
        self._tracer.look(self._container.gateway, now=_now())

    def _remind(self) -> None:
        c = self._container
        reminders.send(c.engine, c.gateway, secret=c.settings.secret_key, base_url=c.settings.base_url, now=_now())

    def _digest(self) -> None:
        c = self._container
        digests.send_due(c.engine, c.gateway, secret=c.settings.secret_key, base_url=c.settings.base_url, now=_now())

    def _keep_head(self) -> None:
        c, config = self._container, self._container.settings
        audit.keep_head(
            c.engine, c.gateway, config.audit_heads, to=config.audit_address, secret=config.secret_key, now=_now()
        )


def _gently(config: Settings) -> Limits:
    return Limits(
        config.history_from_hour, config.history_until_hour, config.history_per_minute, config.history_per_night
    )


def _now() -> datetime:
    return datetime.now(UTC)
