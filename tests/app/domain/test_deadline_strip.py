"""A clock drawn by its working days."""

from datetime import date

from app.domain.deadline_status import Today
from app.domain.deadline_strip import SINGLE, DeadlineStrip, deadline_strip

RECEIVED, DUE = date(2026, 11, 12), date(2026, 11, 26)  # both Thursdays


def drawn(due: date, today: date, met_on: date | None = None) -> DeadlineStrip:
    return deadline_strip(RECEIVED, Today(today).status(due, met_on), today=today)


def test_ten_working_days_and_where_today_is() -> None:
    found = drawn(DUE, date(2026, 11, 18))
    assert [gone for _, gone in found.days] == ["past"] * 3 + ["today"] + ["left"] * 6
    assert (found.status.days, found.status.late, found.by_weeks) == (6, False, False)


def test_a_clock_that_was_stopped_stands() -> None:
    found = drawn(DUE, date(2027, 1, 4), date(2026, 11, 16))
    assert [gone for _, gone in found.days][:3] == ["past", "stopped", "left"]
    assert not found.status.late


def test_too_late() -> None:
    assert drawn(DUE, date(2026, 11, 30)).status.days == 2
    assert drawn(DUE, DUE, date(2026, 11, 27)).status.late


def test_a_long_clock_is_drawn_by_weeks() -> None:
    found = drawn(date(2027, 4, 12), RECEIVED)
    assert found.by_weeks
    assert len(found.days) <= SINGLE
    assert all(gone == "left" for _, gone in found.days)
