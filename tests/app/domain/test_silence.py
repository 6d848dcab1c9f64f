"""A silence is told of only where mails usually come: not at night, and on a Monday."""

from datetime import datetime, timedelta

import pytest

from app.domain.deadlines import COPENHAGEN
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
