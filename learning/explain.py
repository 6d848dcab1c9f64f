"""Words of a mail that spoke for a unit. Exact for a linear model: the parts add up to the score."""

import numpy as np
from numpy.typing import NDArray

from learning.features import Floats, Prepared

_DANISH = """
ad af aldrig alle alt altid anden andet andre at bare begge blandt blev blive bliver bør da de dem den denne der deres
det dette dig din dine disse dit dog du efter ej eller en end endnu er et få får flere for fordi forhånd fra før
gennem gerne gik godt gør gøre ham han hans har havde have hej heller hen hende hendes her hilsen hos hun hvad hvem
hver hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår i igen ikke ind ingen intet ja jeg jer jeres jo kan kom
komme kommer kun kunne kære lige lille man mange med meget mellem men mener mens mere mig min mine mit mod må måske
ned nej nogen noget nogle nok nu når næsten og også om op os over på se selv sig sige siger sin sine sit skal skulle
som stadig stor store så sådan tak thi til ud uden under undskyld var ved venlig vi vil ville vor vore vores være
været
"""
_ENGLISH = """
a about after again all also am an and any are as at be because been before being both but by can could dear did do
does doing don down during each few for from further get got had has have having he hello her here hers hi him his how
i if in into is it its itself just me more most my no nor not now of off on once one only or other our ours out over
own please re regards s same she should so some such t than thank thanks that the their theirs them then there these
they this those through to too under until up us very was we were what when where which while who whom why will with
would you your yours
"""
STOP_WORDS = frozenset((_DANISH + _ENGLISH).split())


def tellable(word: str) -> bool:
    """Whether a word means something to a person as a reason: no masked token, single letter, number or stop word."""
    return len(word) > 1 and not word.startswith("_") and word not in STOP_WORDS and any(map(str.isalpha, word))


def word_scores(prepared: Prepared, values: Floats, weights: Floats, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    """What each word adds to a unit's score over the mean of the other units' scores.

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
    """The words that spoke most for each unit, strongest first: one tuple per column of `scores` [words, units]."""
    return [_strongest(prepared.words, column, most) for column in scores.T]


def _strongest(words: tuple[str, ...], scores: NDArray[np.float64], most: int) -> tuple[str, ...]:
    found: list[str] = []
    for n in np.argsort(-scores, kind="stable").tolist():
        if scores[n] <= 0 or len(found) == most:
            break
        if tellable(words[n]):
            found.append(words[n])
    return tuple(found)
