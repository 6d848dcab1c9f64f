"""A reorganisation as a plan. Which units become which, and, of a unit that is split, which mails go where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.domain.routing import Mode
from app.domain.rules import RoutingRule, Subject, fits
from connectors.mail import addresses as address

CAUTION = (Mode.OBSERVE, Mode.SUGGEST, Mode.AUTOMATIC)
NEW = "+"
"""What the key of a unit begins with that does not exist yet."""


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to be made. Without an area it stands where the first unit stands that it comes from."""

    name: str
    address: str
    area: str = ""
    centre: str = ""


Target = int | NewUnit
"""A unit by its id, or one to be made."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The merger of units into one. This is one of them, or a new one."""

    kind: ClassVar[str] = "merge"
    units: tuple[int, ...]
    into: Target


@dataclass(frozen=True, slots=True)
class SplitTarget:
    """The part of a split unit that goes to `into`. Mails with one of the words, in that mailbox where one is named."""

    into: Target
    words: tuple[str, ...] = ()
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """The split of a unit. The first part whose condition fits takes a mail; `rest` takes what fits none."""

    kind: ClassVar[str] = "split"
    unit: int
    parts: tuple[SplitTarget, ...]
    rest: Target


@dataclass(frozen=True, slots=True)
class Rename:
    kind: ClassVar[str] = "rename"
    unit: int
    name: str


@dataclass(frozen=True, slots=True)
class Relocate:
    """The move of a unit to another area or centre. Its mails stay its own."""

    kind: ClassVar[str] = "move"
    unit: int
    area: str
    centre: str = ""


Move = Merge | Split | Rename | Relocate


@dataclass(frozen=True, slots=True)
class Plan:
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, slots=True)
class CurrentOrganisation:
    """A present unit, as a plan must know it."""

    id: int
    name: str
    address: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PlanFault:
    """The reason why a plan cannot be carried out. `code` is one of the texts' keys, `value` what it is about."""

    code: str
    value: str = ""


def key(target: Target) -> str:
    """Return a unit's key for the model. Its id, or what stands for a unit that is not there yet."""
    return str(target) if isinstance(target, int) else NEW + target.name


def counts_for(plan: Plan, unit: str, mail: Subject) -> str:
    """Return the unit of a mail after the plan. `unit` is the one before it; both are keys."""
    for move in plan.moves:
        if isinstance(move, Merge) and unit in map(str, move.units):
            return key(move.into)
        if isinstance(move, Split) and unit == str(move.unit):
            return key(next((part.into for part in move.parts if _takes(part, mail)), move.rest))
    return unit


def _takes(part: SplitTarget, mail: Subject) -> bool:
    return fits(RoutingRule(id=0, name="", words=part.words, mailbox=part.mailbox), mail)


def sources(plan: Plan) -> dict[Target, tuple[int, ...]]:
    """Return units that get mails, and their sources. By the plan they get mails of other units."""
    found: dict[Target, tuple[int, ...]] = {}
    for move in plan.moves:
        if isinstance(move, Merge):
            found[move.into] = found.get(move.into, ()) + move.units
        elif isinstance(move, Split):
            for target in dict.fromkeys([*(part.into for part in move.parts), move.rest]):
                found[target] = (*found.get(target, ()), move.unit)
    return found


def created(plan: Plan) -> dict[NewUnit, tuple[int, ...]]:
    """Return the units to be made, and their sources. The sources are the units that their mails come from."""
    return {target: units for target, units in sources(plan).items() if isinstance(target, NewUnit)}


def successors(plan: Plan) -> dict[int, Target]:
    """Return the units that close, and their successors.

    A successor takes what still points to the unit: it was merged into it, or is the rest of a split.
    """
    found: dict[int, Target] = {}
    for move in plan.moves:
        if isinstance(move, Merge):
            found |= {unit: move.into for unit in move.units if unit != move.into}
        elif isinstance(move, Split) and move.unit not in {move.rest, *(part.into for part in move.parts)}:
            found[move.unit] = move.rest
    return found


