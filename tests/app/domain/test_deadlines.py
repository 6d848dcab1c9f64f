"""Deadlines as a table: Danish holidays, the authority's own closing days, Copenhagen's clock, two clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.deadline_status import working_days
from app.domain.deadlines import (
    CHOICES,
    STANDARD,
    Calendar,
    Clocks,
    Terms,
    add_working_days,
    clocks,
    danish,
    due_on,
    is_working_day,
)

OPEN = Calendar(yearly=frozenset())
"""An authority that closes on weekends and public holidays only."""
ALL = Calendar(yearly=frozenset(CHOICES.values()))
MAY_DAY = Calendar(yearly=frozenset({(5, 1)}))
SHUT_BETWEEN = Calendar(closed=frozenset({date(2026, 12, 28), date(2026, 12, 29), date(2026, 12, 30)}))

FEEDBACK = [
    # received (UTC), calendar, due: ten working days
    ("2026-11-12 07:41", STANDARD, "2026-11-26"),  # an ordinary Thursday
    ("2026-11-14 12:00", STANDARD, "2026-11-27"),  # on a Saturday: Monday is the first day
    ("2026-11-15 12:00", STANDARD, "2026-11-27"),
    ("2026-11-12 22:59", STANDARD, "2026-11-26"),  # 23.59 in Copenhagen
    ("2026-11-12 23:00", STANDARD, "2026-11-27"),  # past midnight in Copenhagen
    ("2026-11-12 23:30", STANDARD, "2026-11-27"),
    ("2026-07-01 21:59", STANDARD, "2026-07-15"),  # the same in summer time
    ("2026-07-01 22:00", STANDARD, "2026-07-16"),
    ("2026-07-01 23:30", STANDARD, "2026-07-16"),
    ("2026-11-13 23:30", STANDARD, "2026-11-27"),  # Friday in London, Saturday here
    ("2026-11-15 23:30", STANDARD, "2026-11-30"),  # Sunday there, Monday here: Tuesday is the first day
    ("2026-03-27 23:30", STANDARD, "2026-04-15"),  # over the change to summer time, and Easter
    ("2026-03-29 00:59", STANDARD, "2026-04-15"),  # the last second before the change, a Sunday
    ("2026-03-29 01:00", STANDARD, "2026-04-15"),
    ("2027-03-28 22:30", STANDARD, "2027-04-12"),  # the evening of the change: already Easter Monday here
    ("2026-10-23 10:00", STANDARD, "2026-11-06"),  # over the change back
    ("2026-10-24 22:30", STANDARD, "2026-11-06"),  # half past midnight, still summer time
    ("2026-10-25 22:30", STANDARD, "2026-11-06"),  # half past eleven, winter time since that morning
    ("2026-10-25 23:30", STANDARD, "2026-11-09"),
    ("2028-02-28 10:00", STANDARD, "2028-03-13"),  # leap day
    ("2026-03-25 10:00", STANDARD, "2026-04-13"),  # Maundy Thursday, Good Friday, Easter Monday
    ("2026-04-02 10:00", STANDARD, "2026-04-20"),  # received on Maundy Thursday
    ("2026-04-06 21:00", STANDARD, "2026-04-20"),  # on Easter Monday
    ("2027-03-24 10:00", STANDARD, "2027-04-12"),  # an early Easter
    ("2025-04-16 10:00", STANDARD, "2025-05-05"),  # a late one
    ("2026-05-07 10:00", STANDARD, "2026-05-22"),  # Ascension Day
    ("2026-05-14 10:00", STANDARD, "2026-05-29"),  # Whit Monday
    ("2026-04-17 10:00", STANDARD, "2026-05-01"),  # store bededag is a working day since 2024
    ("2023-04-21 10:00", OPEN, "2023-05-08"),  # … and was none in 2023
    ("2026-04-17 10:00", MAY_DAY, "2026-05-04"),  # closed on 1 May
    ("2027-04-16 10:00", MAY_DAY, "2027-04-30"),  # … which was a Saturday and changes nothing
    ("2026-05-28 10:00", STANDARD, "2026-06-12"),  # closed on 5 June, a Friday
    ("2026-05-28 10:00", OPEN, "2026-06-11"),  # the same authority, open on that day
    ("2027-05-27 10:00", STANDARD, "2027-06-10"),  # 5 June on a Saturday
    ("2026-12-18 10:00", STANDARD, "2027-01-07"),  # closed on 24 and 31 December
    ("2026-12-18 10:00", OPEN, "2027-01-05"),  # open on both: Christmas Day and New Year's Day only
    ("2026-12-18 10:00", Calendar(yearly=frozenset({(12, 24)})), "2027-01-06"),
    ("2026-12-18 10:00", Calendar(yearly=frozenset({(12, 31)})), "2027-01-06"),
    ("2026-12-23 10:00", OPEN, "2027-01-08"),
    ("2026-12-31 22:59", STANDARD, "2027-01-15"),  # the last minute of the year here
    ("2026-12-31 23:00", STANDARD, "2027-01-15"),  # New Year's Day: no day to lose
    ("2027-12-17 10:00", STANDARD, "2028-01-04"),  # Christmas Eve and New Year's Eve on Fridays
    ("2026-12-18 10:00", SHUT_BETWEEN, "2027-01-12"),  # closed between Christmas and New Year
    ("2026-11-12 10:00", SHUT_BETWEEN, "2026-11-26"),  # which touches nobody in November
    ("2026-11-12 10:00", Calendar(closed=frozenset({date(2026, 11, 21)})), "2026-11-26"),  # a Saturday: closed anyway
    ("2026-04-17 10:00", ALL, "2026-05-04"),
]
TYPES = [
    # received, terms, calendar, feedback due, answer due
    ("2026-11-12 10:00", Terms(10, 30), STANDARD, "2026-11-26", "2026-12-28"),
    ("2026-11-12 10:00", Terms(10, None), STANDARD, "2026-11-26", None),
    ("2026-11-12 10:00", Terms(7, 7), STANDARD, "2026-11-23", "2026-11-23"),  # access request
    ("2026-12-21 10:00", Terms(7, 7), STANDARD, "2027-01-05", "2027-01-05"),
    ("2026-12-21 10:00", Terms(7, 7), OPEN, "2026-12-31", "2026-12-31"),
    ("2026-11-12 10:00", Terms(None, 5), STANDARD, None, "2026-11-19"),
    ("2026-11-12 10:00", Terms(1, 2), STANDARD, "2026-11-13", "2026-11-16"),
    ("2026-11-12 10:00", Terms(14, 28, working=False), STANDARD, "2026-11-26", "2026-12-10"),
    ("2026-11-12 10:00", Terms(2, 3, working=False), STANDARD, "2026-11-16", "2026-11-16"),  # over a weekend
    ("2026-11-12 23:30", Terms(14, 28, working=False), STANDARD, "2026-11-27", "2026-12-11"),
    ("2026-12-10 10:00", Terms(14, 21, working=False), STANDARD, "2026-12-28", "2027-01-04"),  # 24 and 31 December
    ("2026-12-10 10:00", Terms(14, 21, working=False), OPEN, "2026-12-24", "2026-12-31"),
    ("2026-03-19 10:00", Terms(14, 18, working=False), STANDARD, "2026-04-07", "2026-04-07"),  # ends in Easter
    ("2026-03-01 10:00", Terms(30, 366, working=False), STANDARD, "2026-03-31", "2027-03-02"),
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(("received", "calendar", "due"), FEEDBACK)
def test_ten_working_days(received: str, calendar: Calendar, due: str) -> None:
    assert due_on(at(received), calendar=calendar) == day(due)


@pytest.mark.parametrize(("received", "terms", "calendar", "feedback", "answer"), TYPES)
def test_types(received: str, terms: Terms, calendar: Calendar, feedback: str | None, answer: str | None) -> None:
    assert clocks(at(received), terms, calendar) == Clocks(day(feedback), day(answer))


@pytest.mark.parametrize(
    ("feedback", "answer", "stopped", "running"),
    [
        ("2026-11-26", "2026-12-28", False, "2026-11-26"),
        ("2026-11-26", "2026-12-28", True, "2026-12-28"),  # an interim reply: the answer clock runs on
        ("2026-11-26", None, True, None),  # nothing runs any longer
        ("2026-11-26", None, False, "2026-11-26"),
        (None, "2026-12-28", False, "2026-12-28"),
        (None, "2026-12-28", True, "2026-12-28"),  # no feedback clock: an interim reply stops nothing
        ("2026-11-26", "2026-11-20", False, "2026-11-20"),  # the answer is due first
        ("2026-11-26", "2026-11-26", True, "2026-11-26"),
    ],
)
def test_which_clock_runs(feedback: str | None, answer: str | None, stopped: bool, running: str | None) -> None:
    assert Clocks(day(feedback), day(answer)).running(feedback_stopped=stopped) == day(running)


@pytest.mark.parametrize(("feedback", "answer"), [(None, None), (0, None), (None, -1), (367, None), (10, 0)])
def test_terms_that_make_no_sense(feedback: int | None, answer: int | None) -> None:
    with pytest.raises(ValueError, match="at least one clock"):
        Terms(feedback, answer)


@pytest.mark.parametrize("calendar", [STANDARD, OPEN, ALL, SHUT_BETWEEN])
def test_the_due_day_is_a_working_day_ten_away(calendar: Calendar) -> None:
    for n in range(1, 366):
        received = datetime(2026, 1, 1, 11, tzinfo=UTC) + timedelta(days=n)
        due = due_on(received, calendar=calendar)
        assert is_working_day(due, calendar)
        assert working_days(received.date(), due, calendar) == 10
        assert add_working_days(received.date(), 10, calendar) == due


def test_danish() -> None:
    assert danish(date(2026, 12, 4)) == "4. december 2026"
