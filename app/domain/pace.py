"""Seconds per decision as a distribution: what is counted, and what is left out."""

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


class Kind(StrEnum):
    """How a mail was decided."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    BLIND = "blind"
    """Without the suggestion in sight, whatever came of it."""
    ENDED = "ended"
    """Not ours, or no enquiry."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Decisions by whole seconds, `pauses` of over ten minutes left out, and `unseen` ones that nothing was measured of."""

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
        """The whole seconds that at least this share of the decisions took at most; None without any."""
        wanted, seen = share * self.n, 0
        for value in sorted(self.seconds):
            seen += self.seconds[value]
            if seen >= wanted:
                return value
        return None

    def bins(self) -> list[int]:
        """How many decisions took less than each of EDGES, and no less than the one before."""
        starts = (0, *EDGES[:-1])
        return [
            sum(n for value, n in self.seconds.items() if start <= value < end or value == end == PAUSE)
            for start, end in zip(starts, EDGES, strict=True)
        ]


def pace(rows: Iterable[tuple[float | None, int]]) -> Pace:
    """Of rows (seconds, None where nothing was measured; how many decisions)."""
    kept: Counter[int] = Counter()
    pauses = unseen = 0
    for seconds, count in rows:
        if seconds is None:
            unseen += count
        elif seconds > PAUSE:
            pauses += count
        else:
            kept[int(seconds)] += count
    return Pace(kept, pauses, unseen)