def modes_after(plan: Plan, modes: Mapping[int, Mode]) -> dict[str, Mode]:
    """Return the modes of units that get mails. The key is the unit's.

    Units that merge go on as carefully as the most careful. A part of a split has suggestions at most: its mails were
    told apart by words that nobody has checked.
    """
    found: dict[str, Mode] = {}
    for move in plan.moves:
        if isinstance(move, Merge):
            units = {*move.units, *([move.into] if isinstance(move.into, int) else [])}
            found[key(move.into)] = _careful(modes[unit] for unit in units)
        elif isinstance(move, Split):
            for target in (*(part.into for part in move.parts), move.rest):
                if isinstance(target, NewUnit):
                    found[key(target)] = _careful([modes[move.unit], Mode.SUGGEST])
    return found


def _careful(modes: Iterable[Mode]) -> Mode:
    return min(modes, key=CAUTION.index)


def faults(plan: Plan, units: Iterable[CurrentOrganisation]) -> list[PlanFault]:
    """Return what stands against a plan. `units` are those there are; nothing where it can be carried out."""
    known = {unit.id: unit for unit in units}
    if not plan.moves:
        return [PlanFault("plan_empty")]
    missing = [unit for unit in _named(plan) if unit not in known]
    if missing:
        return [PlanFault("plan_unknown_unit", str(missing[0]))]
    return [*_in_use(plan, known), *_incomplete(plan), *_taken(plan, known)]


def _named(plan: Plan) -> list[int]:
    """Every existing unit that a plan speaks of, as often as it does."""
    found: list[int] = []
    for move in plan.moves:
        found += move.units if isinstance(move, Merge) else (move.unit,)
    return found + [target for target in sources(plan) if isinstance(target, int)]


def _in_use(plan: Plan, known: Mapping[int, CurrentOrganisation]) -> list[PlanFault]:
    """Return faults of units used wrongly.

    A unit is closed, in two moves at once, or to take mails while it closes itself.
    """
    found = [
        PlanFault("plan_unit_closed", known[unit].name) for unit in dict.fromkeys(_named(plan)) if known[unit].closed
    ]
    given = [unit for units in _given(plan) for unit in units]
    found += [PlanFault("plan_unit_twice", known[unit].name) for unit in dict.fromkeys(given) if given.count(unit) > 1]
    closing = successors(plan)
    spoken_of = [*sources(plan), *(move.unit for move in plan.moves if isinstance(move, Rename | Relocate))]
    found += [PlanFault("plan_target_closes", known[unit].name) for unit in closing if unit in spoken_of]
    return found


def _given(plan: Plan) -> list[tuple[int, ...]]:
    return [
        move.units if isinstance(move, Merge) else (move.unit,)
        for move in plan.moves
        if isinstance(move, Merge | Split)
    ]


def _incomplete(plan: Plan) -> list[PlanFault]:
    found = []
    for move in plan.moves:
        if isinstance(move, Merge) and (not move.units or len({*move.units, move.into}) < 2):
            found.append(PlanFault("plan_merge_too_few"))
        if isinstance(move, Split) and not move.parts:
            found.append(PlanFault("plan_split_without_parts"))
        if isinstance(move, Split) and not all(part.words or part.mailbox for part in move.parts):
            found.append(PlanFault("plan_part_without_condition"))
        if isinstance(move, Relocate) and not move.area:
            found.append(PlanFault("plan_without_area"))
    return found


def _taken(plan: Plan, known: Mapping[int, CurrentOrganisation]) -> list[PlanFault]:
    """Names and addresses that are missing, wrong or another's. A closed unit's name opens that unit again."""
    renamed = {move.unit: move.name for move in plan.moves if isinstance(move, Rename)}
    new = list(created(plan))
    found = [PlanFault("plan_name_missing") for name in [*renamed.values(), *(unit.name for unit in new)] if not name]
    found += [PlanFault("no_address", unit.address or unit.name) for unit in new if address.parse(unit.address) is None]
    wanted = [name.lower() for name in [*renamed.values(), *(unit.name for unit in new)]]
    names = {unit.name.lower() for unit in known.values() if unit.id not in renamed and not unit.closed}
    shut = {unit.name.lower(): unit for unit in known.values() if unit.closed}
    for name in dict.fromkeys(wanted):
        if name in names or wanted.count(name) > 1 or (name in shut and name in map(str.lower, renamed.values())):
            found.append(PlanFault("name_taken", name))
    addresses = {unit.address.lower(): unit for unit in known.values()}
    for unit in new:
        holder = addresses.get(unit.address.lower())
        same = [each for each in new if each.address.lower() == unit.address.lower()]
        if len(same) > 1 or (holder is not None and holder != shut.get(unit.name.lower())):
            found.append(PlanFault("address_taken", unit.address))
    return found
