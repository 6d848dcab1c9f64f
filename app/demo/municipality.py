"""Reads the invented municipality; the same form serves a real organisation, without its situations."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.access import Role
from app.domain.routing import Mode

INVENTED = Path(__file__).with_name("municipality.toml")


class OrganisationError(Exception):
    """The file does not describe an organisation; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    name: str
    area: str
    address: str
    guide: str
    subject_code: str
    mode: Mode
    details: tuple[str, ...] = ()
    """Sentences that people add to a mail for this unit, in the invented municipality."""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """`owner`: decides what has been returned twice."""

    name: str
    email: str
    role: Role
    unit: str | None = None
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that happens, and the ways people tell it: (subject, text). The last way is held out of the history."""

    unit: str
    weight: int
    wordings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Municipality:
    name: str
    mailboxes: tuple[tuple[str, str], ...]
    people: tuple[PersonPlan, ...]
    units: tuple[UnitPlan, ...]
    situations: tuple[Situation, ...]
    others: tuple[Situation, ...]
    """Mails that are no unit's; `unit` says what they are."""


def load(path: Path = INVENTED) -> Municipality:
    """Read a municipality.

    Raises:
        OrganisationError: the file is missing, is no TOML, or lacks something.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        made = _municipality(data)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise OrganisationError(f"{path}: {error}") from error
    except (KeyError, ValueError, TypeError) as error:
        raise OrganisationError(f"{path}: {error} is missing or is not what it should be") from error
    names = {unit.name for unit in made.units}
    for named in (*(s.unit for s in made.situations), *(p.unit for p in made.people if p.unit)):
        if named not in names:
            raise OrganisationError(f"{path}: there is no unit {named!r}")
    return made


def _municipality(data: dict[str, Any]) -> Municipality:
    return Municipality(
        name=data["name"],
        mailboxes=tuple((row["address"], row["name"]) for row in data["mailbox"]),
        people=tuple(PersonPlan(**(row | {"role": Role(row["role"])})) for row in data.get("person", [])),
        units=tuple(
            UnitPlan(**(row | {"mode": Mode(row["mode"]), "details": tuple(row.get("details", ()))}))
            for row in data["unit"]
        ),
        situations=tuple(_situation(row["unit"], row) for row in data.get("situation", [])),
        others=tuple(_situation(row["kind"], row) for row in data.get("other", [])),
    )


def _situation(unit: str, row: dict[str, Any]) -> Situation:
    pairs = (wording.partition(" | ") for wording in row["wordings"])
    return Situation(unit, int(row.get("weight", 1)), tuple((subject, text) for subject, _, text in pairs))
