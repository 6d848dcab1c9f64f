"""A silence is told of only where mails usually come: not at night, not on a holiday, and on a Monday."""

from datetime import date, datetime, timedelta

import pytest

from app.domain.deadlines import COPENHAGEN, Calendar
from app.domain.silence import usual_meanwhile

MONDAY = datetime(2026, 11, 30, tzinfo=COPENHAGEN)


def office_hours(weeks: int, until: datetime, each: int = 1) -> list[datetime]:
    """Mails each hour from 8 to 15 on working days, until a moment."""
    days = [MONDAY - timedelta(weeks=weeks) + timedelta(days=n) for n in range(7 * weeks + 7)]
    hours = [day + timedelta(hours=h) for day in days if day.weekday() < 5 for h in range(8, 16) for _ in range(each)]
    return [at for at in hours if at <= until]


FRIDAY = MONDAY - timedelta(days=3) + timedelta(hours=15)


@pytest.mark.parametrize(
    ("weeks", "last", "now", "usual"),
    [
        pytest.param(8, FRIDAY, MONDAY + timedelta(hours=3), None, id="at night"),
        pytest.param(8, FRIDAY, MONDAY - timedelta(hours=12), None, id="on a Sunday"),
        pytest.param(8, FRIDAY, MONDAY + timedelta(hours=8), None, id="a Monday that has just begun"),
        pytest.param(8, FRIDAY, MONDAY + timedelta(hours=14), 7, id="a Monday without mails"),
        pytest.param(2, FRIDAY, MONDAY + timedelta(hours=14), None, id="a mailbox that is new"),
        pytest.param(8, MONDAY + timedelta(hours=13), MONDAY + timedelta(hours=14), None, id="an hour"),
    ],
)
def test_a_silence_is_told_where_it_is_unusual(weeks: int, last: datetime, now: datetime, usual: int | None) -> None:
    assert usual_meanwhile(office_hours(weeks, last), now) == usual


def test_nothing_ever_came() -> None:
    assert usual_meanwhile([], MONDAY) is None


EASTER_MONDAY = datetime(2026, 4, 6, tzinfo=COPENHAGEN)
WEDNESDAY_BEFORE = datetime(2026, 4, 1, 15, tzinfo=COPENHAGEN)


@pytest.mark.parametrize(
    ("now", "usual"),
    [
        pytest.param(EASTER_MONDAY - timedelta(days=3, hours=-14), None, id="on Good Friday"),
        pytest.param(EASTER_MONDAY + timedelta(hours=16), None, id="on Easter Monday"),
        pytest.param(EASTER_MONDAY + timedelta(days=1, hours=9), None, id="the morning after Easter"),
        pytest.param(EASTER_MONDAY + timedelta(days=1, hours=14), 7, id="a whole day after Easter"),
    ],
)
def test_closed_days_are_no_silence(now: datetime, usual: int | None) -> None:
    arrivals = [at for at in weekdays_before(EASTER_MONDAY) if at <= WEDNESDAY_BEFORE]
    assert usual_meanwhile(arrivals, now) == usual


def test_the_authority_says_when_it_is_closed() -> None:
    arrivals, now = office_hours(8, FRIDAY), MONDAY + timedelta(hours=14)
    closed = Calendar(closed=frozenset({MONDAY.date()}))
    assert usual_meanwhile(arrivals, now, closed) is None
    assert usual_meanwhile(arrivals, now + timedelta(days=1), closed) == 7


def test_a_week_with_a_closed_day_tells_nothing_of_others() -> None:
    closed = frozenset(date(2026, 11, 2) + timedelta(weeks=n) for n in range(3))
    arrivals = [at for at in office_hours(8, FRIDAY) if at.date() not in closed]
    now = MONDAY + timedelta(hours=14)
    assert usual_meanwhile(arrivals, now, Calendar(closed=closed)) == 7
    assert usual_meanwhile(arrivals, now) is None


def weekdays_before(day: datetime) -> list[datetime]:
    """Mails each hour from 8 to 15 on the working days of the eight weeks before a Monday."""
    return [at - (MONDAY.date() - day.date()) for at in office_hours(8, MONDAY)]
