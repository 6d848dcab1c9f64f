"""What is counted from the outcomes of a rehearsal, and which labels come back."""

import pytest

from learning.feedback import RECENT, Answer, Full, Partial
from learning.outcome import Outcome, UnitFigures, accuracy, by_unit, learning_curve, out_of_scope_counts


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
    answer = Full().answer(confident=True, right=False, unit="a")
    assert answer == Answer(automatic=True, known=True, weight=1.0)


def test_partial_feedback_never_learns_from_the_robots_own_routes():
    coins = Partial(0.1, 0.5, seed=3, first=0.1)
    right = [coins.answer(confident=True, right=True, unit="a") for _ in range(2000)]
    wrong = [coins.answer(confident=True, right=False, unit="a") for _ in range(2000)]
    unsure = [coins.answer(confident=False, right=True, unit="a") for _ in range(20)]
    assert all(answer.known != answer.automatic for answer in right)
    checked = [answer for answer in right if answer.known]
    assert 150 < len(checked) < 250
    assert {answer.weight for answer in checked} == {10.0}
    returned = [answer for answer in wrong if answer.automatic and answer.known]
    assert 800 < len(returned) < 1000
    assert {answer.weight for answer in returned} == {0.0}
    assert set(unsure) == {Answer(automatic=False, known=True, weight=1.0)}


def test_partial_feedback_checks_as_often_as_the_house_does():
    """Many at first, the floor when enough are known, and more again for a unit that comes anew or was long unseen."""
    coins = Partial(0.05, seed=3)
    first, later = ([coins.answer(confident=True, right=True, unit="a").weight for _ in range(n)] for n in (500, 600))
    assert min(weight for weight in first if weight) == pytest.approx(1 / 0.3)
    assert 45 <= sum(weight > 0 for weight in first) <= 100
    assert {weight for weight in later if weight} == {20.0}
    fresh = [coins.answer(confident=True, right=True, unit="b").weight for _ in range(50)]
    assert next(weight for weight in fresh if weight) == pytest.approx(1 / 0.15)
    for _ in range(RECENT):
        coins.answer(confident=False, right=True, unit="a")
    again = [coins.answer(confident=True, right=True, unit="a").weight for _ in range(50)]
    assert next(weight for weight in again if weight) == pytest.approx(1 / 0.3)


def test_strangers_belong_to_no_unit():
    """They count in no accuracy and are no unit's mails; what was routed to a unit all the same is its error."""
    outcomes = [outcome(0, "a", "a", True), outcome(1, None, "a", True), outcome(2, None, None), outcome(3, "a", "b")]
    assert out_of_scope_counts(outcomes) == (2, 1)
    assert [each.right for each in outcomes] == [True, False, False, False]
    assert accuracy(outcomes) == 0.5
    assert by_unit(outcomes)["a"] == UnitFigures(2, 0.5, 0.5, 0.5, 0.5)
    assert None not in by_unit(outcomes)


def test_coins_are_the_seeds():
    first, second = (Partial(0.3, seed=5) for _ in range(2))
    assert [first.answer(confident=True, right=False, unit="a") for _ in range(50)] == [
        second.answer(confident=n >= 0, right=False, unit="a") for n in range(50)
    ]
