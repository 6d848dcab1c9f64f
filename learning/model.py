"""The model the app uses: labels in, rankings with reasons out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning.example import Label, Ranking, Suggestion
from learning.explain import reasons, word_scores
from learning.features import Prepared
from learning.online import OnlineClassifier, softmax

WORDS_SHOWN = 4


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
        """Units it has seen, in order of first appearance."""
        return tuple(map(str, self.classifier.columns))

    def learn(self, prepared: Prepared, label: Label) -> None:
        """Learn one label at once; the next ranking knows it."""
        self.classifier.learn(prepared.indices, prepared.counts, label.unit, label.id)

    def rank(self, prepared: Prepared, top: int = 5, strangers: float = 0.0) -> Ranking:
        """The `top` units with their confidences and at most four words each; empty while nothing was learned.

        `strangers` is the share of mails that belong to no unit, 0..1, as far as one knows.
        """
        units = self.units
        if not units:
            return Ranking()
        values = self.classifier.weigh(prepared.indices, prepared.counts)
        weights = self.classifier.weights_of(prepared.indices)
        confidences = softmax(self.classifier.scores(values, weights))
        chosen = np.argsort(-confidences, kind="stable")[:top]
        words = reasons(prepared, word_scores(prepared, values, weights, chosen), WORDS_SHOWN)
        return _ranking(units, confidences, chosen, words)

    def rank_many(self, prepared: Sequence[Prepared], top: int = 5, strangers: float = 0.0) -> list[Ranking]:
        """The ranking of each mail, as `rank` gives it."""
        return [self.rank(one, top, strangers) for one in prepared]

    def state_hash(self) -> str:
        """sha256 over the whole state: equal hashes mean the same answers now and after any further labels."""
        return self.classifier.state_hash()


def _ranking(
    units: tuple[str, ...], confidences: NDArray[np.float64], chosen: NDArray[np.intp], words: list[tuple[str, ...]]
) -> Ranking:
    shown = np.clip(confidences[chosen], 0.0, 1.0).tolist()
    picked = zip(chosen.tolist(), shown, words, strict=True)
    return Ranking(tuple(Suggestion(units[column], confidence, why) for column, confidence, why in picked))
