"""Decision times as a distribution, in seconds. Pauses and unmeasured decisions are counted apart."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

PAUSE = 600
"""Seconds: who takes longer has been at something else meanwhile."""
ENOUGH = 20
"""Decisions that a person needs before a figure of hers is shown."""
EDGES = (2, 4, 6, 8, 10, 15, 20, 30, 45, 60, 120, 300, PAUSE)
"""Ends of the bins, in seconds; each bin begins at the end of the one before it."""


class DecisionKind(StrEnum):
    """The ways in which a mail was decided."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    BLIND = "blind"
    """Without the suggestion in sight, whatever came of it."""
    ENDED = "ended"
    """Not ours, or no enquiry."""


@dataclass(frozen=True, slots=True)
class DecisionTimes:
    """The decisions by whole seconds.

    `pauses` of over ten minutes are left out, and `unseen` ones that nothing was measured of.
    """

    seconds: Mapping[int, int]
    pauses: int = 0
    unseen: int = 0

    @property
    def n(self) -> int:
        return sum(self.seconds.values())

    @property
    def left_out(self) -> int:
        return self.pauses + self.unseen

    def quantile(self, share: float) -> int | None:
        """Return a quantile of the times, in seconds.

        At least this share of the decisions took at most so long; None without any.
        """
        wanted, seen = share * self.n, 0
        for value in sorted(self.seconds):
            seen += self.seconds[value]
            if seen >= wanted:
                return value
        return None

    def bins(self) -> list[int]:
        """Count the decisions between EDGES. Each took less than an edge, and no less than the one before."""
        starts = (0, *EDGES[:-1])
        return [
            sum(n for value, n in self.seconds.items() if start <= value < end or value == end == PAUSE)
            for start, end in zip(starts, EDGES, strict=True)
        ]


def decision_times(rows: Iterable[tuple[float | None, int]]) -> DecisionTimes:
    """Build the distribution from rows. A row is (seconds, None where nothing was measured; how many decisions)."""
    kept: Counter[int] = Counter()
    pauses = unseen = 0
    for seconds, count in rows:
        if seconds is None:
            unseen += count
        elif seconds > PAUSE:
            pauses += count
        else:
            kept[int(seconds)] += count
    return DecisionTimes(kept, pauses, unseen)
