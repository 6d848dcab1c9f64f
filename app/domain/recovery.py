"""Tell what a reorganisation, or another milestone, cost in accuracy, and for how long.

The four weeks after it are tested against the four before it. Where they fell by more than chance, it cost as many weeks as passed
until accuracy reached the interval of the weeks before again, in one week and in the four that begin with it. One good week that
the next ones do not bear out is no end of it, and one bad week among many good ones is chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.change import LEVEL, share_p
from app.domain.events.base import DomainEvent
from app.domain.figures import Share, lacking

WEEKS = 4
"""That it is compared by, before and after."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The suggestions around something that happened: of the four weeks `before` it, and of each whole week since."""

    day: date
    what: DomainEvent
    before: Share
    weeks: tuple[Share, ...]

    @property
    def after(self) -> Share:
        """Return the share of the first four weeks after it, or of as many as there are."""
        return total(self.weeks[:WEEKS])

    @property
    def known(self) -> bool:
        """Tell whether enough was judged before it, and a week has passed since in which anything was."""
        return not lacking(self.before.n) and self.after.n > 0

    @property
    def weeks_below(self) -> int:
        """Count the weeks until accuracy was back: in a week, and in the four from it together, so that what follows holds."""
        low = (self.before.interval or (0.0, 1.0))[0]
        for n, week in enumerate(self.weeks):
            if week.n and min(week.right / week.n, self._from(n).value or 0.0) >= low:
                return n
        return len(self.weeks)

    @property
    def back(self) -> bool:
        return self.weeks_below < len(self.weeks)

    @property
    def afterwards(self) -> Share:
        """Return the share of the first four weeks since accuracy was back."""
        return self._from(self.weeks_below)

    @property
    def fell(self) -> bool:
        """Tell whether less was right after it, and the first weeks lay below the interval."""
        return self.weeks_below > 0 and (self.after.value or 0.0) < (self.before.value or 0.0)

    def _from(self, week: int) -> Share:
        return total(self.weeks[week : week + WEEKS])

    @property
    def beyond_chance(self) -> bool:
        """Tell whether the weeks after it differ from those before by more than chance."""
        p = share_p(self.after, self.before)
        return p is not None and p <= LEVEL


def total(shares: Sequence[Share]) -> Share:
    """Return several shares as one."""
    return Share(sum(each.right for each in shares), sum(each.n for each in shares))
