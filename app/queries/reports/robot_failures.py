"""Count where the robot itself failed: mails it could not read or fetch, work that stopped, routing that was switched off.

These are no figures of the catalogue, since most of them are no mails. They are counted over the audit log by the day on which they
happened, and what stands now by the tables that hold it.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.deadlines import begin_of, end_of
from app.domain.events.inbound import MailNotFetched, MailNotTaken, MailQuarantined
from app.domain.events.learning import BreakerTripped
from app.domain.events.platform import RobotStopped, WorkResumed
from app.domain.letter_fates import LetterFate
from app.domain.period import Period
from app.models.case import HeldWork
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.models.event import Event
from app.models.sending import SendingAttempt
from app.queries.reports.scope import Scope, unit_ids, within


@dataclass(frozen=True, slots=True)
class RobotFailures:
    """What failed in a period. What is counted for the whole house alone is None where a part of it is looked at.

    Attributes:
        unreadable: mails that could not be read, and that people read instead.
        switched_off: times that automatic routing to a unit was switched off because of its errors.
        not_fetched: times that a mail could not be fetched or taken in.
        resumed: pieces of work that stopped and that people set going again.
        stopped: times that people stopped the robot.
    """

    unreadable: int
    switched_off: int | None
    not_fetched: int | None
    resumed: int | None
    stopped: int | None


@dataclass(frozen=True, slots=True)
class Pending:
    """What stands now, of the whole house: work that is held, letters of which nobody knows whether they left."""

    held: int
    letters: int


def failures(session: Session, period: Period, scope: Scope) -> RobotFailures:
    """Count what failed in a period."""
    during = (Event.at >= begin_of(period.first), Event.at < end_of(period.last))
    kinds = (MailNotFetched.kind, MailNotTaken.kind, RobotStopped.kind)
    query = select(Event.kind, func.count()).where(Event.kind.in_(kinds), *during).group_by(Event.kind)
    found = Counter[str](dict(session.execute(query).all()))
    resumed = session.scalars(select(Event).where(Event.kind == WorkResumed.kind, *during))
    unreadable = (
        select(func.count())
        .select_from(Event)
        .join(Facts, Facts.enquiry_id == Event.enquiry_id)
        .where(Event.kind == MailQuarantined.kind, *during, within(session, scope))
    )
    units = unit_ids(session, scope)
    tripped = session.scalars(select(Event).where(Event.kind == BreakerTripped.kind, *during))
    contents = [BreakerTripped.read(event.data) for event in tripped]
    part = bool(scope)
    return RobotFailures(
        session.scalar(unreadable) or 0,
        None if scope.mailbox else sum(units is None or each.unit_id in units for each in contents),
        None if part else found[MailNotFetched.kind] + found[MailNotTaken.kind],
        None if part else sum(_works(WorkResumed.read(event.data)) for event in resumed),
        None if part else found[RobotStopped.kind],
    )


def pending(session: Session) -> Pending:
    """Count what stands now."""
    unknown = select(func.count()).select_from(SendingAttempt).where(SendingAttempt.fate == LetterFate.UNKNOWN)
    return Pending(
        session.scalar(select(func.count()).select_from(HeldWork)) or 0,
        session.scalar(unknown) or 0,
    )


def _works(event: WorkResumed) -> int:
    """Return how many pieces of work were set going."""
    return len(event.works) if isinstance(event.works, list) else 1
