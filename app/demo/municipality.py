"""The reader of the invented municipality. The same form serves a real organisation, without its situations."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.demo import organisation_checks
from app.demo.organisation_checks import OrganisationFile
from app.domain.access import Role
from app.domain.routing import Mode

INVENTED = Path(__file__).with_name("slusekoebing")


class OrganisationError(Exception):
    """The error of a file that describes no organisation. The message says what to mend."""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    name: str
    area: str
    address: str
    guide: str
    subject_code: str
    mode: Mode
    also_called: str = ""
    mail_system: str = ""
    details: tuple[str, ...] = ()
    """Sentences that people add to a mail for this unit, in the invented municipality."""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person of the organisation. `owner`: decides what has been returned twice."""

    name: str
    email: str
    role: Role
    unit: str | None = None
    owner: bool = False


@dataclass(frozen=True, slots=True)
class AuthorityPlan:
    """Another authority, whose mails come by mistake.

    `letter` goes to the citizen where the shared one says too much.
    """

    name: str
    address: str
    guide: str = ""
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """A situation and the ways people tell it. A way is (subject, text). The last one is held out of the history."""

    unit: str
    weight: int
    wordings: tuple[tuple[str, str], ...]
    months: frozenset[int] = frozenset()
    """Its season; empty: the whole year."""
    storm: bool = False
    before: str | None = None
    """The unit it belonged to before the reorganisation, where that was another one."""
    authority: str = ""
    """Whose it is, where it is another authority's."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """An event that bends the year's curves. `kind` is storm or reorganisation."""

    kind: str
    month: int
    day: int
    text: str


@dataclass(frozen=True, slots=True)
class Municipality:
    name: str
    mailboxes: tuple[tuple[str, str], ...]
    """(address, name); the first is the main one."""
    fitting: dict[str, str]
    """Service area → the address of the mailbox its mails belong in."""
    mail_systems: dict[str, str]
    """The address of a mailbox → the mail system it is in, where that is not the main one."""
    people: tuple[PersonPlan, ...]
    units: tuple[UnitPlan, ...]
    situations: tuple[Situation, ...]
    others: tuple[Situation, ...]
    """Mails that are no unit's; `unit` says what they are."""
    milestones: tuple[Milestone, ...]
    authorities: tuple[AuthorityPlan, ...]


def load(path: Path = INVENTED) -> Municipality:
    """Load a municipality from a file or folder. The files are TOML.

    Raises:
        OrganisationError: the file is missing, is no TOML, or lacks something: a line for each fault.
    """
    files = _read(path)
    if wrong := list(organisation_checks.problems(files)):
        raise OrganisationError("\n".join(wrong))
    made = _municipality(_together(files))
    names = {unit.name for unit in made.units}
    units_named = (
        *(s.unit for s in made.situations),
        *(s.before for s in made.situations),
        *(p.unit for p in made.people),
    )
    for named in units_named:
        if named is not None and named not in names:
            raise OrganisationError(f"{path}: there is no unit {named!r}")
    authorities = {"", *(authority.name for authority in made.authorities)}
    for other in made.others:
        if other.authority not in authorities:
            raise OrganisationError(f"{path}: there is no authority {other.authority!r}")
    return made


def _read(path: Path) -> list[OrganisationFile]:
    """Read the file, or those of a folder in alphabetical order."""
    found = []
    for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
        try:
            text = file.read_text(encoding="utf-8")
            found.append(OrganisationFile(file, text, tomllib.loads(text)))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise OrganisationError(f"{file}: {error}") from error
    if not found:
        raise OrganisationError(f"{path}: there is no .toml file in the folder")
    return found


def _together(files: list[OrganisationFile]) -> dict[str, Any]:
    """Return the files' tables, lists put together."""
    data: dict[str, Any] = {}
    for file in files:
        for key, value in file.tables.items():
            data[key] = [*data.get(key, []), *value] if isinstance(value, list) else value
    return data


def _municipality(data: dict[str, Any]) -> Municipality:
    return Municipality(
        name=data["name"],
        mailboxes=tuple((row["address"], row["name"]) for row in data["mailbox"]),
        fitting={row["area"]: row["address"] for row in data["mailbox"] if "area" in row},
        mail_systems={row["address"]: row["mail_system"] for row in data["mailbox"] if "mail_system" in row},
        people=tuple(PersonPlan(**(row | {"role": Role(row["role"])})) for row in data.get("person", [])),
        units=tuple(
            UnitPlan(**(row | {"mode": Mode(row["mode"]), "details": tuple(row.get("details", ()))}))
            for row in data["unit"]
        ),
        situations=tuple(_situation(row["unit"], row) for row in data.get("situation", [])),
        others=tuple(_situation(row["kind"], row) for row in data.get("other", [])),
        milestones=tuple(Milestone(**row) for row in data.get("milestone", [])),
        authorities=tuple(AuthorityPlan(**row) for row in data.get("authority", [])),
    )


def _situation(unit: str, row: dict[str, Any]) -> Situation:
    pairs = (wording.partition(" | ") for wording in row["wordings"])
    return Situation(
        unit=unit,
        weight=int(row.get("weight", 1)),
        wordings=tuple((subject, text) for subject, _, text in pairs),
        months=frozenset(row.get("months", ())),
        storm=bool(row.get("storm", False)),
        before=row.get("before"),
        authority=row.get("authority", ""),
    )
