"""The steps that the robot's works consist of. Each looks whether it is wanted before it acts.

A step may run again after a crash; every effect outside carries a key, so that it is found rather than repeated.
Arguments and results are ids and numbers, never text of a mail: the engine stores them.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from dbos import DBOS
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import ROBOT
from app.domain.enquiry import State
from app.domain.events.casework import CitizenUnreachable
from app.domain.notices import Notice
from app.models.case import Case, HeldWork
from app.models.enquiry import Enquiry
from app.models.job import StepFailure
from app.models.unit import Unit
from app.queries.casework import unreachable_citizens
from app.services.inbound import notices
from app.services.platform import circuits, events, faults, kill_switch, parts, sending
from app.services.platform.sending import Row, Slip
from app.workflow import engine
from app.workflow.doors import Unavailable
from connectors.errors import ConnectorError, UnreachableAddress
from connectors.mail.message import Outgoing
from connectors.mail.reading.limits import MailUnreadable

ATTEMPTS = 6
"""So often a step is tried that fails without any outside system being to blame; then a person must look at it."""
RECOVERIES = 1000
"""So many crashes of the process are survived; a crash is not the mail's fault."""


class Held(Exception):
    """The interruption of work by a stop. The robot, or its unit, is stopped."""


class Overtaken(Exception):
    """A route that was taken back, or a returned mail. It is somebody else's work now."""


Step = Callable[[int, int], str]
"""A step as a workflow runs it: takes the enquiry and its routing, returns "" or why the work ends here."""


def step(name: str) -> Callable[[Callable[[int, int], None]], Step]:
    """Make a function a step: it is put down for a while when the world or the database fails, and ends where it is not wanted.

    How it ended is the step's result rather than an error, so that a process which died just then reads it again.
    """

    def durable(function: Callable[[int, int], None]) -> Step:
        @functools.wraps(function)
        def attempt(enquiry_id: int, routing_no: int) -> str:
            try:
                function(enquiry_id, routing_no)
            except Overtaken:
                return "overtaken"
            except Held:
                return "held"
            except ConnectorError as error:
                if not _put_off(name, enquiry_id, error):
                    raise
                return "waiting"
            except OperationalError as error:
                busy = ConnectorError(faults.name(error), retryable=True)
                if not _put_off(name, enquiry_id, busy):
                    raise
                return "waiting"
            return ""

        return DBOS.step(name=name)(attempt)

    return durable


def _put_off(name: str, enquiry_id: int, error: ConnectorError) -> bool:
    """Write a failed attempt down, and when to try again; False where trying again would not help."""
    with transaction() as session:
        system = error.system if isinstance(error, Unavailable) else None
        not_before: datetime | None = None
        if not (isinstance(error, Unavailable) and not error.asked):
            attempts = _note_failure(session, name, enquiry_id, error)
            if not error.retryable or (system is None and attempts >= ATTEMPTS):
                return False
            not_before = _next_try(session, system, attempts, error)
        session.merge(
            HeldWork(
                workflow_id=DBOS.workflow_id, enquiry_id=enquiry_id, at=now(), system=system, not_before=not_before
            )
        )
    return True


def _note_failure(session: Session, name: str, enquiry_id: int, error: ConnectorError) -> int:
    """Count a failed attempt, since the engine forgets all but the last; returns how many there were."""
    key = (DBOS.workflow_id, name)
    row = session.get(StepFailure, key) or StepFailure(workflow_id=key[0], step=name, attempts=0)
    row.enquiry_id, row.at, row.error = enquiry_id, now(), faults.message(error)[:500]
    row.attempts += 1
    session.add(row)
    return row.attempts


def _next_try(session: Session, system: str | None, attempts: int, error: ConnectorError) -> datetime:
    if system is None:
        return now() + timedelta(seconds=circuits.job_pause(attempts, error.wait))
    return circuits.failed(
        session,
        system,
        str(DBOS.workflow_id),
        reason=faults.message(error)[:500],
        wait=error.wait,
        attempts=attempts,
        now=now(),
    )


def run(enquiry_id: int, routing_no: int, *steps: Step) -> str:
    """Run steps in order until the end, or until the work is put down or overtaken.

    Who waits for a page comes first, and so do the mails that wait for their place.
    """
    for each in steps:
        engine.container().reading_priority.step_aside()
        engine.container().page_priority.step_aside()
        if interrupted := each(enquiry_id, routing_no):
            return interrupted
    return "done"


