"""Work out what Sluse saves: the time before it, as people entered it, against the time that was measured.

The times of decisions are measured on some mails and stand for all, so what they add up to is uncertain: the standard error of each
kind's mean is carried through to hours, positions and kroner (the delta method; all of them are linear in the means). What people
entered is taken as it is, and printed beside. Seconds are measured and therefore no whole numbers; kroner are rounded at the end.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.decision_times import DecisionKind

Z = 1.959964
"""Standard errors on either side of a 95 % interval."""
YEAR = 365


class Key(StrEnum):
    """What people enter."""

    BEFORE = "before"
    """Minutes to read a mail, find its unit and send it there, before Sluse."""
    JOURNAL_BEFORE = "journal_before"
    """Minutes to journal a mail, before Sluse."""
    JOURNAL_AFTER = "journal_after"
    """Minutes of journaling that the robot leaves to people, for each mail it files."""
    MISROUTED_BEFORE = "misrouted_before"
    """Of a hundred mails, those that went to a wrong unit before Sluse."""
    DETOUR = "detour"
    """Minutes that a wrong unit spends on a mail."""
    HOURS = "hours"
    """Productive hours of a position in a year."""
    POSITION = "position"
    """Kroner that a position costs in a year."""


class Source(StrEnum):
    """What saves the time."""

    SORTING = "sorting"
    """Finding the unit of a mail: nobody does, or sooner with a suggestion."""
    JOURNALING = "journaling"
    DETOURS = "detours"


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was entered: where it comes from, and of which day it is."""

    value: Decimal
    source: str
    on: date


@dataclass(frozen=True, slots=True)
class Line:
    """An amount with its name: what is paid each year, or was paid once. In whole kroner."""

    name: str
    kroner: int


@dataclass(frozen=True, slots=True)
class Assumptions:
    """All that was entered. `effect_from` is the day from which the effect counts; `plan`: held against the founding case."""

    values: Mapping[Key, Given] = field(default_factory=dict)
    running: tuple[Line, ...] = ()
    investments: tuple[Line, ...] = ()
    effect_from: date | None = None
    plan: bool = False

    @property
    def missing(self) -> list[Key]:
        return [key for key in Key if key not in self.values]

    @property
    def invested(self) -> int:
        return sum(line.kroner for line in self.investments)

    @property
    def running_yearly(self) -> int:
        return sum(line.kroner for line in self.running)

    def number(self, key: Key) -> float:
        return float(self.values[key].value)

    def kroner(self, seconds: float) -> int:
        """Return what working time costs."""
        return round(self.positions(seconds) * self.number(Key.POSITION))

    def positions(self, seconds: float) -> float:
        """Return how many positions' years some working time is."""
        return seconds / 3600 / self.number(Key.HOURS)

    def running_of(self, days: int) -> int:
        """Return the running costs of so many days."""
        return round(Decimal(self.running_yearly * days) / YEAR)

    def year_of_effect(self, day: date) -> int:
        """Return in which year of effect a day is, from 1; 0 before the first and where none was entered."""
        if self.effect_from is None or day < self.effect_from:
            return 0
        begun = (day.month, day.day) >= (self.effect_from.month, self.effect_from.day)
        return day.year - self.effect_from.year + begun

    def stored(self) -> dict[str, Any]:
        """Return all as plain values, for the table of versions and the log."""
        return {
            "values": {key.value: [str(g.value), g.source, g.on.isoformat()] for key, g in self.values.items()},
            "running": [[line.name, line.kroner] for line in self.running],
            "investments": [[line.name, line.kroner] for line in self.investments],
            "effect_from": self.effect_from.isoformat() if self.effect_from else None,
            "plan": self.plan,
        }


def read(stored: Mapping[str, Any]) -> Assumptions:
    """Read what `Assumptions.stored` gave."""
    day = stored["effect_from"]
    return Assumptions(
        {
            Key(key): Given(Decimal(value), source, date.fromisoformat(on))
            for key, (value, source, on) in stored["values"].items()
        },
        tuple(Line(name, kroner) for name, kroner in stored["running"]),
        tuple(Line(name, kroner) for name, kroner in stored["investments"]),
        date.fromisoformat(day) if day else None,
        stored["plan"],
    )


@dataclass(frozen=True, slots=True)
class Timed:
    """Decisions of one kind: how many, and of those whose time was taken the sum and sum of squares, in seconds."""

    n: int = 0
    measured: int = 0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Timed") -> "Timed":
        return Timed(
            self.n + other.n,
            self.measured + other.measured,
            self.total + other.total,
            self.squares + other.squares,
        )

    @property
    def mean(self) -> float | None:
        return self.total / self.measured if self.measured else None

    @property
    def error(self) -> float | None:
        """Return the standard error of the mean; None with fewer than two measured."""
        if self.measured < 2:
            return None
        spread = max(0.0, self.squares - self.total**2 / self.measured) / (self.measured - 1)
        return math.sqrt(spread / self.measured)


@dataclass(frozen=True, slots=True)
class Work:
    """What there was to do with the mails of some days, or of a part of the house.

    Attributes:
        mails: that the robot or people placed, or that went with an earlier one. What was set aside or still waits saves nothing.
        journaled: mails that were filed on a case.
        detours: units that mails went through before the one they are with.
        decided: the decisions of people about them.
    """

    mails: int = 0
    journaled: int = 0
    detours: int = 0
    decided: Mapping[DecisionKind, Timed] = field(default_factory=dict)

    def __add__(self, other: "Work") -> "Work":
        kinds = {kind: self.of(kind) + other.of(kind) for kind in DecisionKind}
        return Work(self.mails + other.mails, self.journaled + other.journaled, self.detours + other.detours, kinds)

    def of(self, kind: DecisionKind) -> Timed:
        return self.decided.get(kind, Timed())


