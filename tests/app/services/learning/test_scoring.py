"""Passes over the open enquiries: cut short by a new lesson, never begun anew, exact in the end."""

from app.services.learning.scoring import Scoring


def run(scoring: Scoring, slices: int, changed: tuple[int, ...] = ()) -> list[int]:
    done: list[int] = []
    for _ in range(slices):
        ids = scoring.next(2)
        scoring.scored(ids, [n for n in ids if n in changed])
        done += ids
    return done


def test_a_pass_scores_everything_once_the_most_pressing_first() -> None:
    scoring = Scoring(first=2)
    assert not scoring.due
    scoring.lesson([7])
    scoring.open([5, 3, 4, 1])
    assert run(scoring, 3, changed=(4,)) == [5, 3, 4, 1]
    assert scoring.next(2) == []
    assert scoring.finish() == [(7, [4])]
    assert not scoring.due


def test_a_cut_pass_goes_on_with_what_has_waited_longest() -> None:
    scoring = Scoring(first=2)
    scoring.lesson([7])
    scoring.open([1, 2, 3, 4, 5, 6])
    run(scoring, 2, changed=(3,))
    scoring.lesson([8])
    scoring.open([1, 2, 3, 4, 5, 6])
    assert run(scoring, 3, changed=(6,)) == [1, 2, 5, 6, 3, 4]
    assert scoring.finish() == [(7, [3, 6]), (8, [6])]


def test_what_is_decided_meanwhile_is_left_out() -> None:
    scoring = Scoring(first=2)
    scoring.lesson([7])
    scoring.open([1, 2, 3])
    run(scoring, 1)
    scoring.lesson([])
    scoring.open([2])
    assert run(scoring, 1) == [2]
    assert scoring.finish() == [(7, [])]


def test_without_open_enquiries_the_lesson_has_its_receipt() -> None:
    scoring = Scoring(first=2)
    scoring.lesson([7])
    scoring.open([])
    assert scoring.finish() == [(7, [])]
    assert not scoring.due
