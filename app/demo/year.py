"""The course of an invented year. When mails come, which situations happen, and whose they were at the time."""

import random
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from app.demo.municipality import Milestone, Municipality, Situation

DAYS = 364
WEEKDAYS = (1.3, 1.1, 1.1, 1.0, 0.9, 0.35, 0.35)
"""How much comes on a Monday, on a Tuesday …"""
IN_SEASON, OUT_OF_SEASON = 2.5, 0.1
STORM, STORM_DAYS = 28.0, 7
"""So much more often do the storm's situations happen in its week: three times the mails in all."""
OPENS, CLOSES = 6, 22
QUIET = 7
"""A milestone lies at least so many days back, so that its consequences can be seen."""


def in_season(situations: Sequence[Situation], month: int) -> list[float]:
    """Return the weights of situations in a month."""
    return [s.weight * (IN_SEASON if month in s.months else OUT_OF_SEASON if s.months else 1) for s in situations]


class Year:
    """The 52 weeks before `until`, in days of UTC. The same for the same seed."""

    def __init__(self, municipality: Municipality, seed: int, until: datetime) -> None:
        self._situations = municipality.situations
        self.first = until.date() - timedelta(days=DAYS)
        self.milestones = sorted((self._day_of(m, until.date()), m) for m in municipality.milestones)
        self._began = {milestone.kind: day for day, milestone in self.milestones}
        self._seed = seed

    def moments(self, count: int) -> list[datetime]:
        """Return when `count` mails come, in order. More come on Mondays, in season, and in the storm."""
        days = [self.first + timedelta(days=n) for n in range(DAYS)]
        ends = list(accumulate(self._volume(day) for day in days))
        moments = []
        for n in range(count):
            goal = ends[-1] * (n + 0.5) / count
            k = bisect_right(ends, goal)
            share = 1 - (ends[k] - goal) / (ends[k] - (ends[k - 1] if k else 0.0))
            opens = datetime.combine(days[k], time(OPENS), UTC)
            moments.append(opens + share * timedelta(hours=CLOSES - OPENS))
        return moments

    def weights(self, day: date) -> list[float]:
        """Return how likely each situation is on a day."""
        seasonal = in_season(self._situations, day.month)
        if not self._storms(day):
            return seasonal
        return [max(w, s.weight) * STORM if s.storm else w for s, w in zip(self._situations, seasonal, strict=True)]

    def unit_of(self, situation: Situation, day: date) -> str:
        """Return whose a situation was on a day. Before the reorganisation it was perhaps another unit's."""
        reorganised = self._began.get("reorganisation")
        if situation.before is not None and reorganised is not None and day < reorganised:
            return situation.before
        return situation.unit

    def _day_of(self, milestone: Milestone, today: date) -> date:
        """Its latest day that lies back far enough, but never before the year begins."""
        latest = today - timedelta(days=QUIET)
        day = date(latest.year, milestone.month, milestone.day)
        return max(day if day <= latest else day.replace(year=latest.year - 1), self.first + timedelta(days=QUIET))

    def _storms(self, day: date) -> bool:
        began = self._began.get("storm")
        return began is not None and began <= day < began + timedelta(days=STORM_DAYS)

    def _volume(self, day: date) -> float:
        mood = random.Random(f"{self._seed}/{day}").uniform(0.7, 1.3)  # noqa: S311 - an invented world, not a secret
        return sum(self.weights(day)) * WEEKDAYS[day.weekday()] * mood
