"""Reckon a business case year by year. In whole kroner, as such papers are: costs are positive, savings negative.

The founding paper's case is kept here as it was decided. It gives no calendar, only that it is earned back in its sixth year. Of
the years in which the effect could begin only the third makes that come true: two years of investment, and then the effect
(docs/decisions/0072-what-the-benefit-rests-on.md).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseYear:
    """One year of a case, numbered from 1. `net` is without the investment; `accumulated` with it, of all years until now."""

    number: int
    investment: int
    positions: int
    effect: int
    running: int
    net: int
    accumulated: int


@dataclass(frozen=True, slots=True)
class BusinessCase:
    """A case as it was decided.

    Attributes:
        in_use: positions that do the work today.
        position: what one of them costs in a year.
        saved: positions saved in the first year of effect, the second …; the last stays.
        running: what using it costs in a year of effect, line by line.
        investments: of the first year, the second …
        effect_from: the year in which the effect begins, and the running costs with it.
    """

    in_use: int
    position: int
    saved: tuple[int, ...]
    running: tuple[int, ...]
    investments: tuple[int, ...]
    effect_from: int

    def positions(self, year_of_effect: int) -> int:
        """Return the positions that are to be saved in a year of effect, from 1."""
        return self.saved[min(year_of_effect, len(self.saved)) - 1] if year_of_effect > 0 else 0

    def effect(self, year_of_effect: int) -> int:
        """Return what a year of effect is to save, as a positive amount."""
        return self.positions(year_of_effect) * self.position

    @property
    def running_yearly(self) -> int:
        return sum(self.running)

    @property
    def invested(self) -> int:
        return sum(self.investments)

    def net(self, year_of_effect: int) -> int:
        """Return a year's saving less its running costs.

        In kroner; positive where it saves more than it costs.
        """
        return self.effect(year_of_effect) - self.running_yearly

    def out_of_reach(self, positions: float) -> int | None:
        """Return the first planned saving above all the work there is.

        In positions; None while every year's plan can be reached.
        """
        return next((each for each in self.saved if each > positions), None)

    def years(self, count: int) -> list[CaseYear]:
        """Reckon the first years."""
        found: list[CaseYear] = []
        accumulated = 0
        for number in range(1, count + 1):
            year = number - self.effect_from + 1
            investment = self.investments[number - 1] if number <= len(self.investments) else 0
            running = self.running_yearly if year > 0 else 0
            net = running - self.effect(year)
            accumulated += investment + net
            found.append(
                CaseYear(number, investment, self.positions(year), -self.effect(year), running, net, accumulated)
            )
        return found

    def payback(self, within: int = 50) -> int | None:
        """Return the first year after the investments whose end has earned them back; None where none does."""
        years = self.years(within)[len(self.investments) - 1 :]
        return next((year.number for year in years if year.accumulated <= 0), None)

    def payback_in_effect(self) -> int | None:
        """Return the year of effect whose end has earned the investments back."""
        year = self.payback()
        return None if year is None else year - self.effect_from + 1


FOUNDING = BusinessCase(
    in_use=6,
    position=425_000,
    saved=(1, 3),
    running=(50_000, 100_000, 60_000, 100_000),
    investments=(1_327_000, 1_142_000),
    effect_from=3,
)
"""The case that Sluse was decided on."""
