"""Baselines to compare the model with.

One is a plain river pipeline on the same features, the other a confidence limit that promises nothing.
"""

from typing import Any

import numpy as np
from river import base, naive_bayes

from learning.budget import Evidence, precision_curve
from learning.example import Ranking, Suggestion, TaughtLabel
from learning.features import Prepared


class RiverBaseline:
    """A river classifier on the prepared features.

    Any will do; multinomial naive Bayes by default. It gives no words.
    """

    def __init__(self, classifier: base.Classifier | None = None) -> None:
        self.classifier = classifier or naive_bayes.MultinomialNB(alpha=0.01)  # type: ignore[no-untyped-call]

    def learn(self, prepared: Prepared, label: TaughtLabel) -> None:
        self.classifier.learn_one(_features(prepared), label.unit)

    def rank(self, prepared: Prepared, top: int = 5, out_of_scope_share: float = 0.0) -> Ranking:
        """Return the `top` units with their confidences. The ranking is empty while nothing was learned."""
        probabilities = self.classifier.predict_proba_one(_features(prepared)).items()
        ranked = sorted(probabilities, key=lambda pair: -pair[1])[:top]
        return Ranking(tuple(Suggestion(str(unit), min(1.0, max(0.0, p))) for unit, p in ranked))


def naive_limit(evidence: Evidence, max_error: float, least: int = 50) -> float | None:
    """Return the lowest confidence that kept the budget.

    At and above it past suggestions were wrong at most `max_error` of the time.

    It holds for what was and promises nothing about what comes next; `least` suggestions are needed to believe it.
    """
    confidences, counts, right = precision_curve(evidence)
    holds = np.flatnonzero((counts >= least) & (right / counts >= 1 - max_error))
    return float(confidences[holds[-1]]) if len(holds) else None


def _features(prepared: Prepared) -> dict[Any, float]:
    return dict(prepared.as_dict())
