"""Answer what pages ask of all mails of a period, from days and months that were counted before.

What was counted of a day is kept until something of it changes (app/services/reports/counted_days.py). Where that has happened, or
nothing was ever kept, it is counted here, by the same query, so that no page shows anything older than the facts.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Select, SQLColumnExpression, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.deadline_status import Today
from app.domain.deadlines import begin_of, end_of
from app.domain.period import Kind, Period, around
from app.models.counted_day import CountedDay
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.queries.reports.scope import EVERYTHING, Scope, UnitColumn, unit_ids

Row = Sequence[Any]
"""Of some mails the unit that they count for, the mailbox, what else they are told apart by, and the sums."""
KNOWN = "counted days"
"""Where a session keeps what it has read: several figures of a page ask the same."""
ANY_DAY = Today(date(1970, 1, 1))
"""For questions that do not follow from what day it is."""
BEGUN = date.min
"""A row of this day says that each day that has anything to count has its row."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is counted of each day.

    Attributes:
        days: which days it is about; whoever changes what is counted says so by this name.
        keys: how many values of a row tell the mails apart; the sums stand behind them.
        selects: queries for (day, *row) of some days.
        turning: deadlines that it follows from whether they have passed.
    """

    name: str
    days: str
    keys: int
    selects: Callable[[Collection[date], Today], Iterable[Select[Any]]]
    turning: Sequence[InstrumentedAttribute[date | None]] = ()

    @cached_property
    def key(self) -> str:
        """Return a name that no other question has: answers to what was asked before an update are of no use."""
        asked = [query.compile() for query in self.selects([ANY_DAY.day], ANY_DAY)]
        fixed = [_word(value) for each in asked for value in each.params.values() if not isinstance(value, date)]
        return f"{self.name} {hashlib.sha256(f'{list(map(str, asked))} {fixed}'.encode()).hexdigest()[:16]}"


def _word(value: Any) -> str:
    return str(sorted(map(str, value)) if isinstance(value, list | tuple) else value)


def of_facts(
    name: str,
    day: InstrumentedAttribute[Any],
    unit: UnitColumn,
    sums: Callable[[Today], Sequence[ColumnElement[Any]]],
    apart: Mapping[str, SQLColumnExpression[Any]] | None = None,
    where: Callable[[Today], Sequence[ColumnElement[bool]]] = lambda _today: (),
    turning: Sequence[InstrumentedAttribute[date | None]] = (),
) -> Question:
    """Ask the facts: by the day and the unit that a mail counts for, and what else is told apart, by a new name."""
    apart = apart or {}
    columns: list[Any] = [column.label(name) for name, column in apart.items()]

    def selects(days: Collection[date], today: Today) -> Iterable[Select[Any]]:
        query = select(day, unit, Facts.mailbox, *columns, *sums(today)).where(day.in_(days), *where(today))
        return [query.group_by(day, unit, Facts.mailbox, *apart)]

    return Question(name, day.key, 2 + len(apart), selects, turning)


def day_by_day(name: str, days: str, keys: int, select_between: Callable[[Any, Any], Select[Any]]) -> Question:
    """Ask what has a time instead of a day; the query is for rows of what was between two times."""

    def selects(days: Collection[date], _today: Today) -> Iterable[Select[Any]]:
        for day in days:
            rows = select_between(begin_of(day), end_of(day)).subquery()
            yield select(literal(day, Date), *rows.columns)

    return Question(name, days, keys, selects)


class Span(NamedTuple):
    """A day, or the whole month that begins on it."""

    month: bool
    first: date

    @property
    def last(self) -> date:
        return around(self.first, Kind.MONTH).last if self.month else self.first


def ask(
    session: Session,
    question: Question,
    parts: Sequence[Period],
    today: Today = ANY_DAY,
    scope: Scope = EVERYTHING,
    sums: Sequence[int] | None = None,
) -> list[list[Row]]:
    """Return the rows of each of some periods that follow each other; of the sums only these, in this order."""
    good = _good(session, question, Period(parts[0].first, parts[-1].last), today)
    spans = [[span for span in _spans(part, good) if span in good or not good.get(BEGINNING)] for part in parts]
    wanted = {span for part in spans for span in part}
    known = {span for span in wanted if good.get(span)}
    columns = _known(session, question, known)
    columns |= counted(session, question, [span.first for span in wanted - known], today)
    narrowed = _narrowing(session, scope)
    picked = {span: narrowed(_rows(each, question.keys, sums)) for span, each in columns.items() if each}
    return [[row for span in part for row in picked.get(span, ())] for part in spans]


def counted(session: Session, question: Question, days: Collection[date], today: Today) -> dict[Span, list[Any]]:
    """Count days anew, and return their columns. Days without anything are left out."""
    found: dict[Span, list[Row]] = {}
    for query in question.selects(days, today) if days else ():
        for day, *row in session.execute(query):
            found.setdefault(Span(False, day), []).append(row)
    return {span: columns_of(rows, question.keys) for span, rows in found.items()}


def columns_of(rows: Sequence[Row], keys: int) -> list[Any]:
    """Return rows as they are kept: by columns, of which those of nothing but noughts are one."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return [column if n < keys or any(column) else 0 for n, column in enumerate(columns)]


