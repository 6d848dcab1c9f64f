"""What changed in the stream of judged mails: errors, confidence and words, overall and per unit.

A watch is a fold over observations: the same ones in the same order give the same changes. Errors and confidence stand
under the Page-Hinkley test, words under a likelihood-ratio test of the unit's latest mails against its
earlier ones. Only what a person must know is told: errors that rose, confidence that fell, words that came up.

References
----------
Page, Continuous Inspection Schemes, Biometrika 41, 1954.
Dunning, Accurate Methods for the Statistics of Surprise and Coincidence, Computational Linguistics 19, 1993.

"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from math import log

import numpy as np
from river.drift import PageHinkley

RECENT, EARLIER = 40, 100
"""A unit's mails that count as its latest, and how many it must have had before those."""
LEAST = 8
"""Of its latest mails, how many must carry a word before it is told of."""
SURPRISE = 32.0
"""Twice the log-likelihood ratio that a risen word must reach: p below 1e-7, for thousands of words a day are tested."""
WORDS_TOLD = 3
KEPT = 1000
"""Latest values of a mean that the beginning of its rise is looked for in."""


class Kind(StrEnum):
    ERROR = "error"
    CONFIDENCE = "confidence"
    VOCABULARY = "vocabulary"


PATIENCE = {Kind.ERROR: (0.1, 12.0), Kind.CONFIDENCE: (0.05, 6.0)}
"""A rise of the mean that nobody need hear of, and how much beyond it must add up. A share of wrong ones that jumps
from 0.1 to 0.4 takes some 70 mails; one that stays at 0.1 (0.3) gives a false alarm in e^27 (e^11) mails or so.
"""


@dataclass(frozen=True, slots=True)
class Observation:
    """One judged mail: when (any number that grows), whose, with which words; what was suggested, how sure, was it right.

    `suggested` is None where nothing was: such a mail bears on the words only.
    """

    moment: int
    unit: str
    suggested: str | None
    right: bool
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """`unit` is None for all units together. `before` and `after` are means; for words the first one's share of mails."""

    kind: Kind
    unit: str | None
    before: float
    after: float
    since: int
    words: tuple[str, ...] = ()


class Watch:
    """Folds observations; not safe for threads."""

    def __init__(self) -> None:
        self._levels: dict[tuple[Kind, str | None], _Level] = {}
        self._vocabularies: dict[str, _Vocabulary] = {}

    def observe(self, seen: Observation) -> list[Change]:
        """Take in one judged mail; returns what it showed to have changed."""
        found = []
        for unit in (None, seen.suggested) if seen.suggested is not None else ():
            found += self._level(Kind.ERROR, unit, float(not seen.right), seen.moment)
            found += self._level(Kind.CONFIDENCE, unit, 1.0 - seen.confidence, seen.moment)
        return found + self._vocabularies.setdefault(seen.unit, _Vocabulary()).observe(seen)

    def _level(self, kind: Kind, unit: str | None, value: float, moment: int) -> list[Change]:
        change = self._levels.setdefault((kind, unit), _Level(kind)).observe(value, moment)
        if change is None:
            return []
        before, after, since = change
        if kind is Kind.CONFIDENCE:
            before, after = 1.0 - before, 1.0 - after
        return [Change(kind, unit, before, after, since)]


class _Level:
    """A mean that should not rise."""

    def __init__(self, kind: Kind) -> None:
        self._allowed, threshold = PATIENCE[kind]
        # Without forgetting (alpha 1): river's fades the past sum, which after a long calm reads as a rise.
        self._test = PageHinkley(delta=self._allowed, threshold=threshold, alpha=1.0, mode="up")
        self._kept: deque[tuple[int, float]] = deque(maxlen=KEPT)

    def observe(self, value: float, moment: int) -> tuple[float, float, int] | None:
        """(before, after, since) when the mean has risen."""
        self._kept.append((moment, value))
        self._test.update(value)  # type: ignore[no-untyped-call]
        if not self._test.drift_detected:
            return None
        values = np.array([value for _, value in self._kept])
        turn = int(np.argmin(np.cumsum(values - values.mean())[:-1])) + 1
        since = self._kept[turn][0]
        self._kept.clear()
        return float(values[:turn].mean()), float(values[turn:].mean()), since


@dataclass(slots=True)
class _Vocabulary:
    """In how many of one unit's mails each word stood: the latest ones, and those before."""

    latest: deque[tuple[int, frozenset[str]]] = field(default_factory=deque)
    now: Counter[str] = field(default_factory=Counter)
    then: Counter[str] = field(default_factory=Counter)
    mails: int = 0
    told: set[str] = field(default_factory=set)

    def observe(self, seen: Observation) -> list[Change]:
        words = frozenset(seen.words)
        self.latest.append((seen.moment, words))
        self.now.update(words)
        if len(self.latest) > RECENT:
            _, old = self.latest.popleft()
            self.then.update(old)
            self.now.subtract(old)
            self.mails += 1
        return self._risen(seen.unit, words) if self.mails >= EARLIER else []

    def _risen(self, unit: str, candidates: Iterable[str]) -> list[Change]:
        often = [word for word in candidates if self.now[word] >= LEAST and word not in self.told]
        scored = sorted((-self._surprise(word), word) for word in often)
        risen = tuple(word for minus, word in scored if -minus >= SURPRISE)[:WORDS_TOLD]
        if not risen:
            return []
        self.told.update(risen)
        since = next(moment for moment, words in self.latest if risen[0] in words)
        before, after = self.then[risen[0]] / self.mails, self.now[risen[0]] / len(self.latest)
        return [Change(Kind.VOCABULARY, unit, before, after, since, risen)]

    def _surprise(self, word: str) -> float:
        """Dunning's G2 of the word's share now against then; 0 where it did not rise."""
        k1, n1, k2, n2 = self.now[word], len(self.latest), self.then[word], self.mails
        if k1 * n2 <= k2 * n1:
            return 0.0
        pooled = (k1 + k2) / (n1 + n2)
        gain = _likelihood(k1, n1, k1 / n1) + _likelihood(k2, n2, k2 / n2)
        return 2 * (gain - _likelihood(k1, n1, pooled) - _likelihood(k2, n2, pooled))


def _likelihood(hits: int, trials: int, share: float) -> float:
    """Log-likelihood of a binomial; 0 log 0 is 0."""
    misses = trials - hits
    return (hits * log(share) if hits else 0.0) + (misses * log(1 - share) if misses else 0.0)
