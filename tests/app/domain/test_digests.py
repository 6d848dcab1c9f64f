"""When digests are due: the weekday and hour chosen, on working days, by the clock on the wall."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.access import Role
from app.domain.deadlines import STANDARD, Calendar
from app.domain.digests import latest_due, may_have

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
MONDAY, THURSDAY, FRIDAY = 0, 3, 4


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("now", "weekday", "hour", "due"),
    [
        ("2026-11-30T08:00+01:00", MONDAY, 8, "2026-11-30T08:00+01:00"),
        ("2026-11-30T07:59:59+01:00", MONDAY, 8, "2026-11-23T08:00+01:00"),
        ("2026-12-06T23:59+01:00", MONDAY, 8, "2026-11-30T08:00+01:00"),
        ("2026-12-04T09:00+01:00", FRIDAY, 8, "2026-12-04T08:00+01:00"),
        # Christmas: Thursday the 24th and Friday the 25th are closed, and the 28th is the next working day.
        ("2026-12-24T12:00+01:00", THURSDAY, 8, "2026-12-17T08:00+01:00"),
        ("2026-12-28T07:00+01:00", THURSDAY, 8, "2026-12-17T08:00+01:00"),
        ("2026-12-28T08:00+01:00", THURSDAY, 8, "2026-12-28T08:00+01:00"),
        ("2026-12-28T08:00+01:00", FRIDAY, 8, "2026-12-28T08:00+01:00"),
        # Easter Monday
        ("2027-03-29T10:00+02:00", MONDAY, 8, "2027-03-22T08:00+01:00"),
        ("2027-03-30T10:00+02:00", MONDAY, 8, "2027-03-30T08:00+02:00"),
        # The clocks go forward on 28 March 2027 and back on 25 October 2026: eight o'clock stays eight o'clock.
        ("2026-10-25T23:00+01:00", FRIDAY, 8, "2026-10-23T08:00+02:00"),
        ("2026-10-26T07:30+01:00", MONDAY, 8, "2026-10-19T08:00+02:00"),
        ("2026-10-26T08:00+01:00", MONDAY, 8, "2026-10-26T08:00+01:00"),
        ("2027-04-05T07:59+02:00", MONDAY, 8, "2027-03-30T08:00+02:00"),
        ("2027-04-05T08:00+02:00", MONDAY, 8, "2027-04-05T08:00+02:00"),
    ],
)
def test_due_times(now: str, weekday: int, hour: int, due: str) -> None:
    assert latest_due(at(now), weekday, hour, STANDARD) == at(due)


def test_a_day_on_which_this_authority_is_closed_is_put_off() -> None:
    closed = Calendar(closed=frozenset({date(2026, 11, 30), date(2026, 12, 1)}))
    assert latest_due(at("2026-12-02T09:00+01:00"), MONDAY, 8, closed) == at("2026-12-02T08:00+01:00")
    assert latest_due(at("2026-12-01T09:00+01:00"), MONDAY, 8, closed) == at("2026-11-23T08:00+01:00")


def test_who_may_have_one() -> None:
    assert {role for role in Role if may_have(role, None)} == {Role.MANAGER, Role.ADMINISTRATOR}
    assert {role for role in Role if may_have(role, 1)} == {Role.MANAGER, Role.ADMINISTRATOR, Role.CASEWORKER}
