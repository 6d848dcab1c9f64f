"""The coin, how often it says "look", and what the looks say about the rest."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc, betaincinv
from scipy.stats import binomtest

from learning.interval import beta_below, beta_quantile
from learning.sampling import (
    FIRST,
    FLOOR,
    Check,
    checks_missing,
    coin,
    exact,
    highest_error,
    precision,
    probability,
)
from tests.simulated_checks import simulated


def test_the_coin_is_fair_and_depends_on_seed_and_enquiry() -> None:
    tosses = [coin("a seed", n) for n in range(20_000)]
    assert all(0 <= toss < 1 for toss in tosses)
    for share in (0.03, 0.05, 0.3, 0.9):
        low, high = exact(sum(toss < share for toss in tosses), len(tosses), 0.999)
        assert low <= share <= high
    assert len({*tosses, *(coin("another", n) for n in range(20_000))}) == 40_000


def test_the_coin_is_the_same_in_every_process() -> None:
    code = "from learning.sampling import coin; print(coin('a seed', 7))"
    seen = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert seen == {f"{coin('a seed', 7)}\n".encode()}


@pytest.mark.parametrize(
    ("unit", "everywhere", "expected"),
    [
        (0, 0, FIRST),
        (0, 500, FIRST / 2),
        (10, 500, FIRST / 4),
        (20, 500, FLOOR),
        (500, 500, FLOOR),
        (20, 30, FIRST / 2),
        (0, 6, 0.9 * FIRST),
    ],
)
def test_more_checks_where_little_is_known_and_never_fewer_than_the_floor(
    unit: int, everywhere: int, expected: float
) -> None:
    assert probability(unit, everywhere) == pytest.approx(expected)


def test_a_check_stands_for_the_mails_it_was_drawn_from() -> None:
    checks = [Check(True, 0.5)] * 8 + [Check(False, 0.05)]
    assert precision(checks).share == pytest.approx(16 / 36)
    even = precision([Check(n > 0, 0.1) for n in range(60)])
    exactly = binomtest(59, 60).proportion_ci(method="exact")
    assert (even.low, even.high) == pytest.approx((exactly.low, exactly.high))
    nothing = precision([])
    assert (nothing.share, nothing.low, nothing.high, nothing.n) == (None, 0.0, 1.0, 0)


@pytest.mark.parametrize(
    ("wrong", "n", "max_error", "missing"),
    [(0, 0, 0.05, 59), (0, 0, 0.02, 149), (0, 0, 0.01, 299), (1, 1, 0.01, 472), (0, 47, 0.05, 12), (0, 59, 0.05, 0)],
)
def test_how_many_more_clean_checks(wrong: int, n: int, max_error: float, missing: int) -> None:
    assert checks_missing(wrong, n, max_error) == missing
    assert highest_error(wrong, n + missing) <= max_error
    assert missing == 0 or highest_error(wrong, n + missing - 1) > max_error


def test_the_interval_covers_the_truth() -> None:
    """A slice of what `make verify` does with 1,000 runs."""
    runs = [simulated(seed) for seed in range(200)]
    assert sum(run.covered for run in runs) >= 0.93 * len(runs)


@given(st.floats(0.1, 20_000), st.floats(0.1, 20_000), st.floats(0.001, 0.999))
def test_bounds_without_a_numerical_library_are_those_of_one(a: float, b: float, chance: float) -> None:
    """What serves pages loads none; the bounds on its pages are the same to nine digits."""
    theirs = float(betaincinv(a, b, chance))
    if 1e-200 < theirs < 1:
        assert beta_quantile(chance, a, b) == pytest.approx(theirs, rel=1e-9)
    assert beta_below(chance, a, b) == pytest.approx(float(betainc(a, b, chance)), rel=1e-8, abs=1e-12)
