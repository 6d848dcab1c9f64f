"""What replay remembers: a bounded sample that depends on ids alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learning.reservoir import ReplaySample, Reservoir
from learning.rows import Mail


def lesson(column):
    return ReplaySample(Mail(np.zeros(1, np.int32), np.ones(1, np.float32), 1, 1, 1), column)


def filled(keys, capacity):
    reservoir = Reservoir(capacity)
    for n, key in enumerate(keys):
        reservoir.offer(key, lesson(n))
    return reservoir


keys = st.lists(st.text(max_size=5), unique=True, max_size=40)


@given(keys, st.integers(1, 10), st.randoms())
def test_members_depend_on_ids_not_on_order(ids, capacity, random):
    shuffled = list(ids)
    random.shuffle(shuffled)
    first, second = filled(ids, capacity), filled(shuffled, capacity)
    assert {key for key, _ in first.entries} == {key for key, _ in second.entries}
    assert len(first.entries) == min(capacity, len(ids))


@given(keys, st.integers(1, 10))
def test_members_of_fewer_labels_contain_what_survives(ids, capacity):
    """Withdrawing a label never drives another one out."""
    if ids:
        whole, without = filled(ids, capacity), filled(ids[1:], capacity)
        assert {k for k, _ in whole.entries} - {ids[0]} <= {k for k, _ in without.entries}


def test_sample_is_uniform():
    """Every tenth of a long log has its share in the sample: 100 of 1,000, give or take five standard deviations."""
    entries = filled([str(n) for n in range(10_000)], 1000).entries
    shares = np.bincount([kept.column // 1000 for _, kept in entries], minlength=10)
    assert shares.sum() == 1000
    assert np.all(np.abs(shares - 100) < 50)


def test_picks_follow_from_the_id():
    reservoir = filled([str(n) for n in range(50)], 30)
    picked = [one.column for one in reservoir.picks("a", 10)]
    assert picked == [one.column for one in reservoir.picks("a", 10)]
    assert len(picked) == 10
    assert picked != [one.column for one in reservoir.picks("b", 10)]


def test_picks_reach_everything():
    reservoir = filled([str(n) for n in range(30)], 30)
    assert {one.column for n in range(100) for one in reservoir.picks(str(n), 10)} == set(range(30))


def test_picks_from_little_and_nothing():
    assert list(Reservoir(5).picks("a", 10)) == []
    assert len(list(filled(["x", "y"], 5).picks("a", 10))) == 2
    assert list(filled(["x", "y"], 0).picks("a", 10)) == []


def test_restored_from_its_entries_it_goes_on_alike():
    ids = [str(n) for n in range(60)]
    whole, half = filled(ids, 10), filled(ids[:40], 10)
    restored = Reservoir(10, half.entries)
    for n, key in enumerate(ids[40:], 40):
        restored.offer(key, lesson(n))
    assert [(k, x.column) for k, x in restored.entries] == [(k, x.column) for k, x in whole.entries]
