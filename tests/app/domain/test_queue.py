"""The order of the queue, and whose lane a mail lies in."""

from collections import Counter
from datetime import date, timedelta

import pytest

from app.domain import queue
from app.domain.deadline_status import Today

TODAY = Today(date(2026, 11, 23))  # a Monday


def place(days: int, doubt: float, enquiry_id: int = 1) -> tuple[float, ...]:
    return queue.sort_key(TODAY.day + timedelta(days=days), doubt, enquiry_id, TODAY)


@pytest.mark.parametrize(("first", "second", "why"), [
    (place(-3, 0.0), place(-1, 1.0), "of what is overdue, the oldest"),
    (place(0, 0.0), place(1, 1.0), "due today before anything due later, however sure"),
    (place(-1, 0.0), place(0, 1.0), "overdue before due today"),
    (place(0, 0.9), place(0, 0.1), "on the same day what teaches more"),
    (place(2, 0.0), place(3, 1.0), "of what is urgent, the earlier day, however sure"),
    (place(3, 0.0), place(4, 1.0), "three working days before four"),
    (place(3, 0.0), place(90, 1.0), "and before anything farther away"),
    (place(9, 0.9), place(4, 0.1), "of what is left, what teaches more"),
    (place(4, 0.5), place(9, 0.5), "the same doubt: the earlier day"),
    (place(30, 0.5, 7), place(30, 0.5, 8), "the same: the one that came first"),
])  # fmt: skip
def test_what_comes_first(first: tuple[float, ...], second: tuple[float, ...], why: str) -> None:
    assert first < second, why


def test_a_blind_mails_place_does_not_tell_its_confidence() -> None:
    assert queue.uncertainty(0.01, 7, hidden=True) == queue.uncertainty(0.99, 7, hidden=True)
    drawn = [queue.uncertainty(0.9, n, hidden=True) for n in range(1, 2001)]
    assert 0.3 < sum(drawn) / len(drawn) < 0.4
    assert max(Counter(round(value, 2) for value in drawn).values()) < 100


def test_what_the_model_does_not_know_teaches_most() -> None:
    assert queue.uncertainty(None, 1, hidden=False) == 1.0
    assert queue.uncertainty(0.75, 1, hidden=False) == 0.25


@pytest.mark.parametrize("people", [[4, 9], [1, 2, 3], [3, 14, 15, 92, 65]])
def test_lanes_are_fair_and_who_leaves_moves_only_their_own(people: list[int]) -> None:
    ids = range(1, 3001)
    lanes = {n: queue.share_owner(n, people) for n in ids}
    for count in Counter(lanes.values()).values():
        assert abs(count / 3000 - 1 / len(people)) < 0.05
    without = people[1:]
    assert all(queue.share_owner(n, without) == lanes[n] for n in ids if lanes[n] != people[0])


def test_nobody_at_work_nobodys_lane() -> None:
    assert queue.share_owner(1, []) is None
