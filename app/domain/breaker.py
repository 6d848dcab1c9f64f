"""The breaker of a unit's automatic routes.

Tripped when what is known about them says that they break the error budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from learning.sampling import Check, exact, precision

LATEST, CORRECTIONS = 50, 3
"""So many errors among the latest known outcomes trip the breaker of a unit."""


@dataclass(frozen=True, slots=True)
class BreakerOutcome:
    """The outcome of a mail the robot routed.

    A mail that it would have routed but for a blind check has `probability`.
    """

    right: bool
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures a breaker is judged by. Errors are shares of automatic routes, each with its lower limit."""

    wrong: int
    known: int
    """Of the latest outcomes."""
    checks: int
    checked_low: float
    """At least so many are wrong, as blind checks tell."""
    returned: int
    returned_low: float
    """At least so many are wrong, as returns alone tell, with every silent route taken for right."""
    max_error: float
    routed: int = 0
    """How many mails the returns are counted among."""

    @property
    def over_budget(self) -> bool:
        return max(self.checked_low, self.returned_low) > self.max_error

    @property
    def trips(self) -> bool:
        return self.wrong >= CORRECTIONS or self.over_budget


def judge(outcomes: Sequence[BreakerOutcome], routed: int, max_error: float) -> Verdict:
    """Judge one unit, or all of them together.

    Args:
        outcomes: in the order in which they became known.
        routed: how many mails the robot has routed there by itself in the same time.
        max_error: the error budget.
    """
    latest = outcomes[-LATEST:]
    checks = [Check(each.right, each.probability) for each in outcomes if each.probability]
    returned = sum(not each.right for each in outcomes if not each.probability)
    return Verdict(
        wrong=sum(not each.right for each in latest),
        known=len(latest),
        checks=len(checks),
        checked_low=1 - precision(checks).high,
        returned=returned,
        returned_low=exact(min(returned, routed), routed)[0] if routed else 0.0,
        max_error=max_error,
        routed=routed,
    )
