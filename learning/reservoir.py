"""The earlier lessons that replay revisits: a bounded sample, chosen by the labels' ids alone.

A lesson stays while the hash of its label's id is among the `capacity` smallest seen (bottom-k sampling: a uniform
sample of the past). Which of them a new label revisits follows from its own id. Neither depends on a clock, on a random
state or on labels that were withdrawn, so that folding the log without a label gives the state that never saw it.
"""

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """One learned mail: rows of the weight matrix int32 [n], damped term frequencies float32 [n], the unit's column."""

    rows: NDArray[np.int32]
    values: NDArray[np.float32]
    column: int


class Reservoir:
    """At most `capacity` lessons. `entries` is (label id, lesson) by slot and fully determines the state."""

    def __init__(self, capacity: int, entries: list[tuple[str, Lesson]] | None = None) -> None:
        self.capacity = capacity
        self.entries = list(entries or [])
        self._worst = [(-_priority(key), slot) for slot, (key, _) in enumerate(self.entries)]
        heapq.heapify(self._worst)

    def offer(self, key: str, lesson: Lesson) -> None:
        """Take the lesson in if its id belongs to the sample; the one it displaces is gone."""
        if len(self.entries) < self.capacity:
            heapq.heappush(self._worst, (-_priority(key), len(self.entries)))
            self.entries.append((key, lesson))
        elif self._worst and _priority(key) < -self._worst[0][0]:
            slot = self._worst[0][1]
            heapq.heapreplace(self._worst, (-_priority(key), slot))
            self.entries[slot] = (key, lesson)

    def picks(self, key: str, count: int) -> Iterator[Lesson]:
        """`count` lessons to revisit with this label (with repetition), fewer where fewer are there."""
        count = min(count, len(self.entries))
        drawn = np.frombuffer(hashlib.shake_128(key.encode("utf-8", "replace")).digest(4 * count), "<u4")
        for slot in (drawn % max(1, len(self.entries))).tolist():
            yield self.entries[slot][1]


def _priority(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big")
