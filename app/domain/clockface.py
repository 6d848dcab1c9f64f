"""A clock as a row of days: from the receipt to the last day, those that have gone and those that are left."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.deadlines import STANDARD, Calendar, is_working_day, working_days_left

SINGLE = 25
"""So many working days are drawn one by one; a longer clock is drawn by weeks."""
WEEK = 5


class Gone(StrEnum):
    """What a day of a clock is: past, the present one, the one on which the clock was stopped, or still to come."""

    PAST = "past"
    TODAY = "today"
    STOPPED = "stopped"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Face:
    """`days` are the working days after the receipt, or the last of each week; `left` as in `working_days_left`."""

    due: date
    days: tuple[tuple[date, Gone], ...]
    stopped: date | None
    left: int

    @property
    def late(self) -> bool:
        """Whether it ran out before it was stopped, or has run out."""
        return self.left < 0

    @property
    def by_weeks(self) -> bool:
        return len(self.days) > 1 and (self.days[1][0] - self.days[0][0]).days >= WEEK


def face(received: date, due: date, *, today: date, stopped: date | None = None, calendar: Calendar = STANDARD) -> Face:
    """The clock that started on `received`, runs out on `due`, and was stopped on `stopped` if it was."""
    shown = _shown(received, due, calendar)
    now = stopped or today
    return Face(
        due, tuple((day, _gone(day, now, stopped)) for day in shown), stopped, working_days_left(due, now, calendar)
    )


def _shown(received: date, due: date, calendar: Calendar) -> list[date]:
    span = [received + timedelta(days=n) for n in range(1, (due - received).days + 1)]
    working = [day for day in span if is_working_day(day, calendar)]
    return working if len(working) <= SINGLE else working[WEEK - 1 :: WEEK]


def _gone(day: date, now: date, stopped: date | None) -> Gone:
    if day < now:
        return Gone.PAST
    if day > now:
        return Gone.LEFT
    return Gone.STOPPED if stopped else Gone.TODAY
