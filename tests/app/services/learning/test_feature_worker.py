"""Features made ahead in a child are those made here, in order, and the child is gone afterwards."""

import multiprocessing
from itertools import islice

import numpy as np
import pytest

from app.services.learning import feature_worker
from learning.example import Example
from learning.features import prepare


def mails(count: int) -> list[Example]:
    return [
        Example(str(n), f"Emne {n}", f"Træ nummer {n} er væltet i parken", "post@town.example.org")
        for n in range(count)
    ]


@pytest.mark.parametrize("count", [3, feature_worker.MANY + 50])
def test_the_features_are_the_same_and_in_order(count: int) -> None:
    before = multiprocessing.active_children()
    found = list(feature_worker.prepare_ahead(iter(mails(count)), count))
    assert [each.id for each in found] == [str(n) for n in range(count)]
    for here, there in zip(map(prepare, mails(count)), found, strict=True):
        assert here.words == there.words
        assert np.array_equal(here.indices, there.indices)
        assert np.array_equal(here.counts, there.counts)
    assert set(multiprocessing.active_children()) <= set(before)


def test_no_child_outlives_one_who_stops_half_way() -> None:
    before = multiprocessing.active_children()
    coming = feature_worker.prepare_ahead(iter(mails(feature_worker.MANY)), feature_worker.MANY)
    assert len(list(islice(coming, 10))) == 10
    coming.close()  # type: ignore[attr-defined]
    assert set(multiprocessing.active_children()) <= set(before)
