"""The confidence limit, against the rule written out slowly."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.budget import confidence_limit, most_automatic, precision_curve


def slow_curve(evidence):
    """For each distinct confidence, falling: how many suggestions reach it, and how many of those were right."""
    for confidence in sorted({c for c, _ in evidence}, reverse=True):
        reached = [right for c, right in evidence if c >= confidence]
        yield confidence, len(reached), sum(reached)


evidences = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.9, 1.0]), st.booleans()), max_size=60)


@given(evidences)
def test_curve_is_the_slow_one(evidence):
    assert [tuple(row) for row in zip(*precision_curve(evidence), strict=True)] == list(slow_curve(evidence))


@given(evidences, st.sampled_from([0.0, 0.05, 0.3, 1.0]), st.integers(1, 20))
def test_limit_is_the_lowest_that_holds(evidence, max_error, least):
    holds = [c for c, n, right in slow_curve(evidence) if n >= least and right / n >= 1 - max_error]
    assert confidence_limit(evidence, max_error, least) == (holds[-1] if holds else None)
    hindsight = max((n for _, n, right in slow_curve(evidence) if right / n >= 1 - max_error), default=0)
    assert most_automatic(evidence, max_error) == hindsight


@pytest.mark.parametrize(
    ("evidence", "limit"),
    [
        ([], None),
        ([(0.9, True)] * 49, None),
        ([(0.9, True)] * 50, 0.9),
        ([(0.9, True)] * 95 + [(0.8, False)] * 5, 0.8),
        ([(0.9, True)] * 95 + [(0.8, False)] * 6, 0.9),
        ([(0.9, False)] * 100, None),
    ],
)
def test_limit(evidence, limit):
    assert confidence_limit(evidence, max_error=0.05) == limit


def test_order_of_evidence_does_not_matter():
    evidence = [(math.sin(n) ** 2, n % 7 > 0) for n in range(300)]
    assert confidence_limit(evidence, 0.15) == confidence_limit(evidence[::-1], 0.15) is not None
