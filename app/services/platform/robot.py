"""The robot seen from outside.

Work is asked for in the transaction of the caller, looked at and resumed here; only workers run it.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from app import database
from app.domain.job import INTERRUPTIONS, PUT_DOWN, RESUMABLE, JobState, StepRun, job_state
from app.domain.journaling import workflow_id
from app.errors import NotFoundError, RefusedError
from app.models.case import Forward, HeldWork
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.platform import circuits, kill_switch, sending_attempts

if TYPE_CHECKING:
    from dbos import DBOSClient

QUEUE = "robot"
VERSION = "1"
"""Pinned by hand: the engine's own default would orphan running work at every change of code."""
FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
ENDED = ("SUCCESS", "CANCELLED", *FAILED)
DEAD_LETTERS = 1000
"""More than an operator lets lie."""
RELEASED = 500
"""So many jobs that were put down are let go on at once; the queue runs them a few at a time."""


@dataclass(frozen=True, slots=True)
class Job:
    """One workflow: `failed` where a person must look at it. `hop` is which route, or referral, of the enquiry it is for."""

    id: str
    name: str
    enquiry_id: int
    routing_no: int
    status: str
    state: JobState
    updated_at: datetime
    begins_at: datetime | None
    """Until when it is put off, so that its order can be taken back."""
    error: str | None

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def failed(self) -> bool:
        return self.status in FAILED

    @property
    def resumable(self) -> bool:
        return self.state in RESUMABLE


class Robot:
    """A client of the durable engine on our database connection. `engine` must be the application's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def _client(self) -> "DBOSClient":
        """Load the engine's client for the first order: who only shows pages does without."""
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        return DBOSClient(system_database_engine=self._engine, serializer=DBOSPortableJSONSerializer(), lazy=True)

    def enqueue(
        self, session: Session, name: str, enquiry_id: int, routing_no: int, *, delay: float = 0, workflow: str = ""
    ) -> str:
        """Order a workflow; it exists once the session's transaction commits. The same order twice is one.

        `workflow` is the one to run, where it may be ordered more than once under names of their own.
        """
        options: Any = {
            "workflow_name": workflow or name,
            "queue_name": QUEUE,
            "workflow_id": workflow_id(name, enquiry_id, routing_no),
            "app_version": VERSION,
        }
        if delay:
            options["delay_seconds"] = delay
        self._client.enqueue_in_transaction(session, options, enquiry_id, routing_no)
        return str(options["workflow_id"])

    def jobs(self, *, failed: bool = False, limit: int = 50) -> list[Job]:
        """Return the latest workflows, newest first. With `failed` only the dead letters."""
        status: Any = list(FAILED) if failed else None
        rows = self._client.list_workflows(status=status, limit=limit, sort_desc=True, load_input=False)
        return [_job(row) for row in rows]

    def failed(self, enquiry_id: int) -> list[Job]:
        """Return the dead letters of one enquiry, oldest first. Every kind of work counts."""
        letters = self.jobs(failed=True, limit=DEAD_LETTERS)
        return [work for work in reversed(letters) if work.enquiry_id == enquiry_id]

    def jobs_of(self, work_ids: list[str]) -> list[Job]:
        """Return these workflows, newest first."""
        if not work_ids:
            return []
        return [_job(row) for row in self._client.list_workflows(workflow_ids=work_ids, load_input=False)]

    def job(self, work_id: str) -> Job:
        """Return one workflow.

        Raises:
            NotFoundError: there is none of that id.
        """
        found = self.jobs_of([work_id])
        if not found:
            raise NotFoundError
        return found[0]

    def steps(self, work_id: str) -> list[StepRun]:
        """Return what a workflow has done, in order."""
        return [_step(row) for row in self._client.list_workflow_steps(work_id)]

    def resume(self, work_id: str, *, from_step: int | None = None) -> None:
        """Run stopped work again from a step. The default is the step that failed, else the last one.

        Raises:
            RefusedError: it has not stopped, or there is nothing left of it to do.
        """
        if not self.job(work_id).resumable:
            raise RefusedError("work_not_ended")
        self._run_again(work_id, from_step)

    def _run_again(self, work_id: str, from_step: int | None = None) -> None:
        steps = self.steps(work_id)
        failed = [step.number for step in steps if step.error is not None]
        start = from_step or (failed[0] if failed else max((step.number for step in steps), default=1))
        self._client.rewind_workflow(work_id, start_step=start, application_version=VERSION, queue_name=QUEUE)

    def release(self, engine: Engine, *, now: datetime) -> None:
        """Let go on what was put down and need not wait any longer. Called all the time, so a crash loses nothing.

        At most `RELEASED` at once; of what waits for a system that does not answer, one, when its pause is over.
        """
        with database.read(engine) as session:
            free = islice((row for row in circuits.due(session, now) if _free(session, row)), RELEASED)
            due = {row.workflow_id: row.at for row in free}
        works = {work.id: work for work in self.jobs_of(list(due))}
        for work_id in due:
            if work_id in works and works[work_id].state in PUT_DOWN:
                self._go_on(work_id)
        self._forget(engine, [(work_id, at) for work_id, at in due.items() if _over(works.get(work_id))])
        self._probe(engine, now)
        self._go_on_as_decided(engine)

    def _go_on_as_decided(self, engine: Engine) -> None:
        """Let go on the jobs whose letter of unknown fate a person has decided about."""
        with database.read(engine) as session:
            decided = sending_attempts.decided_jobs(session)
        for work in self.jobs_of(decided):
            if not work.ended:
                continue  # it is about to end, or was let go on by hand
            if work.resumable:
                self._go_on(work.id)
            with database.write(engine) as session:
                sending_attempts.let_go_on(session, work.id)

    def _forget(self, engine: Engine, over: list[tuple[str, datetime]]) -> None:
        """Take from the list what has come to its end since it was put down."""
        if not over:
            return
        with database.write(engine) as session:
            for work_id, at in over:
                # Put down again in the meantime? Then the row is a newer one and stays.
                session.execute(delete(HeldWork).where(HeldWork.workflow_id == work_id, HeldWork.at == at))

    def _probe(self, engine: Engine, now: datetime) -> None:
        """Let one job ask each system whose pause is over."""
        with database.read(engine) as session:
            ready = circuits.probing(session, now)
        for circuit in ready:
            if circuit.probe is None or all(work.ended for work in self.jobs_of([circuit.probe])):
                self._ask_anew(engine, circuit.system, now)

    def _ask_anew(self, engine: Engine, system: str, now: datetime) -> None:
        with database.read(engine) as session:
            free = islice((row for row in circuits.waiting(session, system) if _free(session, row)), RELEASED)
            waiting = {row.workflow_id: row.at for row in free}
        works = {work.id: work for work in self.jobs_of(list(waiting))}
        self._forget(engine, [(work_id, at) for work_id, at in waiting.items() if _over(works.get(work_id))])
        chosen = next((id for id in waiting if id in works and works[id].state is JobState.WAITING), None)
        if chosen is None:
            with database.write(engine) as session:
                circuits.forget_unneeded(session, system, now)
            return
        with database.write(engine) as session:
            mine = circuits.let_ask(session, system, chosen, now)
        if mine:
            self._go_on(chosen)

    def _go_on(self, work_id: str) -> None:
        """Run a job again, unless another worker was faster. Only workers come here; who shows pages loads no engine."""
        from dbos import error as engine_errors

        with suppress(engine_errors.DBOSException):
            self._run_again(work_id)