def _rows(columns: Sequence[Any], keys: int, sums: Sequence[int] | None) -> Iterable[Row]:
    chosen = columns if sums is None else [*columns[:keys], *(columns[keys + n] for n in sums)]
    return zip(*(repeat(0) if column == 0 else column for column in chosen), strict=False)


def holding(session: Session, question: Question, period: Period, today: Today) -> tuple[date, date]:
    """Return the first and the last day on which a period is counted as today."""
    since, until = date.min, date.max
    for due in question.turning:
        dues = select(func.max(case((due < today.day, due))), func.min(case((due >= today.day, due))))
        during = getattr(Facts, question.days).between(period.first, period.last)
        passed, coming = session.execute(dues.where(during)).one()
        since = max(since, passed + timedelta(days=1)) if passed else since
        until = min(until, coming or until)
    return since, until


def about(question: Question, spans: Iterable[Span]) -> ColumnElement[bool]:
    """Select what is kept of some days and months."""
    months, days = ([span.first for span in spans if span.month is month] for month in (True, False))
    chosen = or_(
        and_(CountedDay.month, CountedDay.first.in_(months)), and_(~CountedDay.month, CountedDay.first.in_(days))
    )
    return and_(CountedDay.question == question.key, chosen)


def together(rows: Iterable[Row], in_common: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Return rows by what they have in common."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(in_common(row), []).append(row)
    return found


def total(rows: Sequence[Row], columns: Iterable[int]) -> list[Any]:
    """Add up some columns of rows."""
    return [sum(map(itemgetter(column), rows)) for column in columns]


def merged(rows: Iterable[Row], keys: int) -> list[Row]:
    """Return one row for all that are of the same unit, mailbox and so on."""
    groups = together(rows, lambda row: tuple(row[:keys]))
    return [[*key, *total(each, range(keys, len(each[0])))] for key, each in groups.items()]


BEGINNING = Span(False, BEGUN)


def _good(session: Session, question: Question, period: Period, today: Today) -> dict[Span, bool]:
    """Return the days and months that have a row, and whether today the same would be counted."""
    holds = and_(CountedDay.good_from <= today.day, CountedDay.good_until >= today.day)
    query = select(CountedDay.month, CountedDay.first, func.coalesce(holds, False)).where(
        CountedDay.question == question.key,
        or_(CountedDay.first.between(period.first, period.last), CountedDay.first == BEGUN),
    )
    return {Span(month, first): bool(good) for month, first, good in session.execute(query)}


def _spans(period: Period, good: Mapping[Span, bool]) -> Iterator[Span]:
    """Divide a period into months that are known, and days."""
    day = period.first
    while day <= period.last:
        month = Span(True, day)
        span = month if good.get(month) and month.last <= period.last else Span(False, day)
        yield span
        day = span.last + timedelta(days=1)


def _known(session: Session, question: Question, spans: Collection[Span]) -> dict[Span, list[Any]]:
    """Return what was counted before; each is read once in a transaction, which sees one moment."""
    transaction, known = session.info.get(KNOWN, (None, {}))
    if transaction is not session.get_transaction():
        known = {}
    session.info[KNOWN] = session.get_transaction(), known
    missing = [span for span in spans if (question.key, span) not in known]
    if missing:
        columns = (CountedDay.month, CountedDay.first, CountedDay.content)
        for *span, content in session.execute(select(*columns).where(about(question, missing))):
            known[question.key, Span(*span)] = content
    return {span: known[question.key, span] for span in spans}


def _narrowing(session: Session, scope: Scope) -> Callable[[Iterable[Row]], list[Row]]:
    """Return what leaves out the rows of other units and mailboxes."""
    units = unit_ids(session, scope)
    wanted = None if units is None else frozenset(units)
    mailbox = scope.mailbox
    if wanted is None and not mailbox:
        return list
    return lambda rows: [
        row for row in rows if (wanted is None or row[0] in wanted) and (not mailbox or row[1] == mailbox)
    ]
