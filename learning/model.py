"""The model the app uses: labels in, rankings with reasons out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning.example import Label, Ranking, Suggestion
from learning.explain import reasons, word_scores
from learning.features import Prepared
from learning.online import OnlineClassifier

WORDS_SHOWN = 4
OUTSIDE_SHOWN = 3
"""Classes outside the units that a ranking has at most."""


class Model:
    """A fold over labels: the same labels in the same order give the same state, bit for bit. Not safe for threads."""

    def __init__(self, classifier: OnlineClassifier | None = None) -> None:
        self.classifier = classifier or OnlineClassifier()

    @property
    def position(self) -> int:
        """How many labels it has learned."""
        return self.classifier.seen

    @property
    def units(self) -> tuple[str, ...]:
        """Units, and classes outside them, that it has seen, in order of first appearance."""
        return tuple(map(str, self.classifier.columns))

    def learn(self, prepared: Prepared, label: Label) -> None:
        """Learn one label at once; the next ranking knows it."""
        self.classifier.learn(prepared.indices, prepared.counts, label.unit, label.id, label.weight)

    def rank(self, prepared: Prepared, top: int = 5, strangers: float = 0.0) -> Ranking:
        """The `top` units with their confidences and at most four words each, and the likeliest classes outside them.

        Empty while nothing was learned.
        `strangers` is the share of mails that belong to no unit, 0..1, as far as one knows: it decides how strict the
        model is about what it calls strange.
        """
        units, classifier = self.units, self.classifier
        if not units:
            return Ranking()
        mail = classifier.rows.look_up(prepared.indices, prepared.counts)
        opinion = classifier.judge(mail)
        order, outside = np.argsort(-opinion.probabilities, kind="stable"), classifier.outside
        units_first = order[~outside[order]][:top]
        chosen = np.concatenate([units_first, order[outside[order]][:OUTSIDE_SHOWN]])
        confidences = _shared(opinion.probabilities, classifier.confidence(opinion))
        spoken = word_scores(prepared, opinion.values, classifier.weights_of(mail), chosen)
        words = reasons(prepared, spoken, WORDS_SHOWN)
        shown = np.clip(confidences[chosen], 0.0, 1.0).tolist()
        picked = zip(chosen.tolist(), shown, words, strict=True)
        suggestions = tuple(Suggestion(units[column], confidence, why) for column, confidence, why in picked)
        cut = len(units_first)
        return Ranking(suggestions[:cut], classifier.strange(opinion, strangers), suggestions[cut:])

    def rank_many(self, prepared: Sequence[Prepared], top: int = 5, strangers: float = 0.0) -> list[Ranking]:
        """The ranking of each mail, as `rank` gives it."""
        return [self.rank(one, top, strangers) for one in prepared]

    def state_hash(self) -> str:
        """sha256 over the whole state: equal hashes mean the same answers now and after any further labels."""
        return self.classifier.state_hash()


def _shared(probabilities: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """The probabilities with the first one's honest confidence in its place, their order kept.

    What it has less than the pool gave it is nobody's: where the committee errs, the second is seldom right either.
    """
    highest = float(probabilities.max())
    if confidence <= highest or highest >= 1:
        return probabilities * (confidence / highest)
    shared = probabilities * ((1 - confidence) / (1 - highest))
    shared[int(np.argmax(probabilities))] = confidence
    return shared