@dataclass(frozen=True, slots=True)
class Task:
    """The facts a step needs. They are read once, so that no transaction stays open while the world is slow."""

    enquiry: Enquiry
    unit: Unit
    case: Case | None
    routing_no: int
    thread_root_id: int
    """The first mail of the thread: all of it is one case, whichever mail is journaled first."""

    @property
    def case_number(self) -> str:
        assert self.case is not None
        return self.case.number


class OnCase(Protocol):
    """The facts that filing needs. The enquiry's case is open."""

    @property
    def enquiry(self) -> Enquiry: ...
    @property
    def case(self) -> Case | None: ...
    @property
    def case_number(self) -> str: ...


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def transaction() -> Iterator[Session]:
    with database.write(engine.container().engine) as session:
        yield session


def task(enquiry_id: int, routing_no: int, state: State = State.ROUTED) -> Task:
    """Look whether the work is still wanted.

    Raises:
        Overtaken: the enquiry stands elsewhere by now.
        Held: the robot is stopped; the work is on the list of what goes on later.
    """
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if enquiry.routing_no != routing_no or enquiry.state is not state or enquiry.unit is None:
            raise Overtaken
        stopped = put_down(session, enquiry_id, enquiry.unit)
        found = Task(enquiry, enquiry.unit, enquiry.case, routing_no, thread_root_id(session, enquiry))
        parts.load(enquiry)
        _ = enquiry.deadline_type
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    return found


def mail_of(enquiry: Enquiry) -> bytes:
    """Return the mail for the unit and the case."""
    with reading_again(enquiry):
        return parts.mail_of(enquiry, engine.container().parser)


@contextmanager
def reading_again(enquiry: Enquiry) -> Iterator[None]:
    """Retry later where a mail cannot be read now. An earlier reading succeeded."""
    try:
        yield
    except MailUnreadable as error:
        raise ConnectorError(f"mail {enquiry.id} could not be read again: {error}", retryable=True) from error


def put_down(session: Session, enquiry_id: int, unit: Unit | None) -> bool:
    """Mark this workflow as held where the robot is stopped.

    A stop of its unit counts, too. The caller raises Held after that.
    """
    stopped = kill_switch.stopped_for(session, unit)
    if stopped:
        session.merge(
            HeldWork(workflow_id=DBOS.workflow_id, enquiry_id=enquiry_id, at=now(), system=None, not_before=None)
        )
    return stopped


def send_once(letter: Outgoing, slip: Slip[Row], then: Callable[[Session, Row], None]) -> None:
    """Send a letter that is written down on a slip; see services/platform/sending.py."""
    container = engine.container()
    sending.send_once(container.engine, container.gateway, letter, slip, then, job=DBOS.workflow_id)


def reach_citizen(
    letter: Outgoing, enquiry_id: int, what: str, slip: Slip[Row], then: Callable[[Session, Row], None]
) -> bool:
    """Send a letter to a citizen, if possible.

    Where the mail system cannot carry it there, that is noted on the enquiry, once.

    No later attempt would help: the enquiry's caseworker gets a notice, and writes some other way or names another
    address.
    """
    try:
        send_once(letter, slip, then)
    except UnreachableAddress:
        with transaction() as session:
            if not unreachable_citizens.unreachable(session, enquiry_id):
                _tell_unreachable(session, session.get_one(Enquiry, enquiry_id), what)
        return False
    return True


def _tell_unreachable(session: Session, enquiry: Enquiry, what: str) -> None:
    """Say it on the enquiry, and to the unit that has it."""
    events.record(session, CitizenUnreachable(what=what), by=ROBOT, now=now(), enquiry_id=enquiry.id)
    kind = Notice.INTERIM_BOUNCED if what == "interim" else Notice.ACKNOWLEDGEMENT_BOUNCED
    notices.order(session, engine.container().robot, enquiry, kind, enquiry, now=now())


def thread_root_id(session: Session, enquiry: Enquiry) -> int:
    while enquiry.follow_up_of_id is not None:
        enquiry = session.get_one(Enquiry, enquiry.follow_up_of_id)
    return enquiry.id
