"""Count the figures of the catalogue over any period and scope.

What counts on a day is added up from days and months that were counted before (counted_days.py), what stands today over the open
mails, which are few.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from app.domain.deadline_status import Today
from app.domain.enquiry import OPEN
from app.domain.figures import Share
from app.domain.period import Period
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.models.topics import TermMail
from app.models.unit import Unit
from app.queries.reports import counted_days
from app.queries.reports.catalogue import FIGURES, TURNING, Figure
from app.queries.reports.counted_days import Question, Row
from app.queries.reports.scope import EVERYTHING, Scope, within


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure as it was counted. `of` is None where a share says nothing."""

    count: int
    of: int | None = None

    @property
    def share(self) -> Share:
        """Return the share with its interval; without a denominator it has neither."""
        return Share(self.count, self.of or 0)


class Group(StrEnum):
    """What figures are compared by."""

    AREA = "area"
    CENTRE = "centre"
    UNIT = "unit"
    MAILBOX = "mailbox"


OF_UNITS: dict[Group, Any] = {Group.AREA: Unit.area_id, Group.CENTRE: Unit.centre_id}


def count(
    session: Session, figures: Iterable[Figure], period: Period, scope: Scope, today: Today
) -> dict[str, Counted]:
    """Count figures over a period. What stands today is counted as of today, whatever the period."""
    dated, standing = _divided(figures)
    (found,) = over_time(session, dated, [period], scope, today)
    for (_day, place), these in _by_day(standing).items():
        columns = [column for figure in these for column in _columns(figure, today)]
        query = select(*columns).where(within(session, scope, place), _STANDS)
        found |= _read(these, session.execute(query).one())
    return found


def by_group(
    session: Session, figures: Iterable[Figure], period: Period, scope: Scope, today: Today, group: Group
) -> dict[Any, dict[str, Counted]]:
    """Count figures for each unit, area, centre or mailbox; by None what has none."""
    dated, standing = _divided(figures)
    (found,) = over_time_by_group(session, dated, [period], scope, today, group)
    by = _key(session, group)
    for (_day, place), these in _by_day(standing).items():
        columns = [column for figure in these for column in _columns(figure, today)]
        query = select(place, Facts.mailbox, *columns).where(within(session, scope, place), _STANDS)
        standing_rows = session.execute(query.group_by(place, Facts.mailbox)).all()
        for key, of_group in counted_days.together(standing_rows, by).items():
            found.setdefault(key, {}).update(_added(these, of_group))
    return found


def together(groups: Iterable[Mapping[str, Counted]]) -> dict[str, Counted]:
    """Add up the figures of groups, or of the parts of a course, that share no mail."""
    found: dict[str, Counted] = {}
    for figures in groups:
        for key, each in figures.items():
            before = found.get(key, Counted(0, None if each.of is None else 0))
            found[key] = Counted(before.count + each.count, None if each.of is None else (before.of or 0) + each.of)
    return found


def over_time(
    session: Session, figures: Iterable[Figure], parts: Sequence[Period], scope: Scope, today: Today
) -> list[dict[str, Counted]]:
    """Count figures for each of some periods that follow each other. What stands today has no course, and is left out."""
    found: list[dict[str, Counted]] = [{} for _ in parts]
    for each, these in _by_day(_divided(figures)[0]).items():
        for part, rows in zip(found, COUNTS[each].ask(session, these, parts, scope, today), strict=True):
            part |= _added(these, rows)
    return found


def over_time_by_group(
    session: Session, figures: Iterable[Figure], parts: Sequence[Period], scope: Scope, today: Today, group: Group
) -> list[dict[Any, dict[str, Counted]]]:
    """Count figures of each unit, area, centre or mailbox for each of some periods that follow each other."""
    found = [defaultdict[Any, dict[str, Counted]](dict) for _ in parts]
    by = _key(session, group)
    for each, these in _by_day(_divided(figures)[0]).items():
        for part, rows in zip(found, COUNTS[each].ask(session, these, parts, scope, today), strict=True):
            for key, of_group in counted_days.together(rows, by).items():
                part[key] |= _added(these, of_group)
    return [dict(part) for part in found]


def by_pair(
    session: Session, figures: Sequence[Figure], period: Period, scope: Scope, today: Today
) -> dict[tuple[int, int], dict[str, Counted]]:
    """Count figures for each two different units, as (the other one, the one that mails count for).

    All the figures have the same day, place and other unit, and count what the first of them does or less.
    """
    first = figures[0]
    (rows,) = PAIRS[first.day, first.place, first.pair].ask(session, figures, [period], scope, today)
    groups = counted_days.together(rows, lambda row: (row[2], row[0]))
    found = {pair: _added(figures, each, keys=3) for pair, each in groups.items()}
    return {pair: each for pair, each in found.items() if each[first.key].count}


@dataclass(frozen=True, slots=True)
class MailsBehind:
    """The mails behind a figure. With `others` those that it was not true of, though it could have been.

    `pair` narrows to the mails that were confused with that unit, or came from there; `term` to those that tell of a word, a
    topic or a place.
    """

    figure: Figure
    period: Period
    scope: Scope = EVERYTHING
    others: bool = False
    pair: int | None = None
    term: int | None = None

    def select(self, session: Session, today: Today) -> Select[Any]:
        """Select their ids. As many as the figure counts, or as are left of its denominator."""
        which, among = self.figure.which(today), self.figure.among
        if self.others:
            which = ~func.coalesce(which, false())
        conditions = [which, *([among(today)] if among is not None else []), *_during(self.figure.day, self.period)]
        if self.pair is not None and self.figure.pair is not None:
            conditions.append(self.figure.pair == self.pair)
        if self.term is not None:
            conditions.append(Facts.enquiry_id.in_(select(TermMail.enquiry_id).where(TermMail.term_id == self.term)))
        return select(Facts.enquiry_id).where(within(session, self.scope, self.figure.place), *conditions)


