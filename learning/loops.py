"""The inner loops of learning, compiled. Everything is here that runs once per feature and unit.

Each is a plain loop in a fixed order. None is handed to BLAS and none may be reordered by the compiler (no fastmath),
since the same labels must give the same weights, bit for bit. Arrays: `rows` int32 [n] and `values` float32 [n] are a
mail's features; `weights` float32 and `evidence` uint16 [capacity, width] hold a row per feature, a column per unit.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Counts = NDArray[np.uint16]
Totals = NDArray[np.uint32]
Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile a loop at its first call. Kept on disk for the next process; other threads may run meanwhile."""
    return cast(Loop, numba.njit(cache=True, nogil=True, error_model="numpy")(loop))


@compiled
def rarity(seen: int, out: Floats) -> None:
    """Fill `out` with idf**1.25 by frequency.

    At place n it is that of a feature that occurred in n of the `seen` mails; `out` is float32 [any].
    """
    for n in range(out.shape[0]):
        idf = np.log((1.0 + seen) / (1.0 + n)) + 1.0
        out[n] = idf * np.sqrt(np.sqrt(max(idf, 0.0)))


@compiled
def weigh(rows: Ints, damped: Floats, middle: int, frequency: Ints, seen: int, common: Floats, out: Floats) -> None:
    """Fill `out` with term frequency x idf**1.25. float32 [n]; features before and from `middle` have length 1 each.

    `common` is what `rarity` says of these mails; features that are more frequent than it reaches are worked out here.
    """
    for part in range(2):
        start = 0 if part == 0 else middle
        end = middle if part == 0 else len(rows)
        length = np.float32(0)
        for i in range(start, end):
            n = frequency[rows[i]]
            if n < common.shape[0]:
                weight = common[n]
            else:
                idf = np.log((1.0 + seen) / (1.0 + n)) + 1.0
                weight = np.float32(idf * np.sqrt(np.sqrt(max(idf, 0.0))))
            out[i] = damped[i] * weight
            length += out[i] * out[i]
        if length > 0:
            length = np.sqrt(length)
            for i in range(start, end):
                out[i] /= length


@compiled
def linear(rows: Ints, values: Floats, weights: Floats, out: Floats) -> None:
    """Fill `out` with the linear scores of units. float32 [units]."""
    units = out.shape[0]
    out[:] = 0
    for i in range(rows.shape[0]):
        value, row = values[i], weights[rows[i]]
        for c in range(units):
            out[c] += value * row[c]


@compiled
def descend(rows: Ints, values: Floats, weights: Floats, error: Floats, step: float) -> None:
    """Subtract one gradient step from the weights.

    weights becomes weights - step * values x error, for `error` float32 [units].
    """
    units = error.shape[0]
    for i in range(rows.shape[0]):
        length, row = np.float32(step * values[i]), weights[rows[i]]
        for c in range(units):
            row[c] -= length * error[c]


@compiled
def logarithms(alpha: np.float32, out: Floats) -> None:
    """Fill `out` with log(n + alpha) at place n. float32 [any]."""
    for n in range(out.shape[0]):
        out[n] = np.log(np.float32(n) + alpha)


@compiled
def _log(n: np.uint32, alpha: np.float32, logs: Floats) -> np.float32:
    """log(n + alpha), from what `logarithms` made as far as that reaches."""
    found: np.float32 = logs[n] if n < logs.shape[0] else np.log(np.float32(n) + alpha)
    return found


@compiled
def complement(
    rows: Ints, evidence: Counts, total: Totals, alpha: np.float32, logs: Floats, rest: Floats, out: Floats
) -> None:
    """Fill `out` with each feature's complement weights.

    A weight is what a value of 1 says for each unit by its surprise in all other units' mails: float32 [n, units].

    `rest` float32 [units] is added where a feature is known; only units that have met it need a logarithm besides.
    """
    units = out.shape[1]
    for i in range(rows.shape[0]):
        held, said, of = evidence[rows[i]], out[i], total[rows[i]]
        base = _log(of, alpha, logs)
        for c in range(units):
            said[c] = base - _log(np.uint32(of - held[c]), alpha, logs) if held[c] > 0 else np.float32(0)
        if of > 0:
            for c in range(units):
                said[c] += rest[c]


@compiled
def complement_scores(
    rows: Ints, values: Floats, evidence: Counts, total: Totals, alpha: np.float32, logs: Floats, out: Floats
) -> float:
    """Fill `out` with the complement scores of units.

    A score is the sum of the complement weights times the values: float32 [units]. Return the sum of the known values.
    """
    units = out.shape[0]
    out[:] = 0
    known = 0.0
    for i in range(rows.shape[0]):
        held, value, of = evidence[rows[i]], values[i], total[rows[i]]
        if of > 0:
            known += value
            base = _log(of, alpha, logs)
            for c in range(units):
                if held[c] > 0:
                    out[c] += value * (base - _log(np.uint32(of - held[c]), alpha, logs))
    return known


@compiled
def similar(
    query: Floats, rows: Ints, values: Floats, units: Ints, used: int, sharpness: float, out: Doubles, nearest: Doubles
) -> None:
    """Add each recent mail's likeness to its unit.

    exp(sharpness * (likeness - 1)) of each of the `used` mails is added to its unit in `out` float64 [units].

    `query` float32 [capacity] is the mail's gist spread out by row; `rows` int32 and `values` float32 [gists, most].
    `nearest` float64 [units] becomes the likeness to the nearest of each unit's.
    """
    for g in range(used):
        gist, held = rows[g], values[g]
        likeness = np.float32(0)
        for j in range(gist.shape[0]):
            likeness += query[gist[j]] * held[j]
        if likeness > 0:
            out[units[g]] += np.exp(sharpness * (likeness - 1.0))
            nearest[units[g]] = max(nearest[units[g]], likeness)
