"""List what happens to the learner: labels, amendments, versions, breakers and alarms."""

from dataclasses import dataclass

from app.domain.events.base import ABSENT, Absent, DomainEvent, EventGroup


@dataclass(frozen=True, kw_only=True)
class LabelEvent(DomainEvent):
    """A label got its `position` in what the model is made of: a unit, or a class `outside` the units."""

    label_id: int
    position: int
    unit_id: int | None
    outside: str | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class LabelLearned(LabelEvent, kind="learned", group=EventGroup.TECHNICAL):
    pass


@dataclass(frozen=True, kw_only=True)
class LabelUnlearned(LabelEvent, kind="unlearned", group=EventGroup.TECHNICAL):
    pass


@dataclass(frozen=True, kw_only=True)
class LabelsAmended(DomainEvent, kind="amended"):
    """`labels` is how many."""

    amendment_id: int
    why: str
    labels: int
    note: str


@dataclass(frozen=True, kw_only=True)
class AmendmentLifted(DomainEvent, kind="amendment_lifted"):
    amendment_id: int
    why: str


@dataclass(frozen=True, kw_only=True)
class VersionDescribed(DomainEvent, kind="version_described"):
    position: int
    note: str


@dataclass(frozen=True, kw_only=True)
class RollbackExplained(DomainEvent, kind="rollback_explained"):
    amendment_id: int
    note: str


@dataclass(frozen=True, kw_only=True)
class BreakerTripped(DomainEvent, kind="breaker_tripped"):
    """Of one unit or all (`scope`), with the figures that it was judged by (app/domain/breaker.py).

    Rows from before returns were counted among all routes have no `routed`.
    """

    unit_id: int
    name: str
    scope: str
    wrong: int
    known: int
    checks: int
    checked_low: float
    returned: int
    returned_low: float
    max_error: float
    routed: int | Absent = ABSENT


@dataclass(frozen=True, kw_only=True)
class BreakerRearmed(DomainEvent, kind="breaker_rearmed"):
    unit_id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class ErrorBudgetChanged(DomainEvent, kind="budget_changed"):
    """As shares; `what_if_id` is the trial that it was taken from."""

    before: float
    after: float
    what_if_id: int


@dataclass(frozen=True, kw_only=True)
class AlarmRaised(DomainEvent, kind="alarm_raised"):
    alarm_id: int
    why: str
    unit_id: int | None


@dataclass(frozen=True, kw_only=True)
class AlarmSeen(DomainEvent, kind="alarm_seen"):
    alarm_id: int