class _Counts:
    """Figures that are counted in one go, and which sums of the answer are theirs."""

    def __init__(self, figures: Sequence[Figure], pair: Any = None) -> None:
        first = figures[0]
        assert first.day is not None
        place: Any = first.place
        width = [1 if figure.among is None else 2 for figure in figures]
        starts = accumulate(width, initial=0)
        self._sums = {f.key: range(at, at + n) for f, at, n in zip(figures, starts, width, strict=False)}
        self._question = counted_days.of_facts(
            " ".join(each.key for each in (first.day, place, pair) if each is not None),
            first.day,
            place,
            lambda today: [column for figure in figures for column in _columns(figure, today)],
            {} if pair is None else {"other_unit": pair},
            lambda today: [] if pair is None else [or_(*(f.which(today) for f in figures)), pair != place],
            TURNING,
        )

    @property
    def question(self) -> Question:
        return self._question

    def ask(
        self, session: Session, figures: Iterable[Figure], parts: Sequence[Period], scope: Scope, today: Today
    ) -> list[list[Row]]:
        """Return the rows of each part, with the sums of these figures."""
        sums = [n for figure in figures for n in self._sums[figure.key]]
        return counted_days.ask(session, self._question, parts, today, scope, sums)


def _added(figures: Sequence[Figure], rows: Sequence[Row], keys: int = 2) -> dict[str, Counted]:
    """Add up the figures of rows, which stand behind their keys."""
    width = sum(1 if figure.among is None else 2 for figure in figures)
    return _read(figures, counted_days.total(rows, range(keys, keys + width)))


_STANDS = Facts.state.in_(OPEN)
"""Selects what may stand today: the open mails, which are few among years of mails."""


def _divided(figures: Iterable[Figure]) -> tuple[list[Figure], list[Figure]]:
    """Return the figures that count on a day, and those that stand today."""
    all_of_them = list(figures)
    return [f for f in all_of_them if f.day is not None], [f for f in all_of_them if f.day is None]


def _key(session: Session, group: Group) -> Callable[[Row], Any]:
    """Return what tells the group of a row by its unit and mailbox."""
    if group is Group.UNIT:
        return lambda row: row[0]
    if group is Group.MAILBOX:
        return lambda row: row[1]
    of_unit: dict[int | None, int | None] = dict(session.execute(select(Unit.id, OF_UNITS[group])).all())
    return lambda row: of_unit.get(row[0])


def first_day(session: Session) -> date | None:
    """Return the day of the first mail that figures count; None where there is none yet."""
    return session.scalar(select(func.min(Facts.received_on)))


def _by_day(figures: Iterable[Figure]) -> dict[tuple[Any, Any], list[Figure]]:
    """Return figures by the day on which and the unit for which mails count: each group is counted in one go."""
    found = defaultdict[tuple[Any, Any], list[Figure]](list)
    for figure in figures:
        found[figure.day, figure.place].append(figure)
    return found


def _column_of(group: Group, place: Any) -> Any:
    """Return the column that tells a mail's group, where it counts for the unit `place`."""
    return Facts.mailbox if group is Group.MAILBOX else OF_UNITS.get(group, place)


def _with_units(query: Select[Any], group: Group, place: Any) -> Select[Any]:
    return query.outerjoin(Unit, Unit.id == place) if group in OF_UNITS else query


def _columns(figure: Figure, today: Today) -> list[ColumnElement[Any]]:
    which = figure.which(today)
    among = figure.among(today) if figure.among is not None else None
    counted = which if among is None else and_(which, among)
    amount: Any = figure.amount if figure.amount is not None else 1
    columns: list[ColumnElement[Any]] = [func.coalesce(func.sum(case((counted, amount), else_=0)), 0)]
    if among is not None:
        columns.append(func.coalesce(func.sum(case((among, 1), else_=0)), 0))
    return columns


def _read(figures: Sequence[Figure], counts: Iterable[Any]) -> dict[str, Counted]:
    left = iter(counts)
    return {f.key: Counted(int(next(left)), int(next(left)) if f.among is not None else None) for f in figures}


def _during(day: Any, period: Period) -> list[ColumnElement[bool]]:
    """Select the mails of a period; of what stands today the open ones."""
    return [_STANDS] if day is None else [day >= period.first, day <= period.last]


def _with_pairs() -> dict[tuple[Any, Any, Any], list[Figure]]:
    found = defaultdict[tuple[Any, Any, Any], list[Figure]](list)
    for figure in FIGURES:
        if figure.day is not None and figure.pair is not None:
            found[figure.day, figure.place, figure.pair].append(figure)
    return found


COUNTS = {each: _Counts(figures) for each, figures in _by_day(_divided(FIGURES)[0]).items()}
"""By the day and the unit that mails count for."""
PAIRS = {each: _Counts(figures, each[2]) for each, figures in _with_pairs().items()}
"""Besides by the unit that a mail was confused with, or came from."""
QUESTIONS = tuple(counts.question for counts in (*COUNTS.values(), *PAIRS.values()))
