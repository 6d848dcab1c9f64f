"""Whether a figure changed by more than chance: as other people's formulas say, and seldom where nothing changed."""

import random

import pytest
from scipy import stats

from app.domain import change
from app.domain.figures import Share


@pytest.mark.parametrize(("a", "n", "b", "m"), [(40, 100, 60, 100), (3, 900, 11, 1000), (1, 2, 2, 2), (0, 5, 5, 5)])
def test_shares_as_scipy_compares_them(a: int, n: int, b: int, m: int) -> None:
    """Pearson's chi-square without correction is the square of z."""
    expected = stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False).pvalue
    assert change.share_p(Share(a, n), Share(b, m)) == pytest.approx(expected, rel=1e-9)


def test_counts_as_a_poisson_rate_test_does() -> None:
    now, before = [10] * 14, [12] * 14
    z = (sum(now) - sum(before)) / (sum(now) + sum(before)) ** 0.5
    assert change.count_p(now, before) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-9)


def test_days_that_vary_more_make_a_difference_less_sure() -> None:
    even, uneven = [20] * 10, [5, 35] * 5
    assert change.dispersion(even) == 1
    assert (change.count_p(uneven, [26] * 10) or 0) > 5 * (change.count_p(even, [26] * 10) or 0)


@pytest.mark.parametrize(
    "p", [change.share_p(Share(0, 0), Share(1, 2)), change.count_p([], [1]), change.count_p([0], [0])]
)
def test_of_nothing_nothing_is_said(p: float | None) -> None:
    assert p is None


def test_no_spread_is_no_difference() -> None:
    assert change.share_p(Share(5, 5), Share(9, 9)) == 1.0


def test_looked_at_together_chance_shows_in_few_of_many_pages() -> None:
    drawn = random.Random(11)
    pages = [{str(n): drawn.random() for n in range(12)} for _ in range(2_000)]
    wrong = sum(bool(change.beyond_chance(page)) for page in pages) / len(pages)
    assert wrong == pytest.approx(0.05, abs=0.015)
    assert change.beyond_chance({"a": 0.001, "b": 0.03, "c": None, "d": 0.2}) == {"a"}


def test_where_nothing_changed_counts_seldom_say_so() -> None:
    drawn = random.Random(23)
    chances = [change.count_p(*([drawn.gauss(40, 12) // 1 for _ in range(30)] for _ in range(2))) for _ in range(1_000)]
    assert sum(p is not None and p < 0.05 for p in chances) / len(chances) <= 0.065
