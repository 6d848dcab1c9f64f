"""A clock drawn by its working days."""

from datetime import date

from app.domain.clockface import SINGLE, face

RECEIVED, DUE = date(2026, 11, 12), date(2026, 11, 26)  # both Thursdays


def test_ten_working_days_and_where_today_is() -> None:
    found = face(RECEIVED, DUE, today=date(2026, 11, 18))
    assert [gone for _, gone in found.days] == ["past"] * 3 + ["today"] + ["left"] * 6
    assert (found.left, found.late, found.by_weeks) == (6, False, False)


def test_a_clock_that_was_stopped_stands() -> None:
    found = face(RECEIVED, DUE, today=date(2027, 1, 4), stopped=date(2026, 11, 16))
    assert [gone for _, gone in found.days][:3] == ["past", "stopped", "left"]
    assert not found.late


def test_too_late() -> None:
    assert face(RECEIVED, DUE, today=date(2026, 11, 30)).left == -2
    assert face(RECEIVED, DUE, today=DUE, stopped=date(2026, 11, 27)).late


def test_a_long_clock_is_drawn_by_weeks() -> None:
    found = face(RECEIVED, date(2027, 4, 12), today=RECEIVED)
    assert found.by_weeks
    assert len(found.days) <= SINGLE
    assert all(gone == "left" for _, gone in found.days)
