"""Count words by who wrote them, tell change from chance, and find topics. Numbers in, numbers out; for the worker alone.

A voice is a sender: whoever writes ten mails about a hole, and a thread that goes on, count once. Whether more voices of one
quarter than of another have a word is asked by Fisher's exact test; among many words, Benjamini and Hochberg's procedure keeps the
share of false ones among those found at 5 % (J. R. Statist. Soc. B 57 (1995), 289-300). Topics are parts of a non-negative
factorisation (Lee & Seung, Nature 401 (1999), 788-791) by scikit-learn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NONE: Ints = np.zeros(0, np.int64)

RATE = 0.05
"""Of the words found, so many may be chance."""
SEED = 23
TOPICS = 12
VOCABULARY = 2_000
DOCUMENTS = 20_000
"""Mails that topics are found in; of more, a part that is always the same."""
COMMON = 0.25
"""Words of a larger share of the mails tell no topics apart."""
TOPIC_WORDS = 200
"""Words of a topic that are kept, by which mails are found to belong to it."""
BELONGS = 0.2
"""Likeness (cosine) from which on a mail is about a topic."""


def change_p(now: Ints, of_now: Ints, before: Ints, of_before: Ints) -> Floats:
    """Return two-sided chances of at least such a difference (Fisher's exact test, the smaller tail doubled)."""
    total, found = of_now + of_before, now + before
    below = stats.hypergeom.cdf(now, total, found, of_now)
    above = stats.hypergeom.sf(now - 1, total, found, of_now)
    return np.asarray(np.minimum(1.0, 2 * np.minimum(below, above)))


def discoveries(chances: Floats, rate: float = RATE) -> Flags:
    """Tell which changes are found at a false discovery rate (Benjamini and Hochberg)."""
    count = len(chances)
    if not count:
        return np.zeros(0, bool)
    order = np.argsort(chances, kind="stable")
    below = chances[order] <= rate * np.arange(1, count + 1) / count
    last = int(np.max(np.nonzero(below)[0])) if below.any() else -1
    found = np.zeros(count, bool)
    found[order[: last + 1]] = True
    return found


@dataclass(frozen=True, slots=True)
class Mails:
    """The mails of a quarter: who wrote each, a number of its text, and its words as (mail, word) pairs.

    All are numbers; `places` and `words` are pairs of the same kind.
    """

    enquiries: Ints
    voices: Ints
    texts: Ints
    words: tuple[Ints, Ints]
    """(position of the mail, word)."""
    names: Ints
    """Words that stand there as names do, once for each mail."""
    places: tuple[Ints, Ints]

    def __len__(self) -> int:
        return len(self.enquiries)


def first_of_texts(mails: Mails) -> Flags:
    """Tell which mails count: of several with the same words, as of a letter that is passed around, the first."""
    _, first = np.unique(mails.texts, return_index=True)
    counted = np.zeros(len(mails), bool)
    counted[first] = True
    return counted


def by_group(groups: Ints, voices: Ints, counted: Flags, pairs: tuple[Ints, Ints]) -> tuple[Ints, Ints, Ints]:
    """Count the different voices of each group that have each word: (group, word, voices).

    Args:
        groups: [mails], the group of each mail; -1: none.
        counted: [mails], which mails count.
        pairs: (position of the mail, word).
    """
    at, words = pairs
    kept = counted[at] & (groups[at] >= 0)
    of, words, _ = distinct(groups[at][kept], words[kept], voices[at][kept])
    return _counts(of, words)


def distinct(*columns: Ints) -> tuple[Ints, ...]:
    """Return the rows of some columns once each, in order."""
    order = np.lexsort(columns[::-1])
    ordered = tuple(each[order] for each in columns)
    return tuple(each[_first(ordered)] for each in ordered)


def _first(ordered: tuple[Ints, ...]) -> Flags:
    """Tell which of ordered rows differ from the one before."""
    differ = np.ones(len(ordered[0]), bool)
    if len(differ):
        differ[1:] = np.any([each[1:] != each[:-1] for each in ordered], axis=0)
    return differ


def _counts(groups: Ints, words: Ints) -> tuple[Ints, Ints, Ints]:
    """Count how often each pair stands in ordered rows: (group, word, times)."""
    starts = np.flatnonzero(_first((groups, words)))
    return groups[starts], words[starts], np.diff(np.append(starts, len(groups))).astype(np.int64)


def voices_of(groups: Ints, voices: Ints, counted: Flags) -> dict[int, int]:
    """Count the different voices of each group."""
    kept = counted & (groups >= 0)
    of, _ = distinct(groups[kept], voices[kept])
    found, counts = np.unique(of, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics as weights of words: [topics, words], each row of length 1."""

    words: Ints
    idf: Floats
    weights: Floats

    def of(self, count: int, pairs: tuple[Ints, Ints]) -> Ints:
        """Return the topic of each of `count` mails: the one it is most like; -1 where it is like none."""
        if not len(self.weights):
            return np.full(count, -1, np.int64)
        likeness = np.asarray(_weighted(count, pairs, self.words, self.idf) @ self.weights.T)
        best: Ints = likeness.argmax(axis=1).astype(np.int64)
        best[likeness[np.arange(count), best] < BELONGS] = -1
        return best


def find(count: int, pairs: tuple[Ints, Ints], fewest: int) -> Topics:
    """Find the topics of mails. The same mails in the same order give the same topics.

    Args:
        count: mails.
        pairs: (position of the mail, word); each word once a mail.
        fewest: mails that a word must stand in.
    """
    from sklearn.decomposition import NMF  # loaded when it is needed: it takes a second and 100 MB

    words, times = np.unique(pairs[1], return_counts=True)
    kept = (times >= fewest) & (times <= max(fewest, COMMON * count))
    order = np.lexsort((words[kept], -times[kept]))[:VOCABULARY]
    chosen = np.sort(words[kept][order])
    topics = min(TOPICS, len(chosen) // 10, count // 20)
    if topics < 2:
        return Topics(chosen[:0], np.zeros(0), np.zeros((0, 0)))
    often = times[np.searchsorted(words, chosen)]
    idf = np.log((1 + count) / (1 + often)) + 1
    matrix = _weighted(count, pairs, chosen, idf)
    model = NMF(topics, init="nndsvda", random_state=SEED, max_iter=300, tol=1e-3)
    model.fit(matrix)
    weights = np.asarray(model.components_, np.float64)
    weights = weights[weights.sum(axis=1) > 0]
    return Topics(chosen, idf, _strongest(weights))


def _strongest(weights: Floats) -> Floats:
    """Return the weights of each topic's strongest words, as rows of length 1."""
    if weights.shape[1] > TOPIC_WORDS:
        limit = np.partition(weights, -TOPIC_WORDS, axis=1)[:, -TOPIC_WORDS, None]
        weights = np.where(weights >= limit, weights, 0.0)
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))


def _weighted(count: int, pairs: tuple[Ints, Ints], words: Ints, idf: Floats) -> sparse.csr_matrix:
    """Return mails as rows of length 1: what they share counts more, the rarer it is."""
    at, which = pairs
    place = np.searchsorted(words, which)
    place[place == len(words)] = 0
    known = words[place] == which
    matrix = sparse.csr_matrix((idf[place[known]], (at[known], place[known])), shape=(count, len(words)))
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    return sparse.csr_matrix(sparse.diags(1 / np.where(norms > 0, norms, 1)) @ matrix)


def matched(old: list[dict[int, float]], new: list[dict[int, float]]) -> list[int | None]:
    """Return for each new topic which old one it is, if any: those that are most like each other, by their words."""
    from scipy.optimize import linear_sum_assignment

    if not old or not new:
        return [None] * len(new)
    alike = np.array([[_likeness(one, other) for other in old] for one in new])
    rows, columns = linear_sum_assignment(-alike)
    found: list[int | None] = [None] * len(new)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if alike[row, column] >= 0.5:
            found[row] = column
    return found


def _likeness(one: dict[int, float], other: dict[int, float]) -> float:
    return sum(weight * other.get(word, 0.0) for word, weight in one.items())
