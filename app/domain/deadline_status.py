"""The status of a deadline on a day. Days left, due, overdue, met. Every place that shows or counts one asks here.

Late is late by the calendar: a deadline on a Friday is overdue on the Saturday. Only the days that are counted are
working days. app/queries/casework/due.py says the same in SQL.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.domain.deadlines import STANDARD, Calendar, add_working_days, is_working_day

URGENT = 3
"""Working days: a deadline that is no farther away comes before everything else."""


class DeadlineStanding(StrEnum):
    """The standings of a deadline. The first four hold while nobody has met it."""

    OVERDUE = "overdue"
    TODAY = "today"
    URGENT = "urgent"
    LATER = "later"
    MET = "met"
    MISSED = "missed"
    """Met too late."""


@dataclass(frozen=True, slots=True)
class Status:
    """A deadline with its standing and days.

    `days` are working days: left until `due`, or gone since where it is overdue; never negative.
    """

    due: date
    standing: DeadlineStanding
    days: int
    met_on: date | None = None

    @property
    def late(self) -> bool:
        """Tell whether the day passed before anybody met it. It need not have been met since."""
        return self.standing in (DeadlineStanding.OVERDUE, DeadlineStanding.MISSED)

    @property
    def presses(self) -> bool:
        """Tell whether it is due today or soon."""
        return self.standing in (DeadlineStanding.TODAY, DeadlineStanding.URGENT)


@dataclass(frozen=True, slots=True)
class Today:
    """The day in Copenhagen, with the closing days."""

    day: date
    calendar: Calendar = STANDARD

    def status(self, due: date, met_on: date | None = None) -> Status:
        """Return a deadline's status today, or how it was met."""
        if met_on is not None:
            return Status(due, DeadlineStanding.MET if in_time(due, met_on) else DeadlineStanding.MISSED, 0, met_on)
        if due < self.day:
            return Status(due, DeadlineStanding.OVERDUE, working_days(due, self.day, self.calendar))
        left = working_days(self.day, due, self.calendar)
        if due == self.day:
            return Status(due, DeadlineStanding.TODAY, left)
        return Status(due, DeadlineStanding.URGENT if due <= self.urgent_until else DeadlineStanding.LATER, left)

    @property
    def overdue_until(self) -> date:
        """Return the last due day that is overdue now."""
        return self.day - timedelta(days=1)

    @property
    def urgent_until(self) -> date:
        """Return the last day that is urgent today."""
        return self.last_within(URGENT)

    def last_within(self, days: int) -> date:
        """Return the last day within `days` working days. Closing days before the next working day are among them."""
        return add_working_days(self.day, days + 1, self.calendar) - timedelta(days=1)


def in_time(due: date, met_on: date) -> bool:
    """Return whether a deadline was met."""
    return met_on <= due


def working_days(after: date, until: date, calendar: Calendar = STANDARD) -> int:
    """Count the working days between two days. From the day after `after` through `until`; 0 where there are none."""
    return sum(is_working_day(after + timedelta(days=n), calendar) for n in range(1, (until - after).days + 1))
