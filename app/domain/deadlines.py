"""Working days in Copenhagen and the response deadline that follows from them."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
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
RESPONSE_DAYS = 10
"""Copenhagen's tilbagemeldingsgaranti: feedback within ten working days."""


@cache
def _holidays() -> holidays.HolidayBase:
    """Danish public holidays; years are filled in as they are asked for."""
    return holidays.country_holidays("DK")


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays()


def local_day(moment: datetime) -> date:
    """The day it is in Copenhagen at `moment` (aware)."""
    return moment.astimezone(COPENHAGEN).date()


def due_on(received_at: datetime, days: int = RESPONSE_DAYS) -> date:
    """The last day to answer: `days` working days, counted from the day after the mail server received it."""
    day = local_day(received_at)
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def working_days_left(due: date, today: date) -> int:
    """Working days from tomorrow through `due`; negative where it has passed, 0 on the day itself."""
    step = 1 if due >= today else -1
    first, last = (today, due) if step == 1 else (due, today)
    return step * sum(is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def end_of(day: date) -> datetime:
    """Midnight after `day` in Copenhagen, in UTC."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), COPENHAGEN).astimezone(UTC)


def danish(day: date) -> str:
    """A day as it stands in a letter: 4. december 2026."""
    return f"{day.day}. {MONTHS[day.month - 1]} {day.year}"
