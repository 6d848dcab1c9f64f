"""The figures of the catalogue as rows: one for each figure, group and part of a period, for other programs.

They are counted by the same functions as the pages, so that neither can say what the other does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.deadline_status import Today
from app.domain.period import Kind, Period, around
from app.models.unit import Centre, Mailbox, ServiceArea, Unit
from app.queries.reports import counted
from app.queries.reports.catalogue import Figure
from app.queries.reports.counted import Counted, Group
from app.queries.reports.scope import Scope

MOST_PARTS, MOST_ROWS = 400, 100_000
"""Of one answer: about a year of days; and all figures of 150 units for every week of a quarter."""
STEPS = {"day": Kind.DAYS, "week": Kind.WEEK, "month": Kind.MONTH, "quarter": Kind.QUARTER, "year": Kind.YEAR}


class TooMuchError(ValueError):
    """More was asked for than one answer holds."""


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """A part of the house that figures are counted for. `id` is None for what has none yet."""

    kind: Group
    id: str | None
    name: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure as it was counted. `first` through `last` are its days; those of what stands today are today."""

    figure: Figure
    first: date
    last: date
    group: FigureGroup | None
    counted: Counted


def of_period(
    session: Session, figures: Sequence[Figure], period: Period, scope: Scope, today: Today, group: Group | None
) -> list[FigureRow]:
    """Return each figure of a period; of each group that has any mail in it, where they are asked for."""
    if group is None:
        found: Mapping[Any, Mapping[str, Counted]] = {None: counted.count(session, figures, period, scope, today)}
    else:
        found = counted.by_group(session, figures, period, scope, today, group)
    return _rows(figures, period, today, _named(group, found, _names(session, group)))


def over_time(
    session: Session,
    figures: Sequence[Figure],
    parts: Sequence[Period],
    scope: Scope,
    today: Today,
    group: Group | None,
) -> list[FigureRow]:
    """Return each figure of each of some periods that follow each other. What stands today has no course.

    Raises:
        TooMuchError: more was asked for than one answer holds.
    """
    dated = [figure for figure in figures if figure.day is not None]
    if group is None:
        course: list[dict[Any, dict[str, Counted]]] = [
            {None: each} for each in counted.over_time(session, dated, parts, scope, today)
        ]
    else:
        course = counted.over_time_by_group(session, dated, parts, scope, today, group)
    if sum(len(each) for each in course) * len(dated) > MOST_ROWS:
        raise TooMuchError
    names = _names(session, group)
    return [
        row
        for part, found in zip(parts, course, strict=True)
        for row in _rows(dated, part, today, _named(group, found, names))
    ]


def parts(period: Period, step: str) -> tuple[Period, ...]:
    """Divide a period into days, weeks, months, quarters or years; without a step as the pages do.

    Raises:
        TooMuchError: those are more than one answer holds.
    """
    if not step:
        return period.parts()
    found, first = [], period.first
    while first <= period.last:
        last = min(around(first, STEPS[step]).last, period.last)
        found.append(Period(first, last))
        first = last + timedelta(days=1)
        if len(found) > MOST_PARTS:
            raise TooMuchError
    return tuple(found)


def groups(session: Session, kinds: Iterable[Group] = Group) -> list[FigureGroup]:
    """Return every part of the house that figures can be narrowed to, or grouped by."""
    return [FigureGroup(kind, key, name) for kind in kinds for key, name in _names(session, kind).items()]


def _named(
    group: Group | None, found: Mapping[Any, Mapping[str, Counted]], names: Mapping[str, str]
) -> list[tuple[FigureGroup | None, Mapping[str, Counted]]]:
    """Return the figures of each group by its name. What is with no unit comes last."""
    if group is None:
        return [(None, figures) for figures in found.values()]
    made = [(FigureGroup(group, _key(key), names.get(str(key), _key(key) or "")), each) for key, each in found.items()]
    made.sort(key=lambda each: (each[0].id is None, each[0].name.casefold(), each[0].id or ""))
    return [*made]


def _key(key: Any) -> str | None:
    return None if key is None else str(key)


def _names(session: Session, group: Group | None) -> dict[str, str]:
    if group is None:
        return {}
    query = {
        Group.AREA: select(ServiceArea.id, ServiceArea.name).order_by(ServiceArea.name),
        Group.CENTRE: select(Centre.id, Centre.name).order_by(Centre.name),
        Group.UNIT: select(Unit.id, Unit.name).order_by(Unit.name),
        Group.MAILBOX: select(Mailbox.address, Mailbox.name).where(~Mailbox.journal).order_by(Mailbox.name),
    }[group]
    return {str(key): name for key, name in session.execute(query)}


def _rows(
    figures: Sequence[Figure],
    period: Period,
    today: Today,
    groups: Iterable[tuple[FigureGroup | None, Mapping[str, Counted]]],
) -> list[FigureRow]:
    return [
        FigureRow(
            figure,
            today.day if figure.day is None else period.first,
            today.day if figure.day is None else period.last,
            group,
            found.get(figure.key, Counted(0, None if figure.among is None else 0)),
        )
        for group, found in groups
        for figure in figures
    ]