def together(parts: Iterable[Work]) -> Work:
    """Return the work of all parts."""
    return sum(parts, Work())


@dataclass(frozen=True, slots=True)
class Saving:
    """Working time before and after, in seconds; `error` is the standard error of what was saved."""

    before: float
    after: float
    error: float

    @property
    def seconds(self) -> float:
        return self.before - self.after

    @property
    def low(self) -> float:
        return self.seconds - Z * self.error

    @property
    def high(self) -> float:
        return self.seconds + Z * self.error


def saving(work: Work, measured: Work, given: Assumptions) -> Saving | None:
    """Return what the work took less than before; None where too little was measured to say.

    `measured` is all the work whose times are known, of which `work` may be a part: a part of the house decides few mails, and its
    times are taken to be those of the whole. The error is that of the mean time of such decisions: also where each was
    measured, the next ones will take other times.
    """
    taken = decision_seconds(work, measured)
    if taken is None:
        return None
    detour = given.number(Key.DETOUR)
    before = work.mails * (given.number(Key.BEFORE) + given.number(Key.MISROUTED_BEFORE) / 100 * detour)
    before += work.journaled * given.number(Key.JOURNAL_BEFORE)
    after = work.journaled * given.number(Key.JOURNAL_AFTER) + work.detours * detour
    return Saving(60 * before, 60 * after + taken[0], taken[1])


def sources(saved: Saving, work: Work, given: Assumptions) -> dict[Source, int]:
    """Return the kroner of a saving, by what saves them. They add up to all of it."""
    detour = given.number(Key.DETOUR)
    each = given.number(Key.JOURNAL_BEFORE) - given.number(Key.JOURNAL_AFTER)
    fewer = work.mails * given.number(Key.MISROUTED_BEFORE) / 100 - work.detours
    journaling, detours = given.kroner(60 * work.journaled * each), given.kroner(60 * fewer * detour)
    sorting = given.kroner(saved.seconds) - journaling - detours
    return {Source.SORTING: sorting, Source.JOURNALING: journaling, Source.DETOURS: detours}


def sensitivity(work: Work, measured: Work, given: Assumptions, more: Decimal = Decimal("1.1")) -> dict[Key, int]:
    """Return the kroner by which the saving would differ, were one entered value a tenth larger, for each of them."""
    found: dict[Key, int] = {}
    for key, each in given.values.items():
        other = replace(given, values={**given.values, key: replace(each, value=each.value * more)})
        before, after = saving(work, measured, given), saving(work, measured, other)
        if before is not None and after is not None:
            found[key] = other.kroner(after.seconds) - given.kroner(before.seconds)
    return found


def decision_seconds(work: Work, measured: Work) -> tuple[float, float] | None:
    """Return the seconds that the decisions took, and their standard error; None where there are some and no times.

    A kind with fewer than two measured has no mean of its own, and is given that of the others together.
    """
    known = {kind: each for kind in DecisionKind if (each := measured.of(kind)).error is not None}
    rest = sum(work.of(kind).n for kind in DecisionKind if kind not in known)
    all_measured = sum(each.measured for each in known.values())
    if not known:
        return None if rest else (0.0, 0.0)
    seconds = variance = 0.0
    for kind, each in known.items():
        weight = work.of(kind).n + rest * each.measured / all_measured
        seconds += weight * (each.mean or 0.0)
        variance += (weight * (each.error or 0.0)) ** 2
    return seconds, math.sqrt(variance)


@dataclass(frozen=True, slots=True)
class Yearly:
    """What a year saves, in kroner, if all of it is as the days that were counted, with its standard error."""

    kroner: int
    error: float

    def less(self, kroner: int) -> "Yearly":
        """Return the year less an amount that is certain."""
        return Yearly(self.kroner - kroner, self.error)

    @property
    def low(self) -> int:
        return round(self.kroner - Z * self.error)

    @property
    def high(self) -> int:
        return round(self.kroner + Z * self.error)

    def chance(self, goal: int) -> float:
        """Return how likely the year reaches a goal."""
        if not self.error:
            return float(self.kroner >= goal)
        return 0.5 * math.erfc((goal - self.kroner) / self.error / math.sqrt(2))


def yearly(parts: Sequence[tuple[int, int]], error: float) -> Yearly | None:
    """Extrapolate to a year. None with fewer than three parts, of which nothing can be said.

    Args:
        parts: (days, kroner saved) of days, weeks or months that follow each other.
        error: the standard error of all of it that comes of the measured times, in kroner.

    The parts differ, by season and chance, and the days to come will: the error of their mean is that of a ratio estimator, and is
    the smaller the more of the year was counted.
    """
    days, saved = sum(days for days, _ in parts), sum(kroner for _, kroner in parts)
    if len(parts) < 3 or not days:
        return None
    rate = saved / days
    spread = sum((kroner - rate * length) ** 2 / length for length, kroner in parts) / (len(parts) - 1) / days
    to_come = max(0.0, 1 - days / YEAR)
    return Yearly(round(rate * YEAR), math.sqrt(YEAR**2 * spread * to_come + (error * YEAR / days) ** 2))


def payback_years(invested: int, net_yearly: int) -> float | None:
    """Return after how many years of effect an investment is earned back; None where it never is."""
    return invested / net_yearly if net_yearly > 0 else None
