"""The model the app uses. Labels go in, rankings with reasons come out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning.example import Ranking, Suggestion, TaughtLabel
from learning.explain import reasons, word_scores
from learning.features import Prepared
from learning.online import OnlineClassifier

WORDS_SHOWN = 4
OUTSIDE_SHOWN = 3
"""Classes outside the units that a ranking has at most."""


class Model:
    """A model replayed from labels.

    The same labels in the same order give the same state, bit for bit. Not safe for threads.
    """

    def __init__(self, classifier: OnlineClassifier | None = None) -> None:
        self.classifier = classifier or OnlineClassifier()

    @property
    def position(self) -> int:
        """Return how many labels it has learned."""
        return self.classifier.seen

    @property
    def units(self) -> tuple[str, ...]:
        """Return the units it has seen, in order.

        Classes outside them are among them; the order is that of first appearance.
        """
        return tuple(map(str, self.classifier.columns))

    def learn(self, prepared: Prepared, label: TaughtLabel) -> None:
        """Learn one label at once; the next ranking knows it."""
        self.classifier.learn(prepared.indices, prepared.counts, label.unit, label.id, label.weight)

    def rank(self, prepared: Prepared, top: int = 5, out_of_scope_share: float = 0.0) -> Ranking:
        """Rank the `top` units, with reasons.

        Each has its confidence and at most four words; the likeliest classes outside the units come besides.

        Empty while nothing was learned.
        `out_of_scope_share` is the share of mails that belong to no unit, 0..1, as far as one knows: it decides how strict the
        model is about what it calls strange.
        """
        units, classifier = self.units, self.classifier
        if not units:
            return Ranking()
        mail = classifier.rows.look_up(prepared.indices, prepared.counts)
        prediction = classifier.predict(mail)
        order, outside = np.argsort(-prediction.probabilities, kind="stable"), classifier.outside
        units_first = order[~outside[order]][:top]
        chosen = np.concatenate([units_first, order[outside[order]][:OUTSIDE_SHOWN]])
        confidences = _shared(prediction.probabilities, classifier.confidence(prediction))
        spoken = word_scores(prepared, prediction.values, classifier.weights_of(mail), chosen)
        words = reasons(prepared, spoken, WORDS_SHOWN)
        shown = np.clip(confidences[chosen], 0.0, 1.0).tolist()
        picked = zip(chosen.tolist(), shown, words, strict=True)
        suggestions = tuple(Suggestion(units[column], confidence, why) for column, confidence, why in picked)
        cut = len(units_first)
        return Ranking(suggestions[:cut], classifier.out_of_scope(prediction, out_of_scope_share), suggestions[cut:])

    def rank_many(self, prepared: Sequence[Prepared], top: int = 5, out_of_scope_share: float = 0.0) -> list[Ranking]:
        """Rank each mail as `rank` does."""
        return [self.rank(one, top, out_of_scope_share) for one in prepared]

    def state_hash(self) -> str:
        """Return a hash of the whole state (sha256).

        Equal hashes mean the same answers now and after any further labels.
        """
        return self.classifier.state_hash()


def _shared(probabilities: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """The probabilities with the first one's honest confidence in its place, their order kept.

    The probability it loses against the mixture is nobody's: where the experts err, the second is seldom right either.
    """
    highest = float(probabilities.max())
    if confidence <= highest or highest >= 1:
        return probabilities * (confidence / highest)
    shared = probabilities * ((1 - confidence) / (1 - highest))
    shared[int(np.argmax(probabilities))] = confidence
    return shared
