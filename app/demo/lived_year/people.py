"""Invent how fast people work and how they err. The same for the same seed; times are those of Copenhagen."""

import math
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain import deadlines
from app.domain.deadlines import COPENHAGEN, Calendar

SESSIONS = (time(8, 10), time(10, 0), time(12, 40), time(14, 45))
"""When somebody goes through the queue on a working day."""
SECONDS, SPREAD = 9.0, 0.7
"""The median of a decision, and the standard deviation of its logarithm."""
PAUSE_SHARE, PAUSE = 0.02, 900.0
"""So often somebody is called away with a mail before them."""
HARD_SHARE = 0.04
"""So many mails are left for a day or three."""
ERROR, FOLLOWED, HIDDEN_ERROR = 0.012, 0.12, 0.035
"""How often a person chooses a wrong unit: of what is suggested rightly; of what is suggested wrongly, by
following it; and where no suggestion is to be seen, which is what people do unaided."""
AGAIN = 0.12
"""How often a mail that has come back is sent astray once more: it is not an easy one."""
QUICKEST, SLOWEST = 1.2, 5.0
"""Working days that a unit takes for half of its answers."""
ANSWER_SPREAD = 0.65
LATE_SHARE, LATE = 0.04, (12.0, 34.0)
"""So many answers take so many working days more."""
NEVER = 0.004
HOLIDAYS, SLOWER = (7,), 1.7
"""In these months everything takes longer."""
RETURN_DAYS = (1, 3)
HOURS = (time(8, 30), time(15, 30))
VACATIONS = ((28, 31), (52, 52), (7, 7))
"""Weeks of the year in which the visitators take turns to be away."""


def chance(*parts: object) -> random.Random:
    """Return the chance of one thing that happens, by what it is."""
    return random.Random("/".join(map(str, parts)))  # noqa: S311 - an invented world, not a secret


@dataclass(frozen=True, slots=True)
class Turn:
    """When somebody reads a waiting mail, and when they decide."""

    person: str
    reads_at: datetime
    decides_at: datetime


class Visitators:
    """The people in triage, who take turns and go through the queue some times a day."""

    def __init__(self, people: list[str], seed: int, calendar: Calendar) -> None:
        self._people, self._seed, self._calendar = people, seed, calendar
        self._free = dict.fromkeys(people, datetime.min.replace(tzinfo=COPENHAGEN))
        self._sick_week = chance(seed, "sick").randrange(3, 22)

    def turn(self, key: object, waits_from: datetime) -> Turn:
        """Return who takes a mail that waits, and when. Called in the order in which mails come to wait."""
        lot = chance(self._seed, "turn", key, waits_from.date())
        days = lot.randint(1, 3) if lot.random() < HARD_SHARE else 0
        session = self._session(waits_from, days)
        person = self._on_duty(session.date())
        reads_at = max(session, self._free[person])
        seconds = lot.lognormvariate(math.log(SECONDS), SPREAD)
        seconds += lot.uniform(0.5, 1.5) * PAUSE if lot.random() < PAUSE_SHARE else 0.0
        decides_at = reads_at + timedelta(seconds=round(max(1.5, seconds), 1))
        self._free[person] = decides_at + timedelta(seconds=lot.uniform(0.5, 4))
        return Turn(person, reads_at, decides_at)

    def _session(self, after: datetime, days: int) -> datetime:
        """Return the next time that somebody goes through the queue, some working days later where it is put off."""
        day = deadlines.add_working_days(deadlines.local_day(after), days, self._calendar)
        while True:
            for start in SESSIONS if deadlines.is_working_day(day, self._calendar) else ():
                moment = datetime.combine(day, start, COPENHAGEN)
                if moment > after:
                    return moment
            day += timedelta(days=1)

    def _on_duty(self, day: date) -> str:
        """Return who sorts on a day: the first until Wednesday, then the next, and for whoever is away."""
        week = day.isocalendar().week
        index = 0 if day.weekday() < 3 else 1
        if week == self._sick_week:
            index = 1
        for first, last in VACATIONS:
            if first <= week <= last:
                index = (week - first) // 2 % 2
        return self._people[index % len(self._people)]


class Caseworkers:
    """The units' people: how long each unit takes to answer, or to see that a mail is not its own."""

    def __init__(self, units: list[str], seed: int, calendar: Calendar) -> None:
        self._seed, self._calendar = seed, calendar
        self._median = {unit: chance(seed, "pace", unit).uniform(QUICKEST, SLOWEST) for unit in units}
        self._sick_week = {unit: chance(seed, "sick", unit).randrange(1, 53) for unit in units}

    def answers_at(self, unit: str, key: object, got_at: datetime) -> datetime | None:
        """Return when a unit answers a mail that it got; None where it never does."""
        lot = chance(self._seed, "answer", key, unit)
        days = lot.lognormvariate(math.log(self._median[unit]), ANSWER_SPREAD)
        if got_at.month in HOLIDAYS:
            days *= SLOWER
        if lot.random() < LATE_SHARE:
            days += lot.uniform(*LATE)
        if lot.random() < NEVER:
            return None
        return self._in_hours(unit, got_at, int(days), lot)

    def returns_at(self, unit: str, key: object, got_at: datetime) -> datetime:
        """Return when a unit sends back what is not its own."""
        lot = chance(self._seed, "return", key, unit, got_at.date())
        return self._in_hours(unit, got_at, lot.randint(*RETURN_DAYS), lot)

    def _in_hours(self, unit: str, after: datetime, days: int, lot: random.Random) -> datetime:
        """Return a moment at work, so many working days later; after the week in which the unit is short of people."""
        day = deadlines.add_working_days(deadlines.local_day(after), days, self._calendar)
        if day.isocalendar().week == self._sick_week[unit]:
            day = deadlines.add_working_days(day, 4, self._calendar)
        opens, closes = (datetime.combine(day, hour, COPENHAGEN) for hour in HOURS)
        moment = opens + lot.random() * (closes - opens)
        if moment > after and deadlines.is_working_day(day, self._calendar):
            return moment
        day = deadlines.add_working_days(day, 1, self._calendar)
        opens, closes = (datetime.combine(day, hour, COPENHAGEN) for hour in HOURS)
        return opens + lot.random() * (closes - opens)
