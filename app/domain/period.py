"""Periods that figures are counted over: a week, month, quarter or year, or any days from one to another.

A period is written as one word, which is what stands in a page's address: 2026, 2026-K4, 2026-11, 2026-U48, 2026-10-05..2026-11-12.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

EARLIEST = 2000
MOST_DAYS = 3660
WRITTEN = re.compile(r"(\d{4})(?:-(?:K([1-4])|U(\d{2})|(\d{2})))?", re.ASCII)
DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)


class Kind(StrEnum):
    WEEK = "uge"
    MONTH = "maaned"
    QUARTER = "kvartal"
    YEAR = "aar"
    DAYS = "dage"


class PeriodError(ValueError):
    """What was written is no period."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `first` through `last`, in Copenhagen."""

    first: date
    last: date
    kind: Kind = Kind.DAYS

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def word(self) -> str:
        """Return the period as `read` reads it."""
        year = self.first.year
        match self.kind:
            case Kind.YEAR:
                return f"{year}"
            case Kind.QUARTER:
                return f"{year}-K{quarter_of(self.first)}"
            case Kind.MONTH:
                return f"{year}-{self.first.month:02}"
            case Kind.WEEK:
                found = self.first.isocalendar()
                return f"{found.year}-U{found.week:02}"
        return f"{self.first}..{self.last}"

    def before(self) -> "Period":
        """Return the period before this one, of the same kind; of free days, as many."""
        if self.kind is Kind.DAYS:
            return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))
        return around(self.first - timedelta(days=1), self.kind)

    def after(self) -> "Period":
        """Return the period after this one."""
        if self.kind is Kind.DAYS:
            return Period(self.last + timedelta(days=1), self.last + timedelta(days=self.days))
        return around(self.last + timedelta(days=1), self.kind)

    def year_before(self) -> "Period":
        """Return the same period of the year before. Of a week, the week of that number."""
        if self.kind is Kind.WEEK:
            found = self.first.isocalendar()
            return _week(found.year - 1, min(found.week, _weeks(found.year - 1)))
        if self.kind is Kind.DAYS:
            first = _year_back(self.first)
            return Period(first, first + timedelta(days=self.days - 1))
        return around(_year_back(self.first), self.kind)

    def so_far(self, today: date) -> "Period":
        """Return the part that has passed with `today`. The whole, where it is over or has not begun."""
        if not self.first <= today < self.last:
            return self
        return Period(self.first, today)

    def beginning(self, days: int) -> "Period":
        """Return the first `days` days, to compare a period that has not ended with as much of another."""
        if days >= self.days:
            return self
        return Period(self.first, self.first + timedelta(days=days - 1))

    def compared(self, other: "Period", today: date) -> "Period":
        """Return as many days of another period as have passed of this one: all of it, where this one is over."""
        shown = self.so_far(today)
        return other if shown == self else other.beginning(shown.days)

    def parts(self) -> tuple["Period", ...]:
        """Return the steps a chart of the period has: days of a month, weeks of a quarter, months of a year."""
        kind = Kind.WEEK if 31 < self.days <= 120 else Kind.MONTH
        return tuple(self._days() if self.days <= 31 else self._steps(kind))

    def _days(self) -> Iterator["Period"]:
        for n in range(self.days):
            day = self.first + timedelta(days=n)
            yield Period(day, day)

    def _steps(self, kind: Kind) -> Iterator["Period"]:
        first = self.first
        while first <= self.last:
            whole = around(first, kind)
            yield Period(first, min(whole.last, self.last), kind if whole.first == first else Kind.DAYS)
            first = whole.last + timedelta(days=1)


def read(word: str) -> Period:
    """Read a period from an address.

    Raises:
        PeriodError: it is none, or longer than ten years.
    """
    try:
        period = _days_of(word) if (days := DAYS.fullmatch(word)) is None else _free(*days.groups())
    except ValueError as error:
        raise PeriodError(word) from error
    if period.first.year < EARLIEST or not 1 <= period.days <= MOST_DAYS:
        raise PeriodError(word)
    return period


def around(day: date, kind: Kind) -> Period:
    """Return the week, month, quarter or year that a day is in."""
    match kind:
        case Kind.WEEK:
            first = day - timedelta(days=day.weekday())
            return Period(first, first + timedelta(days=6), kind)
        case Kind.MONTH:
            return _months(day.year, day.month, 1, kind)
        case Kind.QUARTER:
            return _months(day.year, 3 * quarter_of(day) - 2, 3, kind)
        case Kind.YEAR:
            return _months(day.year, 1, 12, kind)
    return Period(day, day)


def quarter_of(day: date) -> int:
    return (day.month + 2) // 3


def _days_of(word: str) -> Period:
    found = WRITTEN.fullmatch(word)
    if found is None:
        raise ValueError(word)
    year, quarter, week, month = (int(part) if part else None for part in found.groups())
    if year is None or year > EARLIEST + 999:
        raise ValueError(word)
    if quarter:
        return around(date(year, 3 * quarter, 1), Kind.QUARTER)
    if week is not None:
        return _week(year, week)
    return around(date(year, month, 1), Kind.MONTH) if month is not None else around(date(year, 1, 1), Kind.YEAR)


def _free(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def _week(year: int, week: int) -> Period:
    return around(date.fromisocalendar(year, week, 1), Kind.WEEK)


def _weeks(year: int) -> int:
    """Return how many weeks a year has: the 28th of December is always in its last."""
    return date(year, 12, 28).isocalendar().week


def _months(year: int, month: int, count: int, kind: Kind) -> Period:
    last = month + count - 1
    return Period(date(year, month, 1), date(year, last, monthrange(year, last)[1]), kind)


def _year_back(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)
