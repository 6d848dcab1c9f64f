"""Drift detection in the stream of judged mails. Changes of errors, confidence and words, overall and per unit.

A watch is a fold over observations: the same ones in the same order give the same changes. Errors and confidence stand
under the Page-Hinkley test, words under a likelihood-ratio test of the unit's latest mails against its
earlier ones. Only what a person must know is told: errors that rose, confidence that fell, words that came up.

References
----------
Page, Continuous Inspection Schemes, Biometrika 41, 1954.
Dunning, Accurate Methods for the Statistics of Surprise and Coincidence, Computational Linguistics 19, 1993.

"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, log

import numpy as np

RECENT, EARLIER = 40, 100
"""A unit's mails that count as its latest, and how many it must have had before those."""
LEAST = 8
"""Of its latest mails, how many must carry a word before it is told of."""
FRESH, AGAIN = 200, 5
"""A word that no mail of any unit had before may be rarer: so many of the unit's mails may pass while it comes up, and so
often it must come again after the first.
"""
SURPRISE = 32.0
"""Twice the log-likelihood ratio that a risen word must reach: p below 1e-7, for thousands of words a day are tested."""
WORDS_REPORTED = 3
LEAST_VALUES = 30
"""Values before which no mean is said to have risen."""
KEPT = 1000
"""Latest values of a mean that the beginning of its rise is looked for in."""


class DriftKind(StrEnum):
    ERROR = "error"
    CONFIDENCE = "confidence"
    VOCABULARY = "vocabulary"


PATIENCE = {DriftKind.ERROR: (0.1, 12.0), DriftKind.CONFIDENCE: (0.05, 6.0)}
"""A rise of the mean that nobody need hear of, and how much beyond it must add up. A share of wrong ones that jumps
from 0.1 to 0.4 takes some 70 mails; one that stays at 0.1 (0.3) gives a false alarm in e^27 (e^11) mails or so.
"""


@dataclass(frozen=True, slots=True)
class Observation:
    """One judged mail, as drift detection sees it.

    When (any number that grows), whose, with which words; what was suggested, how sure, was it right.

    `suggested` is None where nothing was: such a mail bears on the words only.
    """

    moment: int
    unit: str
    suggested: str | None
    right: bool
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DriftAlert:
    """A detected change.

    `unit` is None for all units together. `before` and `after` are means; for words the first one's share of mails.
    """

    kind: DriftKind
    unit: str | None
    before: float
    after: float
    since: int
    words: tuple[str, ...] = ()


class DriftDetector:
    """The drift monitor, fed by observations. Not safe for threads."""

    def __init__(self) -> None:
        self._levels: dict[tuple[DriftKind, str | None], _Level] = {}
        self._vocabularies: dict[str, _Vocabulary] = {}
        self._heard: Counter[str] = Counter()
        """In how many mails of all units each word stood."""

    def observe(self, seen: Observation) -> list[DriftAlert]:
        """Observe one judged mail; return the changes it showed."""
        found = []
        for unit in (None, seen.suggested) if seen.suggested is not None else ():
            found += self._level(DriftKind.ERROR, unit, float(not seen.right), seen.moment)
            found += self._level(DriftKind.CONFIDENCE, unit, 1.0 - seen.confidence, seen.moment)
        self._heard.update(set(seen.words))
        return found + self._vocabularies.setdefault(seen.unit, _Vocabulary()).observe(seen, self._heard)

    def _level(self, kind: DriftKind, unit: str | None, value: float, moment: int) -> list[DriftAlert]:
        change = self._levels.setdefault((kind, unit), _Level(kind)).observe(value, moment)
        if change is None:
            return []
        before, after, since = change
        if kind is DriftKind.CONFIDENCE:
            before, after = 1.0 - before, 1.0 - after
        return [DriftAlert(kind, unit, before, after, since)]


class PageHinkley:
    """The one-sided Page-Hinkley test for a risen mean.

    It gives what `river.drift.PageHinkley(mode="up", alpha=1.0)` gives (a test compares them), without the seventy megabytes
    that river's package of drift detectors loads. Nothing is forgotten: river's default fades the past sum, which after
    a long calm reads as a rise.
    """

    def __init__(self, allowed: float, threshold: float) -> None:
        """Set the allowed rise and the threshold.

        `allowed` is a rise that nobody need hear of; `threshold` is how much beyond it must add up.
        """
        self._allowed, self._threshold = allowed, threshold
        self._begin()

    def _begin(self) -> None:
        self._count, self._mean, self._sum, self._lowest = 0, 0.0, 0.0, inf

    def update(self, value: float) -> bool:
        """Take in a value; return whether the mean has risen. After a rise it begins anew."""
        self._count += 1
        self._mean += (value - self._mean) / self._count
        self._sum += value - self._mean - self._allowed
        self._lowest = min(self._lowest, self._sum)
        risen = self._count >= LEAST_VALUES and self._sum - self._lowest > self._threshold
        if risen:
            self._begin()
        return risen


