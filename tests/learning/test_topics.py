"""The arithmetic of words and topics, beside scipy's, and on years in which nothing changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from learning import topics
from learning.topics import Mails
from tests.simulated_topics import invented, rates

NONE = np.zeros(0, np.int64)


@pytest.mark.parametrize(
    ("now", "of_now", "before", "of_before"), [(20, 80, 2, 90), (5, 30, 5, 40), (0, 300, 9, 250), (7, 7, 0, 9)]
)
def test_a_change_is_as_likely_as_scipy_says(now: int, of_now: int, before: int, of_before: int) -> None:
    table = [[now, of_now - now], [before, of_before - before]]
    tails = [stats.fisher_exact(table, side).pvalue for side in ("less", "greater")]
    (mine,) = topics.change_p(*(np.array([n]) for n in (now, of_now, before, of_before)))
    assert mine == pytest.approx(min(1.0, 2 * min(tails)))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=60))
def test_discoveries_are_those_of_scipy(chances: list[float]) -> None:
    mine = topics.discoveries(np.array(chances))
    theirs = stats.false_discovery_control(chances) <= topics.RATE if chances else np.zeros(0, bool)
    close = np.isclose(stats.false_discovery_control(chances), topics.RATE) if chances else theirs
    assert ((mine == theirs) | close).all()


def test_on_years_in_which_nothing_changed_hardly_any_list_has_a_word() -> None:
    """A slice; `make verify` has a thousand years of others' words."""
    found = rates(invented(1_200, 5), years=40, seed=3, every=2, often=0.1)
    assert found.house <= 0.15
    assert found.units <= 0.15
    assert found.planted <= 0.08
    assert found.power >= 0.6


def test_voices_count_once_and_alike_letters_once() -> None:
    words = (np.array([0, 1, 2, 3, 4]), np.array([7, 7, 7, 7, 8]))
    mails = Mails(np.arange(5), np.array([1, 1, 2, 3, 4]), np.array([10, 11, 12, 12, 13]), words, NONE, (NONE, NONE))
    house = np.zeros(5, np.int64)
    counted = topics.first_of_texts(mails)
    assert topics.voices_of(house, mails.voices, counted) == {0: 3}
    groups, found, counts = topics.by_group(house, mails.voices, counted, mails.words)
    assert list(zip(groups.tolist(), found.tolist(), counts.tolist(), strict=True)) == [(0, 7, 2), (0, 8, 1)]


def told(seed: int, words: range, count: int) -> list[list[int]]:
    chance = np.random.default_rng(seed)
    return [sorted(chance.choice(list(words), 6, replace=False).tolist()) for _ in range(count)]


def pairs(mails: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    at = np.repeat(np.arange(len(mails)), [len(each) for each in mails])
    return at.astype(np.int64), np.array([word for each in mails for word in each], np.int64)


def test_topics_are_found_again_and_told_apart() -> None:
    mails = [*told(1, range(0, 12), 60), *told(2, range(100, 112), 60), *told(3, range(200, 212), 60)]
    found = topics.find(len(mails), pairs(mails), fewest=5)
    again = topics.find(len(mails), pairs(mails), fewest=5)
    assert (found.words == again.words).all()
    assert (found.weights == again.weights).all()
    of = found.of(len(mails), pairs(mails))
    assert all(len(set(of[start : start + 60].tolist()) - {-1}) == 1 for start in (0, 60, 120))
    assert len(set(of.tolist()) - {-1}) == 3
    assert found.of(1, pairs([[9_999]])).tolist() == [-1]


def test_a_topic_is_known_again_by_its_words() -> None:
    old = [{1: 0.8, 2: 0.6}, {5: 1.0}]
    assert topics.matched(old, [{5: 0.9, 6: 0.43}, {7: 1.0}, {1: 0.6, 2: 0.8}]) == [1, None, 0]
    assert topics.matched([], [{1: 1.0}]) == [None]


def test_few_mails_have_no_topics() -> None:
    found = topics.find(3, pairs([[1], [2], [3]]), fewest=5)
    assert len(found.weights) == 0
    assert found.of(1, pairs([[1]])).tolist() == [-1]
