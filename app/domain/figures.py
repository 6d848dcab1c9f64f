"""Figures that say how sure they are."""

from dataclasses import dataclass

from learning.interval import wilson


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval; all None where n is 0."""

    right: int
    n: int

    @property
    def value(self) -> float | None:
        return self.right / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.right, self.n) if self.n else None
