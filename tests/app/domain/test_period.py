"""Periods: what their words mean, and what is before, after and a year before each."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import period
from app.domain.period import Kind, Period, PeriodError


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-K1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-K4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-U01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-U53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2026-10-05..2026-10-05", date(2026, 10, 5), date(2026, 10, 5)),
    ],
)
def test_a_word_means_these_days_and_is_written_so(word: str, first: date, last: date) -> None:
    found = period.read(word)
    assert (found.first, found.last, found.word) == (first, last, word)


@pytest.mark.parametrize(
    "word",
    ["", "26", "2026-K5", "2026-13", "2026-00", "2025-U53", "2026-U00", "1999", "9999-12-31..9999-12-30",
     "2026-10-05..2026-10-04", "2000-01-01..2026-01-01", "2026-1", "2026-K1 ", "٢٠٢٦", "2026-02-30..2026-03-01"],
)  # fmt: skip
def test_what_is_no_period_is_refused(word: str) -> None:
    with pytest.raises(PeriodError):
        period.read(word)


@pytest.mark.parametrize(
    ("word", "before", "year_before"),
    [
        ("2026", "2025", "2025"),
        ("2026-K1", "2025-K4", "2025-K1"),
        ("2026-03", "2026-02", "2025-03"),
        ("2021-U01", "2020-U53", "2020-U01"),
        ("2026-U53", "2026-U52", "2025-U52"),
        ("2026-03-01..2026-03-07", "2026-02-22..2026-02-28", "2025-03-01..2025-03-07"),
        ("2024-02-29..2024-02-29", "2024-02-28..2024-02-28", "2023-02-28..2023-02-28"),
    ],
)
def test_it_is_compared_with_the_one_before_and_the_same_a_year_before(
    word: str, before: str, year_before: str
) -> None:
    found = period.read(word)
    assert (found.before().word, found.year_before().word, found.before().after().word) == (before, year_before, word)


def test_what_has_not_ended_is_compared_with_as_many_days() -> None:
    december = period.read("2026-12")
    so_far = december.so_far(date(2026, 12, 9))
    assert (so_far.word, december.before().beginning(so_far.days).word) == (
        "2026-12-01..2026-12-09", "2026-11-01..2026-11-09",
    )  # fmt: skip
    assert december.so_far(date(2027, 1, 1)) == december.so_far(date(2026, 11, 1)) == december
    assert period.read("2026-02").beginning(31) == period.read("2026-02")


@given(st.dates(date(2001, 1, 1), date(2200, 1, 1)), st.sampled_from(Kind), st.integers(0, 400))
def test_steps_cover_a_period_without_gap_or_overlap(day: date, kind: Kind, more: int) -> None:
    whole = period.around(day, kind)
    found = Period(whole.first, date.fromordinal(whole.last.toordinal() + more)) if kind is Kind.DAYS else whole
    parts = found.parts()
    assert (parts[0].first, parts[-1].last, sum(part.days for part in parts)) == (found.first, found.last, found.days)
    assert period.read(found.word) == found
    assert len(parts) <= 31
