"""The reliability diagram's bins and the one figure made of them."""

import random

import pytest

from learning.reliability import Judged, ece, equal_mass, equal_width


@pytest.mark.parametrize(
    ("confidence", "low"),
    [(0.0, 0.0), (0.05, 0.0), (0.1, 0.0), (0.1001, 0.1), (0.3, 0.2), (0.7, 0.6), (0.95, 0.9), (1.0, 0.9)],
)
def test_a_bin_holds_its_upper_end(confidence: float, low: float) -> None:
    (found,) = equal_width([(confidence, True)])
    assert (found.low, found.high) == pytest.approx((low, low + 0.1))


@pytest.mark.parametrize(
    ("judged", "expected"),
    [
        ([], None),
        ([(1.0, True)] * 4, 0.0),
        ([(1.0, False)] * 4, 1.0),
        ([(0.75, True)] * 3 + [(0.75, False)], 0.0),
        # Two bins: 0.9 promised and half kept (n = 2), 0.3 promised and all kept (n = 1).
        ([(0.9, True), (0.9, False), (0.3, True)], (2 * 0.4 + 1 * 0.7) / 3),
    ],
)
def test_calibration_error(judged: list[Judged], expected: float | None) -> None:
    assert ece(equal_width(judged)) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 105])
def test_equal_mass_holds_everything_once(size: int) -> None:
    judged = [(n / 200, n % 3 == 0) for n in range(size)]
    bins = equal_mass(reversed(judged))
    assert sum(b.n for b in bins) == size
    assert sum(b.right for b in bins) == sum(right for _, right in judged)
    assert all(b.n for b in bins)
    assert max((b.n for b in bins), default=0) - min((b.n for b in bins), default=0) <= 1
    assert [b.low for b in bins] == sorted(b.low for b in bins)


def test_one_odd_suggestion_is_seen_by_equal_width_only() -> None:
    judged = [(0.95, True)] * 99 + [(0.05, True)]
    assert [(b.n, b.right) for b in equal_width(judged)] == [(1, 1), (99, 99)]
    assert {b.n for b in equal_mass(judged)} == {10}


def test_an_honest_confidence_has_next_to_no_error() -> None:
    draw = random.Random(11)
    honest = [(c, draw.random() < c) for c in (draw.random() for _ in range(20_000))]
    boastful = [(c, draw.random() < c * c) for c in (draw.random() for _ in range(20_000))]
    for bins in (equal_width, equal_mass):
        assert (ece(bins(honest)) or 0) < 0.02
        assert (ece(bins(boastful)) or 0) > 0.12


def test_a_share_has_its_interval() -> None:
    (found,) = equal_width([(0.8, True)] * 8 + [(0.8, False)] * 2)
    low, high = found.interval
    assert found.share == 0.8
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert found.gap == pytest.approx(0.0)
