"""Seconds per decision: what is counted, and what is left out and said."""

import pytest

from app.domain.decision_times import EDGES, PAUSE, decision_times


def test_a_pause_and_what_nobody_measured_are_left_out_and_counted() -> None:
    found = decision_times([(3.9, 2), (600.0, 1), (600.1, 4), (None, 5)])
    assert (found.n, found.pauses, found.unseen, found.left_out) == (3, 4, 5, 9)


@pytest.mark.parametrize(
    ("seconds", "end"), [(0.0, 2), (1.9, 2), (2.0, 4), (14.9, 15), (59.0, 60), (300.0, PAUSE), (600.0, PAUSE)]
)
def test_a_decision_stands_in_one_bin(seconds: float, end: int) -> None:
    bins = decision_times([(seconds, 1)]).bins()
    assert [edge for edge, count in zip(EDGES, bins, strict=True) if count] == [end]


def test_quantiles() -> None:
    found = decision_times([(float(n), 1) for n in range(1, 11)])
    assert (found.quantile(0.5), found.quantile(0.9)) == (5, 9)
    assert decision_times([]).quantile(0.5) is None