def _over(work: Job | None) -> bool:
    """Whether a job that was put down once has come to its end since."""
    return work is None or (work.ended and work.state not in PUT_DOWN)


def _free(session: Session, held: HeldWork) -> bool:
    enquiry = session.get_one(Enquiry, held.enquiry_id)
    return not kill_switch.stopped_for(session, enquiry.unit or _last_forwarded_to(session, enquiry))


def _last_forwarded_to(session: Session, enquiry: Enquiry) -> Unit | None:
    """Return the unit a mail in triage was with before.

    A recall to that unit waits while the unit is stopped.
    """
    query = select(Unit).join(Forward, Forward.unit_id == Unit.id).where(Forward.enquiry_id == enquiry.id)
    return session.scalars(query.order_by(Forward.routing_no.desc()).limit(1)).first()


def _job(row: Any) -> Job:
    name, _, rest = row.workflow_id.partition(":")
    enquiry_id, _, routing_no = rest.partition(":")
    return Job(
        id=row.workflow_id,
        name=name.partition("-")[0],
        enquiry_id=int(enquiry_id or 0),
        routing_no=int(routing_no or 0),
        status=row.status,
        state=job_state(row.status, str(row.output or "")),
        updated_at=_moment(row.updated_at or 0),
        begins_at=_moment(row.delay_until_epoch_ms) if row.delay_until_epoch_ms else None,
        error=_message(row.error),
    )


def _step(row: Any) -> StepRun:
    started, ended = row["started_at_epoch_ms"], row["completed_at_epoch_ms"]
    return StepRun(
        row["function_id"],
        row["function_name"],
        "" if row["output"] in INTERRUPTIONS else _message(row["error"]),
        _moment(started) if started else None,
        _moment(ended) if ended else None,
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _message(error: object) -> str | None:
    return None if error is None else str(error)[:500]
