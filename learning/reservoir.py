"""The bounded sample of labels that replay revisits. Chosen by the labels' ids alone.

A lesson stays while the hash of its label's id is among the `capacity` smallest seen (bottom-k sampling: a uniform
sample of the past). Which of them a new label revisits follows from its own id. Neither depends on a clock, on a random
state or on labels that were withdrawn, so that folding the log without a label gives the state that never saw it.
"""

import hashlib
import heapq
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.rows import Mail


class ReplaySample(NamedTuple):
    """One learned mail and its unit's column."""

    mail: Mail
    column: int


class Reservoir:
    """A sample of at most `capacity` lessons.

    `entries` is (label id, lesson) by slot and fully determines the state.
    """

    def __init__(self, capacity: int, entries: list[tuple[str, ReplaySample]] | None = None) -> None:
        self.capacity = capacity
        self.entries = list(entries or [])
        self._worst = [(-_priority(key), slot) for slot, (key, _) in enumerate(self.entries)]
        heapq.heapify(self._worst)

    def offer(self, key: str, lesson: ReplaySample) -> None:
        """Offer a lesson to the sample. Taken in if its id belongs there; the one it displaces is gone."""
        if len(self.entries) < self.capacity:
            heapq.heappush(self._worst, (-_priority(key), len(self.entries)))
            self.entries.append((key, lesson))
        elif self._worst and _priority(key) < -self._worst[0][0]:
            slot = self._worst[0][1]
            heapq.heapreplace(self._worst, (-_priority(key), slot))
            self.entries[slot] = (key, lesson)

    def picks(self, key: str, count: int) -> Iterator[ReplaySample]:
        """Yield `count` lessons to revisit with this label. With repetition; fewer where fewer are there."""
        count = min(count, len(self.entries))
        drawn = np.frombuffer(hashlib.shake_128(key.encode("utf-8", "replace")).digest(4 * count), "<u4")
        for slot in (drawn % max(1, len(self.entries))).tolist():
            yield self.entries[slot][1]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the lessons as arrays. Their parts one after the other, and each one's ends and column."""
        mails = [lesson.mail for _, lesson in self.entries]
        ends = [(len(mail.rows), mail.words, mail.subject, mail.middle) for mail in mails]
        return {
            "lesson_rows": np.concatenate([np.zeros(0, np.int32), *(mail.rows for mail in mails)]),
            "lesson_damped": np.concatenate([np.zeros(0, np.float32), *(mail.damped for mail in mails)]),
            "lesson_ends": np.array(ends, np.int32).reshape(len(mails), 4),
            "lesson_columns": np.array([lesson.column for _, lesson in self.entries], np.int32),
        }

    @classmethod
    def restored(cls, capacity: int, ids: list[str], arrays: Mapping[str, Any]) -> "Reservoir":
        """Restore the reservoir from its arrays. Raise ValueError where they do not fit the ids."""
        lengths, columns = arrays["lesson_ends"], arrays["lesson_columns"].tolist()
        cuts = np.cumsum(lengths[:, 0])[:-1]
        rows, damped = np.split(arrays["lesson_rows"], cuts), np.split(arrays["lesson_damped"], cuts)
        parts = zip(ids, rows, damped, lengths[:, 1:].tolist(), columns, strict=bool(ids))
        return cls(capacity, [(key, ReplaySample(Mail(r, d, *ends), column)) for key, r, d, ends, column in parts])


def _priority(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "big")
