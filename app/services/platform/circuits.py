"""Keep the robot's jobs off an outside system that does not answer.

A system's circuit opens when several jobs, one after the other, have met it failing, or when it asked for a pause itself. From
then on no job asks it but one, the probe, after each pause, which a person may cut short; when that succeeds the circuit closes
and all go on. One job that fails alone opens nothing: the fault may be its own.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from app.domain import backoff
from app.domain.actor import Actor
from app.domain.events.platform import ProbeRequested
from app.models.case import HeldWork
from app.models.job import Circuit
from app.services.platform import events

SYSTEMS = MAIL, RECORDS, DEADLINES = "mail", "records", "deadlines"
OF_MAIL = f"{MAIL}:"
"""How a further mail system begins; its name follows."""
OPENS_AFTER = 3
"""So many failures in a row, of jobs in turn, are no single job's fault."""
FIRST_PROBE, FIRST_PAUSE = 5.0, 0.5
"""Seconds until a system is asked again, and until a job tries again that met a failure alone."""
PROBE_SECONDS = 60.0
"""So long a probe has; one that ended without asking has a successor then."""


def of_mail(name: str) -> str:
    """Return what the circuit of a mail system is called; the main one has no name."""
    return f"{OF_MAIL}{name}" if name else MAIL


def mail_name(system: str) -> str | None:
    """Return the name of the mail system that a circuit is for; None where it is for something else."""
    if system == MAIL:
        return ""
    return system.removeprefix(OF_MAIL) if system.startswith(OF_MAIL) else None


def admits(session: Session, system: str, job: str) -> bool:
    """Tell whether a job may ask a system now."""
    circuit = session.get(Circuit, system)
    return circuit is None or circuit.opened_at is None or circuit.probe == job


def troubled(session: Session, system: str) -> bool:
    """Tell whether a system failed the last time it was asked."""
    return session.get(Circuit, system) is not None


def failed(
    session: Session, system: str, job: str, *, reason: str, wait: float | None, attempts: int, now: datetime
) -> datetime:
    """Note that a system failed for a job that has met this `attempts` times; returns when the job may try again."""
    own = now + timedelta(seconds=job_pause(attempts, wait))
    circuit = session.get(Circuit, system)
    if circuit is None:
        circuit = Circuit(system=system, failures=0, last_job="", failing_since=now, pauses=0, next_try_at=own)
        session.add(circuit)
    if circuit.opened_at is not None and circuit.probe != job:
        return circuit.next_try_at  # asked before it opened: that tells nothing new
    circuit.failures += circuit.last_job != job
    circuit.last_job, circuit.reason, circuit.next_try_at, circuit.probe = job, reason, own, None
    if circuit.opened_at is None and (circuit.failures >= OPENS_AFTER or wait is not None):
        circuit.opened_at = now
    if circuit.opened_at is not None:
        circuit.pauses += 1
        circuit.next_try_at = now + timedelta(seconds=backoff.pause(circuit.pauses, first=FIRST_PROBE, wait=wait))
    return circuit.next_try_at


def job_pause(attempts: int, wait: float | None = None) -> float:
    """Return the seconds until a job tries again what it has tried `attempts` times."""
    return backoff.pause(attempts, first=FIRST_PAUSE, factor=3.0, wait=wait)


def succeeded(session: Session, system: str, job: str) -> None:
    """Note that a system answered a job: its circuit closes, unless the job asked before it opened."""
    circuit = session.get(Circuit, system)
    if circuit is not None and (circuit.opened_at is None or circuit.probe == job):
        session.delete(circuit)


def forget(session: Session, system: str) -> None:
    """Close a system's circuit without an answer: there is no such system any more."""
    session.execute(delete(Circuit).where(Circuit.system == system))


def forget_unneeded(session: Session, system: str, now: datetime) -> None:
    """Close a system's circuit where nobody waits for it: whoever needs it next asks it, and need not wait for a probe."""
    circuit = session.get(Circuit, system)
    if circuit is not None and not circuit.pausing(now) and next(waiting(session, system), None) is None:
        session.delete(circuit)


def opened(session: Session) -> list[Circuit]:
    """Return the systems that nobody asks at the moment, the longest first."""
    return list(session.scalars(select(Circuit).where(Circuit.opened_at.is_not(None)).order_by(Circuit.opened_at)))


def due(session: Session, now: datetime) -> Iterator[HeldWork]:
    """Yield what was put down and waits for no pause and no open circuit, the longest first."""
    closed = select(Circuit.system).where(Circuit.opened_at.is_not(None))
    query = select(HeldWork).where(
        or_(HeldWork.not_before.is_(None), HeldWork.not_before <= now),
        or_(HeldWork.system.is_(None), HeldWork.system.not_in(closed)),
    )
    yield from session.scalars(query.order_by(HeldWork.at, HeldWork.workflow_id))


def probing(session: Session, now: datetime) -> list[Circuit]:
    """Return the open circuits whose pause is over."""
    return [circuit for circuit in opened(session) if circuit.next_try_at <= now]


def let_ask(session: Session, system: str, job: str, now: datetime) -> bool:
    """Make a job the probe of a system; False where another worker has chosen one, or it answers again."""
    circuit = session.get(Circuit, system)
    if circuit is None or circuit.opened_at is None or circuit.next_try_at > now:
        return False
    circuit.probe, circuit.next_try_at = job, now + timedelta(seconds=PROBE_SECONDS)
    return True


def request_probe(session: Session, system: str, *, by: Actor, now: datetime) -> bool:
    """Let the next job ask a system at once; False where its circuit is not open any more.

    A pause that a person cuts short does not make the next one longer. Where a job may ask already, or does, nothing changes.
    """
    circuit = session.get(Circuit, system)
    if circuit is None or circuit.opened_at is None:
        return False
    if circuit.pausing(now):
        circuit.next_try_at = now
        circuit.pauses -= 1
        events.record(session, ProbeRequested(system=system), by=by, now=now)
    return True


def waiting(session: Session, system: str) -> Iterator[HeldWork]:
    """Yield what waits for a system, the longest first: a job that has just failed as the probe comes last."""
    query = select(HeldWork).where(HeldWork.system == system)
    yield from session.scalars(query.order_by(HeldWork.at, HeldWork.workflow_id))
