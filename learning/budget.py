"""Error budget → confidence limit, with a finite-sample bound. From this confidence on the robot may route by itself.

The bound is a bet (Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS-B 86
(2024), 1-27). Against "above this limit more than `max_error` of the suggestions are wrong" one unit of money is staked
on each known suggestion, in the order in which they came: a right one wins a little, a wrong one loses much. If the
claim is true the money cannot be expected to grow, so that it ever reaches 1 / delta has a chance of at most delta
(Ville's inequality): one may look as often as one likes. Stakes are constant, each of STAKES on its own account, and
the accounts are added up (Robbins' method of mixtures): with constant stakes the claim that is refuted is one about the
average over the stretch, so the error may drift within it.

Candidates are every STEP of the latest suggestions by falling confidence, tested in this fixed order, from the safe end
down ("Learn then Test", Angelopoulos, Bates, Candès, Jordan and Lei, Annals of Applied Statistics 19 (2025)): what it
takes to refute one claim is handed on to the next, so that DELTA stands for all of them together. The rule uses the
order of confidences alone, never their size. docs/decisions/0013 has what it measures.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Evidence = Sequence[tuple[float, bool]]
"""Past suggestions: (confidence, whether the suggestion was right)."""

DELTA = 0.1
"""The chance, for all candidates and all looks at one stretch of evidence together, that a limit promises too much."""
WINDOW = 2_500
"""So many of the latest known suggestions count: more hold on to a past that is over, fewer prove less."""
ALONE = 200
"""A unit with so many known suggestions of its own, and a budget of its own, stands on them alone."""
STAKES = np.array([0.25, 0.6])
"""As shares of the highest stake that one wrong suggestion does not ruin. 0.6 is best where the error is two fifths of
what is allowed, 0.25 where it is three quarters; more accounts cost more than they bring."""
STEP = 0.02
STARTS = ((0.1, 0.2), (0.3, 0.8))
"""Where the tests begin: at so much of the suggestions, with this part of DELTA. Where only the best tenth is good
enough, the first of the two still finds it."""
FEWEST = 6
"""No test begins with fewer suggestions than may hold so many wrong ones: one unlucky mail would decide it."""


class KnownOutcome(NamedTuple):
    """A suggestion whose truth is known. `unit` is the one that was suggested.

    `weight` is how many mails it stands for: 1 where a human decides anyway, 1 / probability for a blind check, and 0
    where it is known only because it was wrong, which says nothing about the others.
    """

    confidence: float
    right: bool
    weight: float = 1.0
    unit: str = ""


def confidence_limit(evidence: Sequence[KnownOutcome], max_error: float, delta: float = DELTA) -> float | None:
    """Return the lowest limit that keeps the budget.

    Above it, by the evidence, at most `max_error` of the suggestions are wrong.

    For any stretch of at most WINDOW suggestions the chance that, at whatever look, a limit is returned above which
    more than `max_error` of the stretch's suggestions were to be expected wrong is at most `delta`.

    Args:
        evidence: oldest first; the latest WINDOW that say something count.
        max_error: share of wrong suggestions that is allowed, in (0, 1).
        delta: as DELTA says.

    Returns:
        The limit, or None while the evidence proves none. Takes O(WINDOW log WINDOW).
    """
    telling = [(k.confidence, k.right, k.weight) for k in evidence if k.weight > 0][-WINDOW:]
    if not telling or not 0 < max_error < 1:
        return None
    confidences, right, weights = np.array(telling, np.float64).T
    ranked = np.argsort(-confidences, kind="stable")
    money = _money(1 - right[ranked], _relative(weights)[ranked], max_error)
    return _lowest(confidences[ranked], money, _starts(len(ranked), max_error, delta))


def limits_of_units(
    evidence: Sequence[KnownOutcome], budgets: Mapping[str, float], max_error: float
) -> dict[str, float | None]:
    """Return the limits of units with their own budgets. The key is the unit.

    Such a unit stands on its own evidence where it has enough of it, and on that of all until then. The budget of all,
    `max_error`, binds: a unit may be stricter, never laxer.
    """
    limits = {}
    for unit, budget in budgets.items():
        own = [known for known in evidence if known.unit == unit and known.weight > 0]
        limits[unit] = confidence_limit(own if len(own) >= ALONE else evidence, min(budget, max_error))
    return limits


def _relative(weights: Floats) -> Floats:
    """Return weights in 0..1, relative to the highest. The highest in force so far bounds what one bet can lose.

    Before there are blind checks every mail counts whole. Afterwards a mail that a human decides anyway counts a
    twentieth, if one of twenty confident ones is checked. That the whole may change as time goes on takes nothing from
    the bound: a stake may depend on what was before.
    """
    relative: Floats = weights / np.maximum.accumulate(weights)
    return relative


def _money(wrong: Floats, relative: Floats, max_error: float) -> Floats:
    """Return the log of the money after each bet.

    The bets are on the first 1, 2, … of the ranked suggestions; shape (n,).

    A product does not mind the order of its factors: betting on those above a limit in the order in which they came
    ends with the same money.
    """
    gains = relative * (max_error - wrong) / (1 - max_error)
    accounts = np.cumsum(np.log1p(np.outer(STAKES, gains)), axis=1)
    money: Floats = np.logaddexp.reduce(accounts, axis=0) - np.log(len(STAKES))
    return money


def _starts(n: int, max_error: float, delta: float) -> dict[int, float]:
    """Return the part of `delta` each test begins with.

    The tests are of `n` suggestions, by step; how they ended does not matter.
    """
    begins: dict[int, float] = defaultdict(float)
    for share, part in STARTS:
        begins[ceil(max(share, FEWEST / max_error / n) / STEP - 1e-9)] += part * delta
    return begins


def _lowest(ranked: Floats, money: Floats, starts: Mapping[int, float]) -> float | None:
    """The lowest candidate whose claim is refuted. Equal confidences stand or fall together."""
    last = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True))
    steps = np.arange(1, round(1 / STEP) + 1)
    counts = np.round(steps * STEP * len(ranked)).astype(np.int64)
    limit, handed_on = None, 0.0
    for step, at in zip(steps.tolist(), last[np.searchsorted(last, counts - 1)].tolist(), strict=True):
        chance = handed_on + starts.get(step, 0.0)
        refuted = chance > 0 and money[at] >= -np.log(chance)
        handed_on = chance if refuted else 0.0
        limit = float(ranked[at]) if refuted else limit
    return limit


def most_automatic(evidence: Evidence, max_error: float) -> int:
    """Return how many suggestions the best limit lets through. Chosen in hindsight: an upper bound."""
    _, counts, right = precision_curve(evidence)
    holds = np.flatnonzero(right / counts >= 1 - max_error)
    return int(counts[holds[-1]]) if len(holds) else 0


def precision_curve(evidence: Evidence) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return the curve of precision by confidence.

    Distinct confidences, falling; suggestions at or above each; how many of those were right. Takes O(n log n).
    """
    pairs = np.array(evidence, np.float64).reshape(-1, 2)
    ranked = pairs[np.argsort(-pairs[:, 0], kind="stable")]
    # Equal confidences stand or fall together: only the last of each run is a possible limit.
    last = np.flatnonzero(np.append(ranked[1:, 0] < ranked[:-1, 0], True)[: len(ranked)])
    right = np.cumsum(ranked[:, 1]).astype(np.int64)
    return ranked[last, 0], last.astype(np.int64) + 1, right[last]
