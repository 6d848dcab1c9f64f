"""Raw scores → honest probabilities: how often first suggestions of this kind were right, learned from past ones only.

Bayesian logistic regression, one observation at a time (an extended Kalman filter: Penny and Roberts, Dynamic Logistic
Regression, IJCNN 1999), with slow forgetting, since the model behind the suggestions changes.
"""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

KEPT = 0.999
"""Share of what is known that one observation leaves: about the latest 1,000 count."""
UNSURE = 0.5
"""Standard deviation of a unit's own offset before anything is known of it."""
FURTHEST = 8.0
"""Log odds beyond which nothing is told apart."""


class Logistic:
    """weights float64 [n] and their covariance float64 [n, n]."""

    def __init__(self, weights: Vector, spread: float) -> None:
        self.weights = weights
        self.covariance = np.diag(np.full(len(weights), spread**2))

    def log_odds(self, x: Vector) -> float:
        return float(np.clip(np.einsum("i,i", self.weights, x), -FURTHEST, FURTHEST))

    def learn(self, x: Vector, truth: bool, weight: float, offset: float = 0.0) -> None:
        """One observation that stands for `weight`; `offset` is added to its log odds."""
        chance = logistic(self.log_odds(x) + offset)
        spread = np.einsum("ij,j->i", self.covariance, x)
        sharpness = weight * max(chance * (1 - chance), 1e-4)
        gain = 1 / (1 + sharpness * float(np.einsum("i,i", x, spread)))
        self.weights = self.weights + spread * (gain * weight * (truth - chance))
        self.covariance = (self.covariance - np.outer(spread, spread) * (gain * sharpness)) / KEPT
        # What is never seen to vary must not become ever less certain.
        self.covariance *= min(1.0, float(len(x)) / float(np.trace(self.covariance)))


class Calibration:
    """How likely a first suggestion is right, and how much its mail looks like one of no unit here.

    right: of mails that have a unit, by the signs of the suggestion. offsets and precisions float64 [units]: what is
    known of each unit beyond that, drawn to zero while little is. strange: mails of no unit are never labelled; but a
    mail whose own unit is left out of the ranking looks like one, so every label is an example of both kinds.
    """

    def __init__(self, signs: int) -> None:
        trusting = np.zeros(signs)
        trusting[1] = 1.0
        self.right = Logistic(trusting, 0.5)
        self.strange = Logistic(np.zeros(signs), 1.0)
        self.offsets = np.zeros(0)
        self.precisions = np.zeros(0)

    def make_room(self, units: int) -> None:
        missing = units - len(self.offsets)
        if missing > 0:
            self.offsets = np.append(self.offsets, np.zeros(missing))
            self.precisions = np.append(self.precisions, np.full(missing, 1 / UNSURE**2))

    def confidence(self, signs: Vector, first: int, strangers: float) -> float:
        """The probability that the suggestion is right.

        Args:
            signs: float64 [signs] of the suggestion; `signs[1]` are the log odds of the raw probability.
            first: column of the suggested unit.
            strangers: share of mails that belong to no unit, 0..1. By Bayes' rule they weigh with what the signs say.
        """
        chance = logistic(self.right.log_odds(signs) + self.offsets[first])
        known = 1 - strangers
        return float(known * chance / (known + strangers * np.exp(self.strange.log_odds(signs))))

    def learn(self, signs: Vector, first: int, right: bool, weight: float) -> None:
        """A suggestion for the unit in column `first` that was made before its mail was learned."""
        self.right.learn(signs, right, weight, offset=float(self.offsets[first]))
        chance = logistic(self.right.log_odds(signs) + self.offsets[first])
        self.precisions[first] = KEPT * self.precisions[first] + (1 - KEPT) / UNSURE**2
        self.precisions[first] += weight * chance * (1 - chance)
        self.offsets[first] += weight * (right - chance) / self.precisions[first]
        self.offsets[first] = np.clip(self.offsets[first], -2.0, 2.0)

    def learn_strange(self, signs: Vector, strange: bool) -> None:
        """Signs of a mail with its own unit in the ranking, or (`strange`) left out of it."""
        self.strange.learn(signs, strange, 1.0)


def logistic(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))
