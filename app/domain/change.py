"""Tell whether a figure changed by more than chance. Plain arithmetic, as in learning/interval.py and for the same reason.

Shares are compared by the two-proportion z test. Mails do not come one by one at random: more on Mondays, many after a storm. So
counts are compared by a Poisson rate test whose spread is as much larger as the days of both periods show (quasi-Poisson). Where
several figures are looked at together, Holm's correction keeps chance from showing in any: Scand. J. Statist. 6 (1979), 65-70.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, variance

from app.domain.figures import Share

LEVEL = 0.05


def share_p(now: Share, before: Share) -> float | None:
    """Return how likely at least such a difference of two shares is by chance; None where one has no mails."""
    if not now.n or not before.n:
        return None
    pooled = (now.right + before.right) / (now.n + before.n)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / now.n + 1 / before.n))
    return _two_sided((now.right / now.n - before.right / before.n) / spread) if spread else 1.0


def count_p(now: Sequence[int], before: Sequence[int]) -> float | None:
    """Return how likely at least such a difference of two counts is by chance; None without days or mails.

    Both are counts of days. Their spread is taken around each period's own mean, and never smaller than Poisson's.
    """
    total = sum(now) + sum(before)
    if not now or not before or not total:
        return None
    expected = total * len(now) / (len(now) + len(before))
    spread = math.sqrt(expected * len(before) / (len(now) + len(before)) * dispersion(now, before))
    return _two_sided((sum(now) - expected) / spread)


def dispersion(*periods: Sequence[int]) -> float:
    """Return how much more the days vary than chance alone would let them; at least 1."""
    ratios = [variance(days) / fmean(days) for days in periods if len(days) > 1 and any(days)]
    return max([1.0, *ratios])


def beyond_chance(chances: Mapping[str, float | None], level: float = LEVEL) -> set[str]:
    """Return the figures that changed by more than chance, at `level` for all of them together."""
    known = sorted((p, key) for key, p in chances.items() if p is not None)
    found = set[str]()
    for n, (p, key) in enumerate(known):
        if p > level / (len(known) - n):
            break
        found.add(key)
    return found


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))
