"""Count how right the robot was: of what it sent, of what it suggested, beside people, and what its errors cost.

What is counted over mails is in the catalogue. What is not (blind checks, which stand for more mails than themselves, and people's
choices) is narrowed to the same period and part of the house here. A blind check counts for the unit that the robot had chosen, and
a person's choice for the unit that they chose: by where a mail ended, every wrong one would be told of the wrong unit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.change import beyond_chance, share_p
from app.domain.deadline_status import Today
from app.domain.deadlines import begin_of, end_of, local_day
from app.domain.events.organisation import Reorganised
from app.domain.events.platform import MilestoneNoted
from app.domain.figures import Share, lacking
from app.domain.period import Kind, Period, around
from app.domain.recovery import WEEKS, Recovery
from app.domain.routing import Mode, Reason
from app.models.enquiry import Enquiry
from app.models.label import Label, ModelSnapshot
from app.models.prediction import Decision
from app.models.unit import Unit
from app.queries.learning import blind_checks, sampling
from app.queries.learning.sampling import Amended, RoutingOutcome
from app.queries.reports import counted, counted_days
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted, Group
from app.queries.reports.remarks import Remark, remarks
from app.queries.reports.scope import Scope, unit_ids

TILES = ("suggested_right", "misrouted", "many_hops", "hops", "days_lost", "days_given", "many_hops_days")
"""What the page tells of the whole period, and of each part of it."""
OF_UNITS = ("suggested_right", "suggested_here_right", "sent_wrong", "sent_wrong_days")
"""What it tells of each unit."""
MONTHS, FEWEST_MONTHS = 12, 6
"""Of each unit's course: at most, and where the period is shorter."""
PAIRS, MOST_RECOVERIES = 12, 6
MOST_WEEKS = 52
"""That are looked at after something happened."""


@dataclass(frozen=True, slots=True)
class UnitAccuracy:
    """The figures of a unit."""

    unit_id: int
    name: str
    figures: Mapping[str, Counted]


@dataclass(frozen=True, slots=True)
class UnitPair:
    """Two units that mails were sent or suggested between: the wrong one, and the right one."""

    wrong_id: int
    unit_id: int
    wrong: str
    unit: str
    figures: Mapping[str, Counted]
    of: int = 0
    """All suggestions for the wrong one, where it is about suggestions."""


@dataclass(frozen=True, slots=True)
class Lenient:
    """A unit that the robot routes to, though fewer of the suggestions for it were right than its budget seems to ask."""

    unit_id: int
    name: str
    suggested: Counted
    budget: float
    checks: int
    right: int


@dataclass(frozen=True, slots=True)
class Versions:
    """The versions of the model that were kept in a period: how many, of how many enough was judged, how many changed accuracy."""

    count: int
    compared: int
    changed: int


def budget(session: Session, scope: Scope, max_error: float) -> float:
    """Return the error that is allowed: the unit's own, where one with a budget of its own is looked at."""
    unit = session.get(Unit, scope.unit_id) if scope.unit_id is not None else None
    return max_error if unit is None or unit.max_error is None else unit.max_error


def checks(session: Session, amended: Amended, period: Period, scope: Scope) -> list[RoutingOutcome]:
    """Return the blind checks of a period whose outcome is known; a check is of the day the robot decided."""
    narrowed = [
        Decision.reason == Reason.BLIND_CHECK,
        Decision.at < end_of(period.last),
        *_narrowed(session, scope, Decision.unit_id),
    ]
    since = begin_of(period.first)
    return sampling.outcomes(session, amended, since=since, limit=None, answered=False, narrowed=narrowed)


def people(session: Session, period: Period, scope: Scope) -> dict[bool, blind_checks.Reviews]:
    """Return what people chose in a period; the key is True for those who did not see the suggestion."""
    (rows,) = counted_days.ask(session, REVIEWED, [period], scope=scope)
    return blind_checks.reviews_of(counted_days.merged([row[2:] for row in rows], 1))


def _reviewed(since: datetime, until: datetime) -> Select[Any]:
    return blind_checks.reviewed(Label.unit_id, Enquiry.mailbox).where(Label.at >= since, Label.at < until)


REVIEWED = counted_days.day_by_day("reviewed", "labelled_on", 3, _reviewed)


def _narrowed(session: Session, scope: Scope, unit: InstrumentedAttribute[int | None]) -> list[ColumnElement[bool]]:
    units = unit_ids(session, scope)
    narrowed: list[ColumnElement[bool]] = [] if units is None else [unit.in_(units)]
    return [*narrowed, Enquiry.mailbox == scope.mailbox] if scope.mailbox else narrowed


def months(period: Period) -> list[Period]:
    """Return the months of a period; of a short one, those before it as well."""
    month = around(period.last, Kind.MONTH)
    found = [month]
    while len(found) < MONTHS and (month.first > period.first or len(found) < FEWEST_MONTHS):
        month = month.before()
        found.append(month)
    return found[::-1]


def units(session: Session, period: Period, scope: Scope, today: Today) -> list[UnitAccuracy]:
    """Return what is known of each unit in a period, by name."""
    figures = [BY_KEY[key] for key in OF_UNITS]
    found = counted.by_group(session, figures, period, scope, today, Group.UNIT)
    none = {key: Counted(0, 0 if BY_KEY[key].among is not None else None) for key in OF_UNITS}
    names = _names(session)
    rows = [
        UnitAccuracy(unit, names[unit], none | figures_of)
        for unit, figures_of in found.items()
        if unit is not None and any(each.count or each.of for each in figures_of.values())
    ]
    return sorted(rows, key=lambda row: row.name.casefold())


