"""Blind checks: automatic mails that a human decides unseen. From them the precision of all the others is estimated."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from learning.interval import beta_below, beta_quantile

FLOOR = 0.05
"""No automatic mail is checked with a smaller probability, however good the past was."""
FIRST = 0.3
"""The probability while nothing is known about a unit."""
ENOUGH = 20
"""Recent checks of a unit after which the floor is enough; of all units together, so many times `OVERALL`."""
OVERALL = 3
UNIT = 0.5
"""A unit without checks of its own raises the probability to this part of `FIRST`: its bound is pooled with the others'
until then, and a house with 150 units would otherwise check 3,000 mails before it comes down to the floor."""
HUMAN = 0.03
"""Share of the mails that humans decide anyway whose suggestion is hidden from them."""
LEVEL = 0.95


class Check(NamedTuple):
    """A blind check whose outcome is known. `probability` is what it was taken with, in (0, 1]."""

    right: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated share of right automatic routes. With its 95 % interval; `n` checks stand behind it."""

    share: float | None
    low: float
    high: float
    n: int


def coin(seed: str, key: int) -> float:
    """Return an enquiry's number in [0, 1). Uniform over enquiries, the same in every process and at every time."""
    digest = hashlib.blake2b(f"{seed}/{key}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def probability(unit_checks: int, all_checks: int, *, floor: float = FLOOR, first: float = FIRST) -> float:
    """Return the probability of a blind check. Falls from `first` to `floor` as recent checks come in.

    It may depend on how many checks there were, never on the mail: only then do the weights undo it.

    Args:
        unit_checks: recent checks of the unit that the mail would go to.
        all_checks: recent checks of all units.
    """
    missing = max(UNIT * (1 - unit_checks / ENOUGH), 1 - all_checks / (OVERALL * ENOUGH))
    return max(floor, first * missing)


def precision(checks: Sequence[Check]) -> Estimate:
    """Estimate how many automatic routes are right. The evidence is the blind checks among them.

    Each check stands for 1 / probability mails (Horvitz and Thompson, JASA 47 (1952), 663-685; the ratio form is
    Hájek's). The interval is Clopper and Pearson's on the effective number of checks, after Korn and Graubard
    (Survey Methodology 24 (1998), 193-201): it keeps its coverage with few checks and few errors.
    """
    weights = [1 / check.probability for check in checks]
    total = sum(weights)
    if not total:
        return Estimate(None, 0.0, 1.0, 0)
    share = sum(weight for weight, check in zip(weights, checks, strict=True) if check.right) / total
    effective = total**2 / sum(weight**2 for weight in weights)
    low, high = exact(share * effective, effective)
    return Estimate(share, low, high, len(checks))


def exact(right: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Return Clopper and Pearson's interval of a share.

    Biometrika 26 (1934), 404-413; `right` and `n` need not be whole.
    """
    tail = (1 - level) / 2
    low = beta_quantile(tail, right, n - right + 1) if right > 0 else 0.0
    high = beta_quantile(1 - tail, right + 1, n - right) if right < n else 1.0
    return low, high


def highest_error(wrong: int, n: int, level: float = LEVEL) -> float:
    """Return the exact upper bound of an error.

    One-sided, of an error of which `wrong` were seen in `n` checks; 1.0 without any.
    """
    return beta_quantile(level, wrong + 1, n - wrong) if wrong < n else 1.0


def checks_missing(wrong: int, n: int, max_error: float, level: float = LEVEL) -> int:
    """Return how many more clean checks are needed.

    With them, all clean, the upper bound is within `max_error` (in (0, 1)).
    """
    below, enough = 0, 1
    if _within(max_error, wrong, n, level):
        return 0
    while not _within(max_error, wrong, n + enough, level):
        below, enough = enough, 2 * enough
    while enough - below > 1:
        middle = (below + enough) // 2
        reached = _within(max_error, wrong, n + middle, level)
        below, enough = (below, middle) if reached else (middle, enough)
    return enough


def _within(max_error: float, wrong: int, n: int, level: float) -> bool:
    """Tell whether the upper bound of `highest_error` is within `max_error`, without looking for that bound."""
    return wrong < n and beta_below(max_error, wrong + 1, n - wrong) >= level
