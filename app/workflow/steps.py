"""What every work of the robot is made of: steps that look whether they are wanted before they act.

A step may run again after a crash; every effect outside carries a key, so that it is found rather than repeated.
Arguments and results are ids and numbers, never text of a mail: the engine stores them.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from dbos import DBOS
from sqlalchemy.orm import Session

from app import database
from app.domain.enquiry import State
from app.domain.events.casework import CitizenUnreachable
from app.domain.notices import Notice
from app.models.case import Case, HeldWork
from app.models.enquiry import Enquiry
from app.models.job import StepFailure
from app.models.unit import Unit
from app.queries.casework import citizens
from app.services.inbound import notices
from app.services.platform import events, faults, kill_switch, parts, sending
from app.services.platform.sending import Row, Slip
from app.workflow import engine
from connectors.errors import ConnectorError, UnreachableAddress
from connectors.mail.limits import MailUnreadable
from connectors.mail.message import Outgoing

ATTEMPTS = 6
RECOVERIES = 1000
"""So many crashes of the process are survived; a crash is not the mail's fault."""


class Held(Exception):
    """The robot, or its unit, is stopped."""


class Overtaken(Exception):
    """The route was taken back, or the mail returned: somebody else's work now."""


def retryable(error: BaseException) -> bool:
    return isinstance(error, ConnectorError) and error.retryable


def step(name: str) -> Callable[[Callable[[int, int], None]], Callable[[int, int], None]]:
    """A step that is tried again, with growing pauses, while the outside world fails for a while."""
    durable = DBOS.step(
        name=name, retries_allowed=True, max_attempts=ATTEMPTS, interval_seconds=0.5, backoff_rate=3.0,
        should_retry=retryable,
    )  # fmt: skip
    return lambda function: durable(_noting_failures(name, function))


def _noting_failures(name: str, function: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Write each failed attempt down, since the engine forgets all but the last."""

    @functools.wraps(function)
    def attempt(enquiry_id: int, hop: int) -> None:
        try:
            function(enquiry_id, hop)
        except ConnectorError as error:
            with transaction() as session:
                key = (DBOS.workflow_id, name)
                row = session.get(StepFailure, key) or StepFailure(workflow_id=key[0], step=name, attempts=0)
                row.enquiry_id, row.at, row.error = enquiry_id, now(), faults.message(error)[:500]
                row.attempts += 1
                session.add(row)
            raise

    return attempt


def run(enquiry_id: int, hop: int, *steps: Callable[[int, int], None]) -> str:
    """Run steps in order until the end, or until the work is held or overtaken. Who waits for a page comes first."""
    try:
        for each in steps:
            engine.container().courtesy.step_aside()
            each(enquiry_id, hop)
    except Held:
        return "held"
    except Overtaken:
        return "overtaken"
    return "done"


@dataclass(frozen=True, slots=True)
class Task:
    """What a step needs to know, read once, so that no transaction stays open while the world is slow."""

    enquiry: Enquiry
    unit: Unit
    case: Case | None
    hop: int
    leader_id: int
    """The first mail of the thread: all of it is one case, whichever mail is journaled first."""

    @property
    def case_number(self) -> str:
        assert self.case is not None
        return self.case.number


class OnCase(Protocol):
    """An enquiry whose case is open: what filing needs to know."""

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


def task(enquiry_id: int, hop: int, state: State = State.ROUTED) -> Task:
    """Look whether the work is still wanted.

    Raises:
        Overtaken: the enquiry stands elsewhere by now.
        Held: the robot is stopped; the work is on the list of what goes on later.
    """
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if enquiry.hop != hop or enquiry.state is not state or enquiry.unit is None:
            raise Overtaken
        stopped = put_down(session, enquiry_id, enquiry.unit)
        found = Task(enquiry, enquiry.unit, enquiry.case, hop, leader_id(session, enquiry))
        parts.load(enquiry)
        _ = enquiry.deadline_type
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    return found


def mail_of(enquiry: Enquiry) -> bytes:
    """Return the mail that goes to a unit and on the case."""
    with reading_again(enquiry):
        return parts.mail_of(enquiry, engine.container().parser)


@contextmanager
def reading_again(enquiry: Enquiry) -> Iterator[None]:
    """Try later, where a mail that was read once cannot be read now."""
    try:
        yield
    except MailUnreadable as error:
        raise ConnectorError(f"mail {enquiry.id} could not be read again: {error}", retryable=True) from error


def put_down(session: Session, enquiry_id: int, unit: Unit | None) -> bool:
    """Write this workflow down as held where the robot, or its unit, is stopped. The caller raises Held after that."""
    stopped = kill_switch.stopped_for(session, unit)
    if stopped:
        session.merge(HeldWork(workflow_id=DBOS.workflow_id, enquiry_id=enquiry_id, at=now()))
    return stopped


def send_once(letter: Outgoing, slip: Slip[Row], then: Callable[[Session, Row], None]) -> None:
    """Send a letter that is written down on a slip; see services/platform/sending.py."""
    container = engine.container()
    sending.send_once(container.engine, container.gateway, letter, slip, then)


def reach_citizen(
    letter: Outgoing, enquiry_id: int, what: str, slip: Slip[Row], then: Callable[[Session, Row], None]
) -> bool:
    """Send a letter to a citizen; where the mail system cannot carry it there, say so on the enquiry, once.

    No later attempt would help: whoever handles the enquiry is told, and writes some other way or names another address.
    """
    try:
        send_once(letter, slip, then)
    except UnreachableAddress:
        with transaction() as session:
            if not citizens.unreachable(session, enquiry_id):
                _tell_unreachable(session, session.get_one(Enquiry, enquiry_id), what)
        return False
    return True


def _tell_unreachable(session: Session, enquiry: Enquiry, what: str) -> None:
    """Say it on the enquiry, and to the unit that has it."""
    events.record(session, CitizenUnreachable(what=what), by=events.ROBOT, now=now(), enquiry_id=enquiry.id)
    kind = Notice.INTERIM_BOUNCED if what == "interim" else Notice.ACKNOWLEDGEMENT_BOUNCED
    notices.order(session, engine.container().robot, enquiry, kind, enquiry, now=now())


def leader_id(session: Session, enquiry: Enquiry) -> int:
    while enquiry.follows_id is not None:
        enquiry = session.get_one(Enquiry, enquiry.follows_id)
    return enquiry.id
