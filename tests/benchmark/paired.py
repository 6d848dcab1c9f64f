"""How many errors fewer, with an interval: two models on the same mails, the same mail in several shuffles one cluster."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmark.streams import Stream

Z = 1.96


@dataclass(frozen=True, slots=True)
class Reduction:
    """Share of the peer's errors that the model does not make; negative where it makes more. 95 % interval."""

    value: float
    low: float
    high: float


def reduction(ours: Sequence[Stream], theirs: Sequence[Stream]) -> Reduction:
    """1 - our errors / their errors over all seeds, and its interval.

    Both answered the same mails. A mail that several shuffles hold counts once for each, and its differences, summed
    over them, are one observation (ratio estimator, linearised; Cochran, Sampling Techniques, 3rd ed. (1977), 6.3,
    with the mail as the cluster, 9A.2). Seeds are not held to be independent: the mails are what was drawn.

    Raises:
        ValueError: the streams are not of the same mails, or the peer made no error.
    """
    errors: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for mine, other in zip(ours, theirs, strict=True):
        if mine.ids != other.ids:
            raise ValueError("streams of different mails cannot be paired")
        for mail, right, other_right in zip(mine.ids, mine.right, other.right, strict=True):
            errors[mail][0] += not right
            errors[mail][1] += not other_right
    made, others = (sum(each[n] for each in errors.values()) for n in (0, 1))
    if not others:
        raise ValueError("a peer without errors cannot be improved on")
    ratio = made / others
    spread = math.sqrt(sum((mine - ratio * other) ** 2 for mine, other in errors.values()) * _small(len(errors)))
    half = Z * spread / others
    return Reduction(1 - ratio, 1 - ratio - half, 1 - ratio + half)


def _small(clusters: int) -> float:
    """The usual correction for a variance estimated from so many observations."""
    return clusters / max(1, clusters - 1)
