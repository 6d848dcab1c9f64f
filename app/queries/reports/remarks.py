"""Find what bends a curve: milestones, reorganisations, new versions of the model, switched-off automatic routing."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.amendment import AmendmentKind
from app.domain.deadlines import begin_of, end_of, local_day
from app.domain.events.base import DomainEvent
from app.domain.events.learning import (
    BreakerRearmed,
    BreakerTripped,
    ErrorBudgetChanged,
    LabelsAmended,
    VersionDescribed,
)
from app.domain.events.organisation import ReorganisationUndone, Reorganised
from app.domain.events.platform import MilestoneNoted
from app.domain.period import Period
from app.models.event import Event

KINDS = (
    MilestoneNoted,
    Reorganised,
    ReorganisationUndone,
    VersionDescribed,
    BreakerTripped,
    BreakerRearmed,
    ErrorBudgetChanged,
    LabelsAmended,
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What happened on a day, as the log has it."""

    day: date
    content: DomainEvent


def remarks(session: Session, period: Period) -> list[Remark]:
    """Return what happened in a period, oldest first. Of changes to labels, only that an older model was taken up again."""
    kinds = [each.kind for each in KINDS]
    query = (
        select(Event)
        .where(Event.kind.in_(kinds), Event.at >= begin_of(period.first), Event.at < end_of(period.last))
        .order_by(Event.at, Event.id)
    )
    found = [Remark(local_day(event.at), event.content) for event in session.scalars(query)]
    return [each for each in found if _tells(each.content)]


def _tells(content: DomainEvent) -> bool:
    return not isinstance(content, LabelsAmended) or content.why == AmendmentKind.ROLLED_BACK
