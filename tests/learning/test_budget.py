"""The confidence limit: the rule written out slowly, what it takes to prove one, and that it keeps what it promises."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.baselines import naive_limit
from learning.budget import (
    ALONE,
    DELTA,
    FEWEST,
    STAKES,
    STARTS,
    WINDOW,
    KnownOutcome,
    confidence_limit,
    limits_of_units,
    most_automatic,
    precision_curve,
)

CONFIDENCES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.5000001, 0.9, 1.0])


def slow_curve(evidence):
    """For each distinct confidence, falling: how many suggestions reach it, and how many of those were right."""
    for confidence in sorted({c for c, _ in evidence}, reverse=True):
        reached = [right for c, right in evidence if c >= confidence]
        yield confidence, len(reached), sum(reached)


def slow_limit(evidence, max_error):
    """One candidate after the other, one bet after the other."""
    known = [k for k in evidence if k.weight > 0][-WINDOW:]
    falling = sorted((k.confidence for k in known), reverse=True)
    limit, chance = None, 0.0
    for step in range(1, 51):
        candidate = falling[max(0, round(step * 0.02 * len(known)) - 1)]
        begins = [max(share, FEWEST / max_error / len(known)) for share, _ in STARTS]
        chance += sum(DELTA * part for at, (_, part) in zip(begins, STARTS, strict=True) if step - 1 < at * 50 <= step)
        if chance and slow_money(known, candidate, max_error) >= 1 / chance:
            limit = candidate
        else:
            chance = 0.0
    return limit


def slow_money(known, candidate, max_error):
    accounts = []
    for stake in STAKES:
        money, heaviest = 1.0, 0.0
        for each in known:
            heaviest = max(heaviest, each.weight)
            if each.confidence >= candidate:
                money *= 1 + stake * each.weight / heaviest * (max_error - (not each.right)) / (1 - max_error)
        accounts.append(money)
    return sum(accounts) / len(accounts)


evidences = st.lists(st.tuples(CONFIDENCES, st.booleans()), max_size=60)
weighted = st.lists(
    st.builds(
        KnownOutcome, CONFIDENCES, st.sampled_from([True, True, True, False]), st.sampled_from([0.0, 1.0, 1.0, 3.5])
    ),
    min_size=1,
    max_size=120,
).filter(lambda evidence: any(known.weight for known in evidence))


@given(evidences)
def test_curve_is_the_slow_one(evidence):
    assert [tuple(row) for row in zip(*precision_curve(evidence), strict=True)] == list(slow_curve(evidence))


@given(evidences, st.sampled_from([0.0, 0.05, 0.3, 1.0]), st.integers(1, 20))
def test_the_naive_limit_is_the_lowest_that_held(evidence, max_error, least):
    holds = [c for c, n, right in slow_curve(evidence) if n >= least and right / n >= 1 - max_error]
    assert naive_limit(evidence, max_error, least) == (holds[-1] if holds else None)
    hindsight = max((n for _, n, right in slow_curve(evidence) if right / n >= 1 - max_error), default=0)
    assert most_automatic(evidence, max_error) == hindsight


@given(weighted, st.sampled_from([0.1, 0.3, 0.6]))
def test_limit_is_the_slow_one(evidence, max_error):
    assert confidence_limit(evidence, max_error) == slow_limit(evidence, max_error)


def clean(count, confidence=0.9, **more):
    return [KnownOutcome(confidence, True, **more)] * count


@pytest.mark.parametrize(
    ("evidence", "limit"),
    [
        ([], None),
        (clean(20, weight=0.0), None),
        (clean(86), None),
        (clean(119), None),
        (clean(120), 0.9),  # an exact look at a single moment would have been content with 59
        (clean(400) + [KnownOutcome(0.8, False)] * 40, 0.9),
        (clean(400) + [KnownOutcome(0.8, n > 0) for n in range(40)], 0.8),
        ([KnownOutcome(0.9, n % 20 > 0) for n in range(2000)], None),  # 5 % exactly: nothing is proven
        ([KnownOutcome(0.9, n % 33 > 0) for n in range(1000)], 0.9),
        ([KnownOutcome(0.9, False)] * 500 + clean(WINDOW), 0.9),  # what is past is past
        (clean(WINDOW) + [KnownOutcome(0.9, n % 5 > 0) for n in range(1500)], None),
    ],
)
def test_limit(evidence, limit):
    assert confidence_limit(evidence, max_error=0.05) == limit


def test_where_only_the_best_tenth_is_good_it_is_found():
    dice = random.Random(1)
    evidence = [
        KnownOutcome(c, dice.random() < (0.995 if c > 0.85 else 0.5)) for c in (dice.random() for _ in range(2500))
    ]
    assert confidence_limit(evidence, 0.05) == pytest.approx(0.86, abs=0.02)


def test_only_the_order_of_confidences_counts():
    dice = random.Random(2)
    evidence = [KnownOutcome(c, dice.random() < c) for c in (1 - dice.random() ** 3 / 2 for _ in range(2000))]
    limit = confidence_limit(evidence, 0.05)
    assert limit is not None
    squeezed = [known._replace(confidence=known.confidence**9) for known in evidence]
    assert confidence_limit(squeezed, 0.05) == pytest.approx(limit**9)


def looks(seed, *, error, checked, budget):
    """Whether any of 40 looks at a stream that errs a little more often than it may finds a limit all the same.

    Above 0.3, where mails could go by themselves, only the checked are known, and each stands for 1 / checked.
    """
    dice, evidence = random.Random(seed), []
    for n in range(2000):
        confidence, right = dice.random(), dice.random() >= error
        known, weight = (dice.random() < checked, 1 / checked) if confidence > 0.3 else (True, 1.0)
        if known:
            evidence.append(KnownOutcome(confidence, right, weight))
        if n % 50 == 49 and confidence_limit(evidence, budget) is not None:
            return True
    return False


@pytest.mark.parametrize(("checked", "budget"), [(1.0, 0.05), (1.0, 0.1), (0.1, 0.05)])
def test_no_look_of_many_promises_too_much(checked, budget):
    runs = 150
    broken = sum(looks(seed, error=budget + 0.001, checked=checked, budget=budget) for seed in range(runs))
    assert broken <= runs * DELTA + 2 * math.sqrt(runs * DELTA * (1 - DELTA))


def test_a_unit_with_a_budget_of_its_own_stands_on_its_own_evidence_as_soon_as_it_can():
    others, bad = clean(1000, 0.9, unit="a"), [KnownOutcome(0.9, False, 1.0, "b"), *clean(9, 0.95, unit="b")]
    few, many = others + bad * 19, others + bad * (ALONE // 10)
    assert limits_of_units(few, {"b": 0.04}, 0.05)["b"] is not None
    assert limits_of_units(many, {"b": 0.04}, 0.05) == {"b": 0.95}
    assert limits_of_units(many, {"b": 0.5}, 0.05) == {"b": 0.95}  # it may be stricter than all, not laxer
    assert limits_of_units(clean(2000, 0.8, unit="a"), {"b": 0.01}, 0.05) == {"b": 0.8}
