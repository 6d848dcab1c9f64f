"""Softmax regression on one part of the features. It learns by stochastic gradient descent with smoothed labels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning import loops
from learning.features import Floats, Ints


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return probabilities over the last axis. In float64, so that they sum to 1."""
    if not scores.shape[-1]:
        return np.zeros(scores.shape)
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def log_softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Return the logarithms of the softmax."""
    if not scores.shape[-1]:
        return np.zeros(scores.shape)
    shifted = scores.astype(np.float64) - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def linear(rows: Ints, values: Floats, weights: Floats, units: int) -> Floats:
    """Return linear scores, float32 [units]. `weights` are float32 [rows, at least units]."""
    scores = np.zeros(units, np.float32)
    loops.linear(rows, values, weights, scores)
    return scores


def step(rows: Ints, values: Floats, weights: Floats, units: int, column: int, length: float, smooth: float) -> None:
    """Take one gradient step of the log loss, in place.

    Args:
        column: the true unit's.
        length: of the step; mails have length 1.
        smooth: share of the truth that is spread over all units, so that no weight grows beyond what it takes
            (Szegedy et al., Rethinking the Inception Architecture, CVPR 2016, section 7).
    """
    error = softmax(linear(rows, values, weights, units)) - smooth / units
    error[column] -= 1 - smooth
    loops.descend(rows, values, weights, error.astype(np.float32), length)
