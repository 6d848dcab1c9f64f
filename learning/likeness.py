"""Near-duplicate texts, found by MinHash. Over runs of three words. Broder, SEQUENCES (1997), 21-29."""

import re
from collections import defaultdict
from collections.abc import Sequence

import mmh3
import numpy as np
from numpy.typing import NDArray

RUN = 3
LEAST_WORDS = 3
"""Of a shorter text (`Tak`) nothing follows from being the same."""
NEAR = 0.8
"""Share of common runs from which on two texts are nearly the same."""
BANDS, ROWS = 8, 4

_WORD = re.compile(r"\w+")
_FACTORS = np.random.default_rng(7).integers(1, 2**63, (2, BANDS * ROWS), np.uint64) | np.uint64(1)

Runs = NDArray[np.uint64]


def groups(texts: Sequence[str]) -> list[list[int]]:
    """Return groups of nearly equal texts. Positions, each group of two or more in order; the time is linear."""
    found = _Sets(len(texts))
    runs: dict[int, Runs] = {}
    whole: dict[str, int] = {}
    buckets: dict[tuple[int, bytes], int] = {}
    for n, text in enumerate(texts):
        words = _WORD.findall(text.lower())
        if len(words) < LEAST_WORDS:
            continue
        first = whole.setdefault(" ".join(words), n)
        if first != n:
            found.join(first, n)
            continue
        runs[n] = _runs(words)
        for bucket in _buckets(runs[n]):
            other = buckets.setdefault(bucket, n)
            if other != n and _likeness(runs[other], runs[n]) >= NEAR:
                found.join(other, n)
    return found.groups()


def _runs(words: list[str]) -> Runs:
    hashed = {mmh3.hash(" ".join(words[i : i + RUN]), 5, signed=False) for i in range(len(words) - RUN + 1)}
    return np.array(sorted(hashed), np.uint64)


def _buckets(runs: Runs) -> list[tuple[int, bytes]]:
    smallest = ((runs[:, None] * _FACTORS[0] + _FACTORS[1]) >> np.uint64(32)).min(axis=0)
    return [(band, smallest[band * ROWS : (band + 1) * ROWS].tobytes()) for band in range(BANDS)]


def _likeness(left: Runs, right: Runs) -> float:
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / (len(left) + len(right) - common)


class _Sets:
    """Union-find over 0..count-1."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def join(self, left: int, right: int) -> None:
        low, high = sorted((self._root(left), self._root(right)))
        self._parent[high] = low

    def _root(self, n: int) -> int:
        while self._parent[n] != n:
            self._parent[n] = self._parent[self._parent[n]]
            n = self._parent[n]
        return n

    def groups(self) -> list[list[int]]:
        members: dict[int, list[int]] = defaultdict(list)
        for n in range(len(self._parent)):
            members[self._root(n)].append(n)
        return [group for group in members.values() if len(group) > 1]
