"""What is counted from the outcomes of a rehearsal, and which labels come back."""

import pytest

from learning.feedback import Answer, Full, Partial
from learning.outcome import Outcome, UnitFigures, by_unit, learning_curve


def outcome(n, unit, suggested, automatic=False):
    return Outcome(str(n), unit, suggested, 0.5, True, automatic, True, labels=n)


def test_units_and_their_shares():
    figures = by_unit(
        [outcome(0, "a", "a", True), outcome(1, "a", "b", True), outcome(2, "b", "b", True), outcome(3, "c", None)]
    )
    assert figures == {
        "a": UnitFigures(2, 1.0, 0.5, 1.0, 1.0),
        "b": UnitFigures(1, 0.5, 1.0, 1.0, 0.5),
        "c": UnitFigures(1, None, 0.0, 0.0, None),
    }


@pytest.mark.parametrize(("count", "points", "first"), [(0, 0, 0), (10, 1, 10), (200, 20, 10), (205, 11, 20)])
def test_curve_has_stretches_of_equal_length(count, points, first):
    curve = learning_curve([outcome(n, "a", "a" if n >= 10 else "b") for n in range(count)])
    assert len(curve) == points
    assert sum(point.mails for point in curve) == count
    assert not curve or (curve[0].mails == first and curve[-1].labels == count - 1)


def test_full_feedback_tells_everything():
    assert Full().answer(confident=True, right=False) == Answer(automatic=True, known=True, weight=1)


def test_partial_feedback_never_learns_from_the_robots_own_routes():
    coins = Partial(0.1, 0.5, seed=3)
    right = [coins.answer(confident=True, right=True) for _ in range(2000)]
    wrong = [coins.answer(confident=True, right=False) for _ in range(2000)]
    unsure = [coins.answer(confident=False, right=True) for _ in range(20)]
    assert all(answer.known != answer.automatic for answer in right)
    checked = [answer for answer in right if answer.known]
    assert 150 < len(checked) < 250
    assert {answer.weight for answer in checked} == {10}
    returned = [answer for answer in wrong if answer.automatic and answer.known]
    assert 800 < len(returned) < 1000
    assert {answer.weight for answer in returned} == {0}
    assert set(unsure) == {Answer(automatic=False, known=True, weight=1)}


def test_coins_are_the_seeds():
    first, second = (Partial(0.3, seed=5) for _ in range(2))
    assert [first.answer(confident=True, right=False) for _ in range(50)] == [
        second.answer(confident=n >= 0, right=False) for n in range(50)
    ]
