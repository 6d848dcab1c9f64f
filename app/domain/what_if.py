"""A question to the past. The labelled mails are routed again under other settings, and the differences shown."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from app.domain import reorganisation, written_plan
from app.domain.figures import Share
from app.domain.reorganisation import Plan
from app.domain.routing import Mode, Route
from app.domain.rules import RoutingRule
from learning.example import is_outside


class WhatIfState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"
    """The program ended under it; it can be started again."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Question:
    """A question: the settings that are different. Settings that are not named stay as they are now.

    Attributes:
        max_error: the authority's error budget, a share.
        without_rules: ids of rules that are not asked.
        modes: a unit's id as text, and its mode.
        plan: a reorganisation.
    """

    max_error: float | None = None
    without_rules: tuple[int, ...] = ()
    modes: Mapping[str, Mode] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)

    @property
    def empty(self) -> bool:
        return self == Question()

    @property
    def budget_alone(self) -> bool:
        """Tell whether only the error budget differs. Then it can be taken as it was rehearsed."""
        return self.max_error is not None and self == Question(self.max_error)

    @property
    def plan_alone(self) -> bool:
        return bool(self.plan.moves) and self == Question(plan=self.plan)

    def to_json(self) -> dict[str, Any]:
        return {
            "max_error": self.max_error,
            "without_rules": list(self.without_rules),
            "modes": dict(self.modes),
            "plan": written_plan.to_json(self.plan),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Question":
        return cls(
            data["max_error"],
            tuple(data["without_rules"]),
            {unit: Mode(mode) for unit, mode in data["modes"].items()},
            written_plan.from_json(data["plan"]),
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy that mails are routed by. Units are keys as `reorganisation.key` makes them.

    modes: of the units that the robot works for. budgets: of the units that have one of their own.
    """

    rules: tuple[RoutingRule, ...]
    modes: Mapping[str, Mode]
    max_error: float
    budgets: Mapping[str, float] = field(default_factory=dict)


def asked(present: Policy, question: Question) -> Policy:
    """Return the policy that a question is about. A unit that is stopped or closed stays so; a plan speaks last."""
    modes = {unit: question.modes.get(unit, mode) for unit, mode in present.modes.items()}
    rules = tuple(rule for rule in present.rules if rule.id not in question.without_rules)
    max_error = present.max_error if question.max_error is None else question.max_error
    return _reorganised(replace(present, rules=rules, modes=modes, max_error=max_error), question.plan)


def _reorganised(policy: Policy, plan: Plan) -> Policy:
    """Return the policy after a reorganisation.

    References to a unit that closes point to its successor; units that get mails of others are as careful as those
    were.
    """
    heirs = {str(unit): reorganisation.key(target) for unit, target in reorganisation.successors(plan).items()}
    known = defaultdict(lambda: Mode.OBSERVE, {int(unit): mode for unit, mode in policy.modes.items()})
    modes = {unit: mode for unit, mode in policy.modes.items() if unit not in heirs}
    modes |= reorganisation.modes_after(plan, known)
    budgets = {unit: budget for unit, budget in policy.budgets.items() if unit not in heirs}
    for target, units in reorganisation.sources(plan).items():
        own = [policy.budgets[str(unit)] for unit in units if str(unit) in policy.budgets]
        if own and not isinstance(target, int):
            budgets[reorganisation.key(target)] = min(own)
    rules = tuple(replace(rule, unit=heirs.get(rule.unit or "", rule.unit)) for rule in policy.rules)
    return Policy(rules, modes, policy.max_error, budgets)


@dataclass(frozen=True, slots=True)
class Judged:
    """A scored mail and its simulated route.

    Where the mail belongs, what the model said first, and how it would have been routed.
    """

    unit: str
    suggested: str | None
    route: Route


@dataclass(frozen=True, slots=True)
class Side:
    """The outcome of the mails under one policy. The figures are numbers of mails."""

    mails: int
    right: int
    """The model's first suggestion was right."""
    automatic: int
    wrong: int
    """Routed without a human, and wrong."""
    by_rule: int
    """Of the automatic ones, those that a rule routed."""

    @property
    def accuracy(self) -> Share:
        return Share(self.right, self.mails)

    @property
    def automation(self) -> Share:
        return Share(self.automatic, self.mails)

    @property
    def error(self) -> Share:
        """Return the share of automatic routes that were wrong."""
        return Share(self.wrong, self.automatic)


@dataclass(frozen=True, slots=True)
class UnitSide:
    """The figures of a unit under one policy.

    Its mails, how many of them were routed without a human, and how right what it got was.
    """

    mails: int
    automatic: int
    routed: int
    right: int

    @property
    def automation(self) -> Share:
        return Share(self.automatic, self.mails)

    @property
    def precision(self) -> Share:
        return Share(self.right, self.routed)


def side(judged: Sequence[Judged]) -> Side:
    routed = [each for each in judged if each.route.unit is not None]
    return Side(
        mails=len(judged),
        right=sum(each.suggested == each.unit for each in judged),
        automatic=len(routed),
        wrong=sum(each.route.unit != each.unit for each in routed),
        by_rule=sum(each.route.by_rule for each in routed),
    )


def by_unit(judged: Sequence[Judged]) -> dict[str, UnitSide]:
    """Return the figures of each unit.

    Mails belong to it or were routed to it; mails that belong to none have no row.
    """
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for each in judged:
        if not is_outside(each.unit):
            own = counts[each.unit]
            own[0] += 1
            own[1] += each.route.unit is not None
        if each.route.unit is not None:
            got = counts[each.route.unit]
            got[2] += 1
            got[3] += each.route.unit == each.unit
    return {unit: UnitSide(*numbers) for unit, numbers in counts.items()}


@dataclass(frozen=True, slots=True)
class UnitChange:
    """A unit before and after. None where it does not exist or has no mails."""

    name: str
    before: UnitSide | None
    after: UnitSide | None

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def kind(self) -> str:
        """Return the kind of a unit's change.

        A code of the texts: it comes, it goes, it becomes automatic, or it is so no more.
        """
        if self.before is None or self.after is None:
            return "comes" if self.before is None else "goes"
        if bool(self.before.automatic) != bool(self.after.automatic):
            return "begins" if self.after.automatic else "ends"
        return "differs" if self.changed else "same"

    @property
    def weight(self) -> int:
        """Return the change of its automatic mails. How many more or fewer would be routed without a human."""
        return abs((self.after.automatic if self.after else 0) - (self.before.automatic if self.before else 0))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides of a simulation. `warm` mails were learned first and not scored."""

    warm: int
    before: Side
    after: Side
    units: tuple[UnitChange, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "warm": self.warm,
            "before": _numbers(self.before),
            "after": _numbers(self.after),
            "units": [
                {
                    "name": unit.name,
                    "before": _numbers(unit.before) if unit.before else None,
                    "after": _numbers(unit.after) if unit.after else None,
                }
                for unit in self.units
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Comparison":
        units = tuple(
            UnitChange(
                unit["name"],
                UnitSide(**unit["before"]) if unit["before"] else None,
                UnitSide(**unit["after"]) if unit["after"] else None,
            )
            for unit in data["units"]
        )
        return cls(data["warm"], Side(**data["before"]), Side(**data["after"]), units)


def _numbers(of: Side | UnitSide) -> dict[str, int]:
    return {name: getattr(of, name) for name in of.__slots__}


def compare(before: Sequence[Judged], after: Sequence[Judged], names: Mapping[str, str], *, warm: int) -> Comparison:
    """Compare both sides and every unit. Units that change most come first.

    Args:
        names: what the units are called, by key; of units to be made the key says it.
    """
    old, new = by_unit(before), by_unit(after)
    keys = {**old, **new}
    units = [
        UnitChange(names.get(key, key.removeprefix(reorganisation.NEW)), old.get(key), new.get(key)) for key in keys
    ]
    units.sort(key=lambda unit: (not unit.changed, -unit.weight, unit.name))
    return Comparison(warm, side(before), side(after), tuple(units))