def by_month(session: Session, period: Period, scope: Scope, today: Today) -> list[dict[int | None, Counted]]:
    """Return the first suggestions of each unit for each of the months."""
    figure = BY_KEY["suggested_right"]
    return [
        {unit: each[figure.key] for unit, each in found.items()}
        for found in (counted.by_group(session, [figure], month, scope, today, Group.UNIT) for month in months(period))
    ]


def detours(session: Session, period: Period, scope: Scope, today: Today) -> list[UnitPair]:
    """Return from which unit mails came late to which, those that cost most days first."""
    figures = [BY_KEY["misrouted"], BY_KEY["days_lost"]]
    found = counted.by_pair(session, figures, period, scope, today)
    cost = {pair: (-each["days_lost"].count, -each["misrouted"].count, pair) for pair, each in found.items()}
    return _pairs(session, found, sorted(found, key=cost.__getitem__)[:PAIRS], {})


def confusions(session: Session, period: Period, scope: Scope, today: Today) -> list[UnitPair]:
    """Return for which unit another's mails were suggested, most frequent first."""
    found = counted.by_pair(session, [BY_KEY["confused"]], period, scope, today)
    most = sorted(found, key=lambda pair: (-found[pair]["confused"].count, pair))[:PAIRS]
    said = counted.by_group(
        session, [BY_KEY["suggested_here_right"]], period, Scope(mailbox=scope.mailbox), today, Group.UNIT
    )
    return _pairs(session, found, most, {unit: each["suggested_here_right"].of or 0 for unit, each in said.items()})


def _pairs(
    session: Session,
    found: Mapping[tuple[int, int], Mapping[str, Counted]],
    shown: Sequence[Any],
    of: Mapping[int, int],
) -> list[UnitPair]:
    names = _names(session)
    return [UnitPair(a, b, names[a], names[b], found[a, b], of.get(a, 0)) for a, b in shown]


def lenient(
    session: Session, rows: Sequence[UnitAccuracy], known: Sequence[RoutingOutcome], max_error: float
) -> list[Lenient]:
    """Return the units that the robot routes to though fewer suggestions were right than their budget seems to ask.

    The budget limits what is sent, and only sure suggestions are. Where too few were judged, nothing is said.
    """
    automatic = select(Unit.id, Unit.max_error).where(Unit.mode == Mode.AUTOMATIC, ~Unit.closed)
    own: dict[int, float | None] = dict(session.execute(automatic).all())
    n, right = Counter(each.unit_id for each in known), Counter(each.unit_id for each in known if each.right)
    found = []
    for row in rows:
        suggested = row.figures["suggested_here_right"]
        own_budget = own.get(row.unit_id)
        budget = max_error if own_budget is None else own_budget
        seems_too_few = not lacking(suggested.of or 0, budget) and suggested.count < (1 - budget) * (suggested.of or 0)
        if row.unit_id in own and seems_too_few:
            found.append(Lenient(row.unit_id, row.name, suggested, budget, n[row.unit_id], right[row.unit_id]))
    return found


def recoveries(session: Session, period: Period, scope: Scope, today: Today) -> list[Recovery]:
    """Return what the reorganisations and milestones of a period cost in accuracy, the latest first."""
    found = [each for each in remarks(session, period) if isinstance(each.content, Reorganised | MilestoneNoted)]
    return [_recovery(session, each, scope, today) for each in reversed(found[-MOST_RECOVERIES:])]


def versions(session: Session, period: Period, scope: Scope, today: Today) -> Versions:
    """Compare the four weeks before and after each version of the model that was kept in a period."""
    query = select(ModelSnapshot.at).where(
        ModelSnapshot.at >= begin_of(period.first), ModelSnapshot.at < end_of(period.last)
    )
    days = [local_day(at) for at in session.scalars(query)]
    chances: dict[str, float] = {}
    for day in sorted(set(days)):
        before, after = (_right(session, each, scope, today) for each in _around(day, today.day))
        p = share_p(after, before)
        if p is not None and not lacking(before.n) and not lacking(after.n):
            chances[day.isoformat()] = p
    changed = beyond_chance(chances)
    compared = [day.isoformat() for day in days if day.isoformat() in chances]
    return Versions(len(days), len(compared), sum(day in changed for day in compared))


def _around(day: date, today: date) -> tuple[Period, Period]:
    """Return the four weeks before a day, and those that begin with it, as far as they have passed."""
    whole = timedelta(weeks=WEEKS)
    return Period(day - whole, day - timedelta(days=1)), Period(day, min(day + whole - timedelta(days=1), today))


def _right(session: Session, period: Period, scope: Scope, today: Today) -> Share:
    return counted.count(session, [BY_KEY["suggested_right"]], period, scope, today)["suggested_right"].share


def _recovery(session: Session, remark: Remark, scope: Scope, today: Today) -> Recovery:
    day = remark.day
    before, _after = _around(day, today.day)
    whole = min((today.day - day).days // 7, MOST_WEEKS)
    weeks = [Period(day + timedelta(weeks=n), day + timedelta(days=7 * n + 6)) for n in range(whole)]
    found = counted.over_time(session, [BY_KEY["suggested_right"]], [before, *weeks], scope, today)
    first, *rest = [each["suggested_right"].share for each in found]
    return Recovery(day, remark.content, first, tuple(rest))


def _names(session: Session) -> dict[int, str]:
    return dict(session.execute(select(Unit.id, Unit.name)).all())
