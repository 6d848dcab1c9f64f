"""The robot's page, beside the engine's own words.

It shows whose job it is, what the job waits for, and who stopped the robot.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.events.inbound import MailNotFetched, MailNotTaken
from app.domain.events.platform import RobotStopped
from app.domain.job import Trouble
from app.domain.letter_fates import LetterFate
from app.domain.notices import TO_CITIZENS, Letter
from app.models.account import Account
from app.models.authority import Referral
from app.models.case import Forward, HeldWork
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.job import Circuit, StepFailure
from app.models.label import LabelPosition
from app.models.sending import SendingAttempt
from app.models.unit import MailboxState, Unit
from app.models.words import note

Route = tuple[str, int, int]
"""A job's name, its enquiry, and which route or referral of it the job is for."""


@dataclass(frozen=True, slots=True)
class JobSubject:
    """The subject of a job. `receiver` is the unit or the authority; "" where there is none yet."""

    subject: str
    receiver: str
    unit_stopped: bool


@dataclass(frozen=True, slots=True)
class RobotStop:
    """A stop of the robot: by whom, when, why. `reason` is empty for a stop from before reasons were asked for."""

    by: str
    at: datetime
    reason: str


def stop(session: Session) -> RobotStop | None:
    """Return the latest stop. The setting says whether it still holds."""
    query = select(Event, Account.name).outerjoin(Account, Account.email == Event.by)
    latest = query.where(Event.kind == RobotStopped.kind).order_by(Event.at.desc(), Event.id.desc()).limit(1)
    found = session.execute(latest).first()
    if found is None:
        return None
    event, name = found
    return RobotStop(name or event.by, event.at, RobotStopped.read(event.data).reason)


def held(session: Session, limit: int = 200) -> list[str]:
    """Return the held jobs, oldest first. They wait until the robot, or their unit, is started again."""
    query = select(HeldWork.workflow_id).where(HeldWork.system.is_(None), HeldWork.not_before.is_(None))
    return list(session.scalars(query.order_by(HeldWork.at).limit(limit)))


def waiting(session: Session, limit: int = 50) -> list[str]:
    """Return the jobs that wait for something outside to answer again; the oldest first."""
    query = select(HeldWork.workflow_id).where(HeldWork.system.is_not(None) | HeldWork.not_before.is_not(None))
    return list(session.scalars(query.order_by(HeldWork.at).limit(limit)))


@dataclass(frozen=True, slots=True)
class SilentSystem:
    """An outside system that the robot leaves alone until `next_try_at`, and how many jobs wait for it.

    `pausing` is False once a job may ask, or does.
    """

    system: str
    since: datetime
    next_try_at: datetime
    reason: str
    jobs: int
    pausing: bool


def silent_systems(session: Session, now: datetime) -> list[SilentSystem]:
    """Return the outside systems that do not answer, the longest first."""
    counts = session.execute(select(HeldWork.system, func.count()).group_by(HeldWork.system))
    jobs = {row.system: row[1] for row in counts}
    query = select(Circuit).where(Circuit.opened_at.is_not(None)).order_by(Circuit.failing_since)
    return [
        SilentSystem(
            row.system, row.failing_since, row.next_try_at, row.reason, jobs.get(row.system, 0), row.pausing(now)
        )
        for row in session.scalars(query)
    ]


def mailboxes(session: Session) -> list[MailboxState]:
    """Return how every mailbox stands, those first that cannot be read."""
    query = select(MailboxState).order_by(MailboxState.failing_since.is_(None), MailboxState.address)
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class LeftMail:
    """A mail that lies in its mailbox, and that Sluse could not take in; `error` is why, as far as it was kept."""

    mailbox: str
    at: datetime
    error: str


def left_mails(session: Session, since: datetime, limit: int = 50) -> list[LeftMail]:
    """Return the mails that could not be fetched or taken in, the latest first."""
    kinds = (MailNotFetched.kind, MailNotTaken.kind)
    query = select(Event).where(Event.kind.in_(kinds), Event.at > since)
    found: list[LeftMail] = []
    for row in session.scalars(query.order_by(Event.at.desc(), Event.id.desc()).limit(limit)):
        content = row.content
        assert isinstance(content, MailNotFetched | MailNotTaken)
        found.append(LeftMail(content.mailbox, row.at, content.error or ""))
    return found


