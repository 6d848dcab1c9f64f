"""Ten working days, Danish holidays, Copenhagen's clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.domain.deadlines import danish, due_on, is_working_day, working_days_left

CASES = [
    # received (UTC), due
    ("2026-11-12 07:41", "2026-11-26"),  # an ordinary Thursday
    ("2026-11-14 12:00", "2026-11-27"),  # on a Saturday: Monday is the first day
    ("2026-11-15 12:00", "2026-11-27"),
    ("2026-11-12 22:59", "2026-11-26"),  # 23.59 in Copenhagen
    ("2026-11-12 23:00", "2026-11-27"),  # past midnight in Copenhagen
    ("2026-07-01 21:59", "2026-07-15"),  # the same in summer time
    ("2026-07-01 22:00", "2026-07-16"),
    ("2026-12-18 10:00", "2027-01-05"),  # Christmas days and New Year's Day are off, 24 and 31 December are not
    ("2026-12-23 10:00", "2027-01-08"),
    ("2026-03-25 10:00", "2026-04-13"),  # Maundy Thursday, Good Friday, Easter Monday
    ("2026-05-07 10:00", "2026-05-22"),  # Ascension Day
    ("2026-05-14 10:00", "2026-05-29"),  # Whit Monday
    ("2026-04-17 10:00", "2026-05-01"),  # store bededag is a working day since 2024
    ("2023-04-21 10:00", "2023-05-08"),  # … and was none in 2023
    ("2026-03-27 23:30", "2026-04-15"),  # over the change to summer time
    ("2026-10-23 10:00", "2026-11-06"),  # and back
    ("2028-02-28 10:00", "2028-03-13"),  # leap day
]


@pytest.mark.parametrize(("received", "due"), CASES)
def test_due_on(received: str, due: str) -> None:
    assert due_on(datetime.fromisoformat(received).replace(tzinfo=UTC)) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("due", "today", "left"),
    [
        ("2026-11-26", "2026-11-26", 0),
        ("2026-11-26", "2026-11-25", 1),
        ("2026-11-30", "2026-11-27", 1),  # over a weekend
        ("2026-11-26", "2026-11-27", -1),
        ("2026-11-27", "2026-11-30", -1),
        ("2026-12-28", "2026-12-23", 2),  # 24 December counts, 25 does not
    ],
)
def test_working_days_left(due: str, today: str, left: int) -> None:
    assert working_days_left(date.fromisoformat(due), date.fromisoformat(today)) == left


def test_the_due_day_is_a_working_day_ten_away() -> None:
    for n in range(1, 366):
        received = datetime(2026, 1, 1, 11, tzinfo=UTC) + timedelta(days=n)
        due = due_on(received)
        assert is_working_day(due)
        assert working_days_left(due, received.date()) == 10


def test_danish() -> None:
    assert danish(date(2026, 12, 4)) == "4. december 2026"
