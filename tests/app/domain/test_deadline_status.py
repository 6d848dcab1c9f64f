"""How a deadline stands: a table of weekends, Christmas, Easter, closing days, nights of the clock's change, year ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.deadline_status import URGENT, Today, in_time, working_days
from app.domain.deadlines import STANDARD, Calendar, is_working_day, local_day

OPEN = Calendar(yearly=frozenset())
SHUT = Calendar(closed=frozenset({date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 30)}))
MOVING = Calendar(closed=frozenset({date(2026, 11, 30)}))

RUNNING = [
    # due, today, calendar, standing, working days
    ("2026-11-27", "2026-11-26", STANDARD, "urgent", 1),  # Friday, seen on Thursday
    ("2026-11-27", "2026-11-27", STANDARD, "today", 0),
    ("2026-11-27", "2026-11-28", STANDARD, "overdue", 0),  # … on Saturday: late, though no working day has gone
    ("2026-11-27", "2026-11-29", STANDARD, "overdue", 0),  # … on Sunday
    ("2026-11-27", "2026-11-30", STANDARD, "overdue", 1),
    ("2026-11-27", "2026-11-30", MOVING, "overdue", 0),  # closed that Monday: late all the same
    ("2026-11-27", "2026-12-01", MOVING, "overdue", 1),
    ("2026-11-30", "2026-11-28", STANDARD, "urgent", 1),  # Monday, seen on Saturday
    ("2026-11-30", "2026-11-29", STANDARD, "urgent", 1),
    ("2026-12-02", "2026-11-27", STANDARD, "urgent", 3),  # the third working day after a Friday
    ("2026-12-03", "2026-11-27", STANDARD, "later", 4),
    ("2026-12-03", "2026-11-30", STANDARD, "urgent", 3),
    ("2026-12-04", "2026-11-30", STANDARD, "later", 4),
    ("2026-12-05", "2026-12-02", STANDARD, "urgent", 2),  # a Saturday: a day that was chosen when it was none
    ("2026-12-05", "2026-12-04", STANDARD, "urgent", 0),  # no working day is left, and it is not due today
    ("2026-12-05", "2026-12-05", STANDARD, "today", 0),
    ("2026-12-06", "2026-12-01", STANDARD, "urgent", 3),  # the Sunday before the fourth working day
    ("2026-12-07", "2026-12-01", STANDARD, "later", 4),
    ("2026-12-23", "2026-12-24", STANDARD, "overdue", 0),  # Christmas hides nothing
    ("2026-12-23", "2026-12-27", STANDARD, "overdue", 0),
    ("2026-12-23", "2026-12-28", STANDARD, "overdue", 1),
    ("2026-12-23", "2026-12-30", SHUT, "overdue", 0),  # a week of closing days: five days late, none of them worked
    ("2026-12-23", "2027-01-04", SHUT, "overdue", 1),
    ("2026-12-28", "2026-12-23", STANDARD, "urgent", 1),  # 24 to 27 December do not count
    ("2026-12-28", "2026-12-23", OPEN, "urgent", 2),
    ("2026-12-30", "2026-12-31", STANDARD, "overdue", 0),  # over the year's end
    ("2026-12-30", "2027-01-03", STANDARD, "overdue", 0),
    ("2026-12-30", "2027-01-04", STANDARD, "overdue", 1),
    ("2027-01-04", "2026-12-30", STANDARD, "urgent", 1),
    ("2026-04-01", "2026-04-02", STANDARD, "overdue", 0),  # Maundy Thursday
    ("2026-04-01", "2026-04-06", STANDARD, "overdue", 0),  # Easter Monday
    ("2026-04-01", "2026-04-07", STANDARD, "overdue", 1),
    ("2026-04-07", "2026-04-01", STANDARD, "urgent", 1),
    ("2026-04-10", "2026-04-01", STANDARD, "later", 4),
    ("2026-06-04", "2026-06-05", STANDARD, "overdue", 0),  # 5 June, a Friday
    ("2026-06-04", "2026-06-05", OPEN, "overdue", 1),
    ("2028-02-28", "2028-02-29", STANDARD, "overdue", 1),  # leap day
]
MET = [
    # due, met on, standing
    ("2026-11-27", "2026-11-26", "met"),
    ("2026-11-27", "2026-11-27", "met"),
    ("2026-11-27", "2026-11-28", "missed"),  # on the Saturday after the Friday
    ("2026-11-27", "2026-11-29", "missed"),
    ("2026-12-23", "2026-12-26", "missed"),
    ("2026-04-01", "2026-04-06", "missed"),
    ("2026-12-31", "2027-01-01", "missed"),
]
NIGHTS = [
    # moment (UTC), due, standing: the day is Copenhagen's
    ("2026-11-27 22:59", "2026-11-27", "today"),
    ("2026-11-27 23:00", "2026-11-27", "overdue"),
    ("2026-07-03 21:59", "2026-07-03", "today"),
    ("2026-07-03 22:00", "2026-07-03", "overdue"),
    ("2026-03-28 22:59", "2026-03-28", "today"),  # the night in which summer begins
    ("2026-03-28 23:00", "2026-03-28", "overdue"),
    ("2026-03-29 21:59", "2026-03-29", "today"),
    ("2026-03-29 22:00", "2026-03-29", "overdue"),
    ("2026-10-24 21:59", "2026-10-24", "today"),  # and in which it ends
    ("2026-10-24 22:00", "2026-10-24", "overdue"),
    ("2026-10-25 22:59", "2026-10-25", "today"),
    ("2026-10-25 23:00", "2026-10-25", "overdue"),
    ("2026-12-31 22:59", "2026-12-31", "today"),
    ("2026-12-31 23:00", "2026-12-31", "overdue"),
]


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("due", "today", "calendar", "standing", "days"), RUNNING)
def test_how_it_stands(due: str, today: str, calendar: Calendar, standing: str, days: int) -> None:
    status = Today(day(today), calendar).status(day(due))
    assert (status.standing, status.days) == (standing, days)
    assert status.late == (day(due) < day(today))


@pytest.mark.parametrize(("due", "met_on", "standing"), MET)
def test_how_it_was_met(due: str, met_on: str, standing: str) -> None:
    for today in ("2026-11-01", met_on, "2030-01-01"):
        status = Today(day(today)).status(day(due), day(met_on))
        assert (status.standing, status.met_on) == (standing, day(met_on)), (
            "and the day it is looked at changes nothing"
        )
    assert in_time(day(due), day(met_on)) == (standing == "met")


@pytest.mark.parametrize(("moment", "due", "standing"), NIGHTS)
def test_midnight_is_copenhagens(moment: str, due: str, standing: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert Today(local_day(now)).status(day(due)).standing == standing


@pytest.mark.parametrize("calendar", [STANDARD, OPEN, SHUT])
def test_bounds_say_the_same_as_the_days(calendar: Calendar) -> None:
    """What SQL compares with (`app/queries/casework/due.py`) and what Python says, for each day of a year against 40 others."""
    for n in range(365):
        today = Today(date(2026, 6, 1) + timedelta(days=n), calendar)
        for m in range(-20, 21):
            due = today.day + timedelta(days=m)
            status = today.status(due)
            assert (due <= today.overdue_until) == (status.standing == "overdue")
            assert (due <= today.urgent_until) == (status.standing in ("overdue", "today", "urgent"))
            for days in (0, 2, URGENT, 10):
                assert (due <= today.last_within(days)) == (due < today.day or status.days <= days)


def test_working_days_are_counted_from_the_day_after() -> None:
    assert working_days(day("2026-11-27"), day("2026-11-30")) == 1
    assert working_days(day("2026-11-30"), day("2026-11-27")) == 0
    for n in range(400):
        first = date(2026, 1, 1) + timedelta(days=n)
        assert working_days(first, first + timedelta(days=1)) == is_working_day(first + timedelta(days=1))