def subjects(session: Session, routes: Collection[Route]) -> dict[Route, JobSubject]:
    """Return what each of these jobs is about."""
    ids = {enquiry_id for _, enquiry_id, _ in routes}
    rows = session.execute(
        select(Enquiry.id, Enquiry.subject, Unit.name, Unit.stopped)
        .outerjoin(Unit, Unit.id == Enquiry.unit_id)
        .where(Enquiry.id.in_(ids))
    )
    note(ids)
    now_at = {number: (subject, name or "", bool(stopped)) for number, subject, name, stopped in rows}
    sent, authorities = _sent_to(session, ids), _authorities(session, ids)
    found = {}
    for job, enquiry_id, routing_no in routes:
        subject, unit, stopped = now_at.get(enquiry_id, ("", "", False))
        if job == "refer":
            unit, stopped = authorities.get(routing_no, ""), False
        else:
            unit, stopped = sent.get((enquiry_id, routing_no), (unit, stopped))
        found[job, enquiry_id, routing_no] = JobSubject(subject, unit, stopped)
    return found


def _sent_to(session: Session, enquiry_ids: Collection[int]) -> Mapping[tuple[int, int], tuple[str, bool]]:
    """Return the unit of each route that was sent. The mail itself may have gone elsewhere since."""
    query = select(Forward.enquiry_id, Forward.routing_no, Unit.name, Unit.stopped).join(
        Unit, Unit.id == Forward.unit_id
    )
    rows = session.execute(query.where(Forward.enquiry_id.in_(enquiry_ids)))
    return {(enquiry_id, routing_no): (name, stopped) for enquiry_id, routing_no, name, stopped in rows}


def _authorities(session: Session, enquiry_ids: Collection[int]) -> dict[int, str]:
    query = select(Referral).where(Referral.enquiry_id.in_(enquiry_ids))
    return {row.id: row.authority.name for row in session.scalars(query) if row.authority is not None}


def troubles(session: Session, job_ids: Collection[str]) -> dict[str, dict[str, Trouble]]:
    """Return the failed attempts of each job's steps."""
    found: dict[str, dict[str, Trouble]] = {}
    for row in session.scalars(select(StepFailure).where(StepFailure.workflow_id.in_(job_ids))):
        found.setdefault(row.workflow_id, {})[row.step] = Trouble(row.attempts, row.at, row.error)
    return found


@dataclass(frozen=True, slots=True)
class UnknownLetter:
    """A letter that may have been sent; `recipient` is "" where it is a citizen, whose address no list shows."""

    message_id: str
    letter: Letter
    enquiry_id: int | None
    recipient: str
    began_at: datetime
    job: str | None


def unknown_letters(session: Session, enquiry_id: int | None = None) -> list[UnknownLetter]:
    """Return the letters of which a person must say what became of them, the longest first; all, or of one enquiry."""
    query = select(SendingAttempt).where(SendingAttempt.fate == LetterFate.UNKNOWN)
    if enquiry_id is not None:
        query = query.where(SendingAttempt.enquiry_id == enquiry_id)
    rows = list(session.scalars(query.order_by(SendingAttempt.began_at)))
    note(row.enquiry_id for row in rows if row.enquiry_id is not None)
    return [
        UnknownLetter(
            row.message_id,
            Letter(row.letter),
            row.enquiry_id,
            "" if row.letter in TO_CITIZENS else row.recipient,
            row.began_at,
            row.job,
        )
        for row in rows
    ]


def asked_jobs(session: Session) -> set[str]:
    """Return the jobs that wait until a person has said what became of their letter."""
    query = select(SendingAttempt.job).where(SendingAttempt.fate == LetterFate.UNKNOWN)
    return {job for job in session.scalars(query) if job is not None}


def lessons(session: Session) -> int:
    """Return how many lessons the model has had, those that it has forgotten again included."""
    return session.scalar(select(func.max(LabelPosition.position))) or 0
