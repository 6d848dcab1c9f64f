"""Reliability of confidences: bins and calibration error.

Of the suggestions made with about 80 %, about 80 % should be right.

Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks, ICML 2017 (arXiv:1706.04599), section 2.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from learning.interval import wilson

BINS = 10
Judged = tuple[float, bool]
"""How sure a suggestion was, in 0..1, and whether it was right."""


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of suggestions by confidence. Between `low` and `high`; `confidence` is their mean."""

    low: float
    high: float
    confidence: float
    right: int
    n: int

    @property
    def share(self) -> float:
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Return the share's 95 % interval."""
        return wilson(self.right, self.n)

    @property
    def gap(self) -> float:
        """Return confidence minus share. Above 0 the suggestions promised more than they kept."""
        return self.confidence - self.share


def equal_width(judged: Iterable[Judged], count: int = BINS) -> list[Bin]:
    """Return bins of equal width, without empty ones. As in the source: ]0, 1/count], … but 0 is in the first."""
    groups: list[list[Judged]] = [[] for _ in range(count)]
    for confidence, right in judged:
        groups[_place(confidence, count)].append((confidence, right))
    return [_bin(group, n / count, (n + 1) / count) for n, group in enumerate(groups) if group]


def equal_mass(judged: Iterable[Judged], count: int = BINS) -> list[Bin]:
    """Return bins of equally many suggestions. But for one more or less: no bin hides a few odd ones among many."""
    ordered = sorted(judged)
    size = len(ordered)
    cuts = [n * size // count for n in range(count + 1)]
    groups = [ordered[start:end] for start, end in pairwise(cuts) if end > start]
    return [_bin(group, group[0][0], group[-1][0]) for group in groups]


def ece(bins: Sequence[Bin]) -> float | None:
    """Return the expected calibration error.

    The mean distance of confidence from share, bins weighted by n; None without any.
    """
    n = sum(each.n for each in bins)
    return sum(each.n * abs(each.gap) for each in bins) / n if n else None


def _place(confidence: float, count: int) -> int:
    """Return the bin that a confidence falls into. The bins are ]n/count, (n+1)/count]."""
    place = min(count - 1, max(0, int(confidence * count)))
    return place - 1 if place and confidence <= place / count else place


def _bin(group: Sequence[Judged], low: float, high: float) -> Bin:
    return Bin(low, high, sum(c for c, _ in group) / len(group), sum(right for _, right in group), len(group))
