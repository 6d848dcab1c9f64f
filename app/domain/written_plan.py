"""A plan of a reorganisation in JSON. As it is stored, and as a person writes it in a file with the units' names."""

from collections.abc import Mapping
from typing import Any

from app.domain.reorganisation import Merge, Move, NewUnit, Plan, Relocate, Rename, Split, SplitTarget, Target


class NoPlan(ValueError):
    """The error of a text that is no plan."""


def to_json(plan: Plan) -> dict[str, Any]:
    """Return the plan in JSON. As stored, and as a file has it."""
    return {"moves": [_move_to_json(move) for move in plan.moves]}


def _move_to_json(move: Move) -> dict[str, Any]:
    match move:
        case Merge(units, into):
            return {"kind": "merge", "units": list(units), "into": _target_to_json(into)}
        case Split(unit, parts, rest):
            stored_parts = [
                {"into": _target_to_json(part.into), "words": list(part.words), "mailbox": part.mailbox}
                for part in parts
            ]
            return {"kind": "split", "unit": unit, "parts": stored_parts, "rest": _target_to_json(rest)}
        case Rename(unit, name):
            return {"kind": "rename", "unit": unit, "name": name}
        case Relocate(unit, area, centre):
            return {"kind": "move", "unit": unit, "area": area, "centre": centre}


def _target_to_json(target: Target) -> Any:
    if isinstance(target, int):
        return target
    return {"name": target.name, "address": target.address, "area": target.area, "centre": target.centre}


def from_json(data: Any, ids: Mapping[str, int] | None = None) -> Plan:
    """Read a plan from JSON. A unit is named by its id, or by its name where `ids` knows it.

    Raises:
        NoPlan: it is not one; the message says where.
    """
    try:
        return Plan(tuple(_move_from_json(move, ids or {}) for move in data["moves"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise NoPlan(f"not a plan: {error!r}") from error


def _move_from_json(move: Mapping[str, Any], ids: Mapping[str, int]) -> Move:
    match move["kind"]:
        case "merge":
            return Merge(tuple(_unit(unit, ids) for unit in move["units"]), _target(move["into"], ids))
        case "split":
            parts = tuple(
                SplitTarget(
                    _target(part["into"], ids), tuple(map(str, part.get("words", ()))), str(part.get("mailbox", ""))
                )
                for part in move["parts"]
            )
            return Split(_unit(move["unit"], ids), parts, _target(move.get("rest", move["unit"]), ids))
        case "rename":
            return Rename(_unit(move["unit"], ids), str(move["name"]))
        case "move":
            return Relocate(_unit(move["unit"], ids), str(move["area"]), str(move.get("centre", "")))
        case other:
            raise NoPlan(f"no such move: {other}")


def _unit(value: Any, ids: Mapping[str, int]) -> int:
    if isinstance(value, int):
        return value
    if value not in ids:
        raise NoPlan(f"no such unit: {value}")
    return ids[value]


def _target(value: Any, ids: Mapping[str, int]) -> Target:
    if not isinstance(value, Mapping):
        return _unit(value, ids)
    return NewUnit(str(value["name"]), str(value["address"]), str(value.get("area", "")), str(value.get("centre", "")))
