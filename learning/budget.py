"""Error budget → confidence limit: from which confidence on the robot may route by itself."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Evidence = Sequence[tuple[float, bool]]
"""Past suggestions: (confidence, whether the suggestion was right)."""


LEAST = 50
"""Suggestions at or above a limit that it takes to believe it."""


def confidence_limit(evidence: Evidence, max_error: float, least: int = LEAST) -> float | None:
    """The lowest past confidence at and above which past suggestions were wrong at most `max_error` of the time.

    The naive rule: it promises nothing about what comes next. A finite-sample bound takes its place here later.

    Args:
        evidence: suggestions whose truth is known, in any order.
        max_error: share of wrong suggestions that is allowed, 0..1.
        least: as LEAST says.

    Returns:
        The limit, or None while there is too little evidence for any.
    """
    confidences, counts, right = precision_curve(evidence)
    holds = np.flatnonzero((counts >= least) & (right / counts >= 1 - max_error))
    return float(confidences[holds[-1]]) if len(holds) else None


def most_automatic(evidence: Evidence, max_error: float) -> int:
    """How many of the suggestions the best limit would have let through, chosen in hindsight: an upper bound."""
    _, counts, right = precision_curve(evidence)
    holds = np.flatnonzero(right / counts >= 1 - max_error)
    return int(counts[holds[-1]]) if len(holds) else 0


def precision_curve(evidence: Evidence) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Distinct confidences, falling; suggestions at or above each; how many of those were right. Takes O(n log n)."""
    pairs = np.array(evidence, np.float64).reshape(-1, 2)
    ranked = pairs[np.argsort(-pairs[:, 0], kind="stable")]
    # Equal confidences stand or fall together: only the last of each run is a possible limit.
    last = np.flatnonzero(np.append(ranked[1:, 0] < ranked[:-1, 0], True)[: len(ranked)])
    right = np.cumsum(ranked[:, 1]).astype(np.int64)
    return ranked[last, 0], last.astype(np.int64) + 1, right[last]
