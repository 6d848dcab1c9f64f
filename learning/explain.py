"""Words of a mail that spoke for a unit. Exact for a linear model: the parts add up to the score."""

import numpy as np
from numpy.typing import NDArray

from learning.everyday_words import NO_REASON
from learning.features import Floats, Prepared


def tellable(word: str) -> bool:
    """Tell whether a word can serve as a reason.

    No masked token, single letter, number or stop word means anything to a person.
    """
    return len(word) > 1 and not word.startswith("_") and word not in NO_REASON and any(map(str.isalpha, word))


def word_scores(prepared: Prepared, values: Floats, weights: Floats, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return what each word adds to a unit's score. Over the mean of the other units' scores.

    Args:
        prepared: the mail, with n features and w words.
        values: [n], the features' values.
        weights: [n, units].
        chosen: [c], columns of the units asked for.

    Returns:
        float64 [w, c]. A column's sum, plus what fields that are no words add, is the unit's lead over the mean.
    """
    others = weights.shape[1] - 1
    if not others:
        return np.zeros((len(prepared.words), len(chosen)))
    mine = weights[:, chosen]
    lead = (mine - (weights.sum(axis=1, keepdims=True) - mine) / others) * values[:, None]
    parts = lead[prepared.feature_of] * prepared.share[:, None]
    sums = [np.bincount(prepared.word_of, part, len(prepared.words)) for part in parts.T]
    return np.stack(sums, axis=1) if sums else np.zeros((len(prepared.words), 0))


def reasons(prepared: Prepared, scores: NDArray[np.float64], most: int = 4) -> list[tuple[str, ...]]:
    """Return each unit's strongest words.

    The strongest comes first; there is one tuple per column of `scores` [words, units].
    """
    return [_strongest(prepared.words, column, most) for column in scores.T]


def _strongest(words: tuple[str, ...], scores: NDArray[np.float64], most: int) -> tuple[str, ...]:
    found: list[str] = []
    for n in np.argsort(-scores, kind="stable").tolist():
        if scores[n] <= 0 or len(found) == most:
            break
        if tellable(words[n]):
            found.append(words[n])
    return tuple(found)