class _Level:
    """A mean that should not rise."""

    def __init__(self, kind: DriftKind) -> None:
        self._test = PageHinkley(*PATIENCE[kind])
        self._kept: deque[tuple[int, float]] = deque(maxlen=KEPT)

    def observe(self, value: float, moment: int) -> tuple[float, float, int] | None:
        """(before, after, since) when the mean has risen."""
        self._kept.append((moment, value))
        if not self._test.update(value):
            return None
        values = np.array([value for _, value in self._kept])
        turn = int(np.argmin(np.cumsum(values - values.mean())[:-1])) + 1
        since = self._kept[turn][0]
        self._kept.clear()
        return float(values[:turn].mean()), float(values[turn:].mean()), since


@dataclass(frozen=True, slots=True)
class _Rise:
    """The rise of a word's share.

    How surprising the share is now, what it was and is, and which mail of the unit it began with.
    """

    surprise: float
    before: float
    after: float
    since: int


@dataclass(slots=True)
class _Vocabulary:
    """The word counts of one unit's mails.

    In how many each word stood: the latest ones, and those before; and where it stood first.
    """

    latest: deque[tuple[int, frozenset[str]]] = field(default_factory=deque)
    now: Counter[str] = field(default_factory=Counter)
    then: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Word → (which of the unit's mails, its moment)."""
    mails: int = 0
    reported: set[str] = field(default_factory=set)

    def observe(self, seen: Observation, heard: Mapping[str, int]) -> list[DriftAlert]:
        """Observe a mail; return the rises it showed.

        `heard` says in how many mails of all units, this one included, each word stood.
        """
        words = frozenset(seen.words)
        self.latest.append((seen.moment, words))
        self.now.update(words)
        for word in words:
            self.first.setdefault(word, (self.mails + len(self.latest), seen.moment))
        if len(self.latest) > RECENT:
            _, old = self.latest.popleft()
            self.then.update(old)
            self.now.subtract(old)
            self.mails += 1
        return self._risen(seen.unit, words, heard) if self.mails >= EARLIER else []

    def _risen(self, unit: str, words: Iterable[str], heard: Mapping[str, int]) -> list[DriftAlert]:
        rises = {word: self._rise(word, heard) for word in words if word not in self.reported}
        found = {word: rise for word, rise in rises.items() if rise is not None and rise.surprise >= SURPRISE}
        risen = sorted(found, key=lambda word: (-found[word].surprise, word))[:WORDS_REPORTED]
        if not risen:
            return []
        self.reported.update(risen)
        first = found[risen[0]]
        return [DriftAlert(DriftKind.VOCABULARY, unit, first.before, first.after, first.since, tuple(risen))]

    def _rise(self, word: str, heard: Mapping[str, int]) -> _Rise | None:
        """Return how a word's share rose.

        Of a word that nobody wrote before, since its first mail; of any other, in the latest mails.
        """
        often = self.now[word] + self.then[word]
        number, moment = self.first[word]
        since = self.mails + len(self.latest) - number + 1
        if often > AGAIN and often == heard[word] and number > EARLIER and since <= FRESH:
            # The first mail chose the beginning; only the others are evidence.
            return _Rise(_surprise(often - 1, since - 1, 0, number - 1), 0.0, often / since, moment)
        if self.now[word] < LEAST:
            return None
        k1, n1, k2, n2 = self.now[word], len(self.latest), self.then[word], self.mails
        begun = next(moment for moment, words in self.latest if word in words)
        return _Rise(_surprise(k1, n1, k2, n2), k2 / n2, k1 / n1, begun)


def _surprise(k1: int, n1: int, k2: int, n2: int) -> float:
    """Return Dunning's G2 of a risen share. A share of k1 in n1 against k2 in n2; 0 where it did not rise."""
    if k1 * n2 <= k2 * n1:
        return 0.0
    pooled = (k1 + k2) / (n1 + n2)
    gain = _likelihood(k1, n1, k1 / n1) + _likelihood(k2, n2, k2 / n2)
    return 2 * (gain - _likelihood(k1, n1, pooled) - _likelihood(k2, n2, pooled))


def _likelihood(hits: int, trials: int, share: float) -> float:
    """Log-likelihood of a binomial; 0 log 0 is 0."""
    misses = trials - hits
    return (hits * log(share) if hits else 0.0) + (misses * log(1 - share) if misses else 0.0)
