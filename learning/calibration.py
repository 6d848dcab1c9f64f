"""Raw scores → calibrated probabilities.

They say how often first suggestions of this kind were right, learned from past ones only.

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
SUSPICIOUS = 0.03
"""Share of mails that belong to no unit from which on each mail is asked whether it is one."""
MASKED = 500
"""So many of the latest labelled mails tell what a mail of no class looks like."""
CAUGHT = 0.94
"""Share of those, their own unit left out, that would be found strange; they resemble the others more than mails of no class do."""
SUSPECTED = 0.02
"""Share of them that would be found strange all the same with their own: units that have nothing in common with each
other find less in each other's mails than in a mail of no class."""


class Logistic:
    """weights float64 [n] and their covariance float64 [n, n]."""

    def __init__(self, weights: Vector, spread: float) -> None:
        self.weights = weights
        self.covariance = np.diag(np.full(len(weights), spread**2))

    def log_odds(self, x: Vector) -> float:
        return float(np.clip(np.einsum("i,i", self.weights, x), -FURTHEST, FURTHEST))

    def learn(self, x: Vector, truth: bool, weight: float, offset: float = 0.0) -> None:
        """Learn one observation that stands for `weight`. `offset` is added to its log odds."""
        chance = logistic(self.log_odds(x) + offset)
        spread = np.einsum("ij,j->i", self.covariance, x)
        sharpness = weight * max(chance * (1 - chance), 1e-4)
        gain = 1 / (1 + sharpness * float(np.einsum("i,i", x, spread)))
        self.weights = self.weights + spread * (gain * weight * (truth - chance))
        self.covariance = (self.covariance - np.outer(spread, spread) * (gain * sharpness)) / KEPT
        # What is never seen to vary must not become ever less certain.
        self.covariance *= min(1.0, float(len(x)) / float(np.trace(self.covariance)))


class Calibration:
    """The calibration of first suggestions. By its signs, it says how likely one is right.

    right: of all units together. offsets and precisions float64 [units]: what is known of each unit beyond that, drawn
    to zero while little is.
    """

    def __init__(self, features: int) -> None:
        trusting = np.zeros(features)
        trusting[1] = 1.0
        self.right = Logistic(trusting, 0.5)
        self.offsets = np.zeros(0)
        self.precisions = np.zeros(0)

    def make_room(self, units: int) -> None:
        missing = units - len(self.offsets)
        if missing > 0:
            self.offsets = np.append(self.offsets, np.zeros(missing))
            self.precisions = np.append(self.precisions, np.full(missing, 1 / UNSURE**2))

    def confidence(self, features: Vector, first: int) -> float:
        """Return the probability that the suggestion is right.

        Args:
            signs: float64 [signs] of the suggestion; `signs[1]` are the log odds of the raw probability.
            first: column of the suggested unit.
        """
        return logistic(self.right.log_odds(features) + self.offsets[first])

    def learn(self, features: Vector, first: int, right: bool, weight: float) -> None:
        """Learn from one suggestion, made before its mail. `first` is the column of the suggested unit."""
        self.right.learn(features, right, weight, offset=float(self.offsets[first]))
        chance = logistic(self.right.log_odds(features) + self.offsets[first])
        self.precisions[first] = KEPT * self.precisions[first] + (1 - KEPT) / UNSURE**2
        self.precisions[first] += weight * chance * (1 - chance)
        self.offsets[first] += weight * (right - chance) / self.precisions[first]
        self.offsets[first] = np.clip(self.offsets[first], -2.0, 2.0)


class OutOfScopeDetector:
    """The limit of evidence below which mails are out-of-scope.

    From so much evidence on a mail looks like one of the units' own.

    Mails that belong to no unit are never labelled. But every labelled mail shows how much evidence the other units
    find in it, if its own is left out, which is about what they find in a mail of no class; and how much its own finds in it.
    `latest` float32 [MASKED, 2] holds these two amounts of the latest mails, in a ring; `seen` how many there were.
    """

    def __init__(self) -> None:
        self.latest = np.zeros((MASKED, 2), np.float32)
        self.seen = 0

    def learn(self, others: float, own: float) -> None:
        """Learn the evidence found in one mail.

        Evidence of the likeliest other unit, and of its own, before it was learned.
        """
        self.latest[self.seen % MASKED] = others, own
        self.seen += 1

    def applies(self, evidence: float, out_of_scope_share: float) -> bool:
        """Tell whether a mail may be out-of-scope. `evidence` is what its first unit finds in it.

        While hardly any come, as the share `out_of_scope_share` of all mails tells, nothing is gained by suspecting them.
        """
        if out_of_scope_share < SUSPICIOUS or self.seen < MASKED // 10:
            return False
        others, own = self.latest[: self.seen].T
        return evidence < max(float(np.quantile(others, CAUGHT)), float(np.quantile(own, SUSPECTED)))


def logistic(log_odds: float) -> float:
    return float(1 / (1 + np.exp(-log_odds)))
