"""Working days and the deadlines for answering a citizen.

Two clocks begin when the mail is received. The feedback clock stops once the citizen has heard who handles the matter; the
answer clock stops at the answer only. Routing knows neither: both are counted from the receipt, once.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MONTHS = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
]
CHOICES = {"05-01": (5, 1), "06-05": (6, 5), "12-24": (12, 24), "12-31": (12, 31)}
"""Days that are no public holidays, and on which many an authority is closed: it chooses for itself."""
RESPONSE_DAYS = 10
"""Copenhagen's tilbagemeldingsgaranti: feedback within ten working days."""
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days on which the authority is closed. Weekends and Danish public holidays come besides."""

    yearly: frozenset[tuple[int, int]] = frozenset({CHOICES["06-05"], CHOICES["12-24"], CHOICES["12-31"]})
    """(month, day) of every year."""
    closed: frozenset[date] = frozenset()
    """Closing days of its own."""


STANDARD = Calendar()
SOON = 2
"""Working days before a deadline at which units are reminded, until somebody chooses otherwise."""


class Clock(StrEnum):
    """The two deadlines of an enquiry."""

    FEEDBACK = "feedback"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Terms:
    """The days that a type of deadline gives.

    Until feedback and until the answer; None where there is no such clock.
    """

    feedback: int | None = RESPONSE_DAYS
    answer: int | None = None
    working: bool = True
    """Working days; else calendar days, moved on to a working day where they end on none."""

    def __post_init__(self) -> None:
        given = [days for days in (self.feedback, self.answer) if days is not None]
        if not given or not all(1 <= days <= MOST_DAYS for days in given):
            raise ValueError("a deadline needs at least one clock, of 1 to 366 days")


@dataclass(frozen=True, slots=True)
class Clocks:
    """The last days of the two clocks of one enquiry."""

    feedback: date | None
    answer: date | None

    def next(self, *, feedback_stopped: bool) -> Clock | None:
        """Return the deadline that comes first. Only those that still run count; None where nothing does."""
        running = {Clock.ANSWER: self.answer} if feedback_stopped else self.days
        return min(
            (clock for clock in running if running[clock]),
            key=lambda clock: (running[clock], clock == "answer"),
            default=None,
        )

    def running(self, *, feedback_stopped: bool) -> date | None:
        """Return the next deadline that still runs. None where nothing does."""
        clock = self.next(feedback_stopped=feedback_stopped)
        return self.days[clock] if clock else None

    @property
    def days(self) -> dict[Clock, date | None]:
        return {Clock.FEEDBACK: self.feedback, Clock.ANSWER: self.answer}


@cache
def _holidays() -> holidays.HolidayBase:
    """Danish public holidays; years are filled in as they are asked for."""
    return holidays.country_holidays("DK")


@lru_cache(maxsize=4096)
def _is_holiday(day: date) -> bool:
    """Tell whether it is a public holiday; asked some sixty times a mail, of a few hundred days."""
    return day in _holidays()


def is_working_day(day: date, calendar: Calendar = STANDARD) -> bool:
    closed = (day.month, day.day) in calendar.yearly or day in calendar.closed
    return day.weekday() < 5 and not closed and not _is_holiday(day)


def local_day(moment: datetime) -> date:
    """Return the day in Copenhagen at `moment` (aware)."""
    return moment.astimezone(COPENHAGEN).date()


def clocks(received_at: datetime, terms: Terms, calendar: Calendar = STANDARD) -> Clocks:
    """Return when both clocks run out. The mail was received at `received_at` (aware)."""
    count = due_on if terms.working else _due_after
    return Clocks(
        feedback=None if terms.feedback is None else count(received_at, terms.feedback, calendar),
        answer=None if terms.answer is None else count(received_at, terms.answer, calendar),
    )


def due_on(received_at: datetime, days: int = RESPONSE_DAYS, calendar: Calendar = STANDARD) -> date:
    """Return the last of `days` working days. Counted from the day after the mail server received it."""
    return add_working_days(local_day(received_at), days, calendar)


def _due_after(received_at: datetime, days: int, calendar: Calendar) -> date:
    """Return the last of `days` calendar days.

    A deadline that ends while we are closed ends on the next working day.
    """
    day = local_day(received_at) + timedelta(days=days)
    return day if is_working_day(day, calendar) else add_working_days(day, 1, calendar)


def add_working_days(day: date, days: int, calendar: Calendar = STANDARD) -> date:
    """Return the day `days` working days after `day`."""
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, calendar)
    return day


def begin_of(day: date) -> datetime:
    """Return midnight before `day` in Copenhagen, in UTC."""
    return datetime.combine(day, datetime.min.time(), COPENHAGEN).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return midnight after `day` in Copenhagen, in UTC."""
    return begin_of(day + timedelta(days=1))


PROMISE = re.compile(
    rf"\b(?:senest|inden|før)(?: den| d\.)? (\d{{1,2}})\. ({'|'.join(MONTHS)}) (\d{{4}})\b", re.IGNORECASE
)


def promised(text: str) -> list[date]:
    """Return the days by which a letter promises something."""
    found = []
    for day, month, year in PROMISE.findall(text):
        with suppress(ValueError):
            found.append(date(int(year), MONTHS.index(month.lower()) + 1, int(day)))
    return found


def danish(day: date) -> str:
    """Return a day as letters write it: 4. december 2026."""
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"
