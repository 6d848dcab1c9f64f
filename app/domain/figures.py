"""Figures that say how sure they are."""

from dataclasses import dataclass
from functools import cache

from learning.interval import wilson
from learning.sampling import checks_missing

LOOSEST = 0.05
"""No allowed error rate asks for fewer judged mails than this one: a percentage of thirty says too little anywhere."""


@cache
def fewest(max_error: float = LOOSEST) -> int:
    """Count the judged mails a percentage takes. 59 where 5 % may be wrong.

    So many, all of them right, bring the exact upper bound of the error within what is allowed.
    """
    return checks_missing(0, 0, min(max_error, LOOSEST) or LOOSEST)


def lacking(n: int, max_error: float = LOOSEST) -> int:
    """Count the judged mails a percentage still lacks. The share is of `n`; 0 where it may stand as a percentage."""
    return max(0, fewest(max_error) - n)


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval. All are None where n is 0."""

    right: int
    n: int

    @property
    def value(self) -> float | None:
        return self.right / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.right, self.n) if self.n else None
