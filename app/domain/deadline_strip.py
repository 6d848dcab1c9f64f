"""A clock as a row of days. From the receipt to the last day, those that have gone and those that are left."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.deadline_status import Status
from app.domain.deadlines import STANDARD, Calendar, is_working_day

SINGLE = 25
"""So many working days are drawn one by one; a longer clock is drawn by weeks."""
WEEK = 5


class DayState(StrEnum):
    """The kinds of days of a clock.

    Past, the present one, the one on which the clock was stopped, and still to come.
    """

    PAST = "past"
    TODAY = "today"
    STOPPED = "stopped"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class DeadlineStrip:
    """A clock's days and its status.

    `days` are the working days after the receipt, or the last of each week; `status` says how the clock stands.
    """

    days: tuple[tuple[date, DayState], ...]
    status: Status

    @property
    def by_weeks(self) -> bool:
        return len(self.days) > 1 and (self.days[1][0] - self.days[0][0]).days >= WEEK


def deadline_strip(received: date, status: Status, *, today: date, calendar: Calendar = STANDARD) -> DeadlineStrip:
    """Draw the clock that started on `received`. Today it stands as `status` says."""
    now = status.met_on or today
    shown = _shown(received, status.due, calendar)
    return DeadlineStrip(tuple((day, _day_state(day, now, status.met_on)) for day in shown), status)


def _shown(received: date, due: date, calendar: Calendar) -> list[date]:
    span = [received + timedelta(days=n) for n in range(1, (due - received).days + 1)]
    working = [day for day in span if is_working_day(day, calendar)]
    return working if len(working) <= SINGLE else working[WEEK - 1 :: WEEK]


def _day_state(day: date, now: date, stopped: date | None) -> DayState:
    if day < now:
        return DayState.PAST
    if day > now:
        return DayState.LEFT
    return DayState.STOPPED if stopped else DayState.TODAY
