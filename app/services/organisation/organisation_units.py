"""The organisation: areas, centres, units, mailboxes and people. Every change to them is logged."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.events.organisation import AccountCreated, MailboxChanged, MailboxRemoved, UnitChanged
from app.domain.organisation import ImportProblem, UnitLine, read_csv, write_csv
from app.domain.routing import Mode
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.unit import Centre, Mailbox, ServiceArea, Unit
from app.services.organisation import mail_systems
from app.services.platform import accounts, events, settings
from connectors.mail import addresses

GUIDE_LENGTH = 1_000
"""More is not read while one decides."""


class UnitLike(Protocol):
    """The interface of a unit, as rules need it."""

    @property
    def name(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def guide(self) -> str: ...
    @property
    def also_called(self) -> str: ...
    @property
    def subject_code(self) -> str: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def mail_system(self) -> str: ...


def add_units(session: Session, units: Iterable[UnitLike]) -> None:
    """Add units that are not there yet, with their areas."""
    for plan in units:
        area = session.scalars(select(ServiceArea).where(ServiceArea.name == plan.area)).first()
        if area is None:
            area = ServiceArea(name=plan.area)
            session.add(area)
            session.flush()
        if session.scalar(select(Unit.id).where(Unit.name == plan.name)) is None:
            session.add(
                Unit(
                    area_id=area.id,
                    name=plan.name,
                    address=plan.address,
                    guide=plan.guide,
                    subject_code=plan.subject_code,
                    also_called=plan.also_called,
                    mode=plan.mode,
                    mail_system=plan.mail_system,
                )
            )
            session.flush()


def add_mailboxes(
    session: Session, mailboxes: Iterable[tuple[str, str]], systems: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Add shared mailboxes, (address, name), that are not there yet; `systems`: those that are not in the main one."""
    for address, name in mailboxes:
        if session.scalar(select(Mailbox.id).where(Mailbox.address == address)) is None:
            session.add(Mailbox(address=address, name=name, mail_system=systems.get(address, mail_systems.MAIN)))
    session.flush()


def add_person(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    unit: str | None = None,
    owner: bool = False,
    by: Actor,
    now: datetime,
) -> Account:
    """Add a person's account. `owner` decides what has been returned twice.

    Raises:
        LookupError: there is no unit of that name.
    """
    unit_id = session.scalar(select(Unit.id).where(Unit.name == unit)) if unit else None
    if unit and unit_id is None:
        raise LookupError(unit)
    account = accounts.create(session, email=email, name=name, role=role, password=password, unit_id=unit_id)
    if owner:
        settings.put(session, settings.RETURN_OWNER, account.id)
    events.record(
        session, AccountCreated(account=account.email, role=role, unit_id=unit_id, owner=owner), by=by, now=now
    )
    return account


@dataclass(frozen=True, slots=True)
class ImportedUnitChange:
    """The change that a line of a file makes. `before` is None for a new unit; `fields` are those that change."""

    line: UnitLine
    before: UnitLine | None
    fields: list[str]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The changes that a file would make. There are none at all while there is a problem."""

    changes: list[ImportedUnitChange]
    unchanged: int
    problems: list[ImportProblem]


def line_of(session: Session, unit: Unit) -> UnitLine:
    """Return a stored unit as a line of a file."""
    owner = session.get(Account, unit.owner_id) if unit.owner_id else None
    return UnitLine(
        area=unit.area.name,
        centre=unit.centre.name if unit.centre else "",
        name=unit.name,
        address=unit.address,
        subject_code=unit.subject_code,
        guide=unit.guide,
        guide_not=unit.guide_not,
        mode=unit.mode,
        max_error=unit.max_error,
        owner=owner.email if owner else "",
        closed=unit.closed,
        also_called=unit.also_called,
        mail_system=unit.mail_system,
    )


def save_unit(session: Session, unit_id: int | None, line: UnitLine, *, by: Actor, now: datetime) -> Unit:
    """Save a new unit, or a changed one. Areas and centres appear as they are named.

    Raises:
        NotFoundError: there is no such unit.
        RefusedError: something is missing or wrong, or name or address is another unit's.
    """
    unit = session.get(Unit, unit_id) if unit_id is not None else Unit(mode=line.mode)
    if unit is None:
        raise NotFoundError
    line = replace(line, address=addresses.typed(line.address) or line.address)
    _check(session, unit_id, line)
    before = asdict(line_of(session, unit)) if unit_id is not None else None
    unit.area = _area(session, line.area)
    unit.centre = _centre(session, unit.area, line.centre)
    unit.name, unit.address, unit.subject_code = line.name, line.address, line.subject_code
    unit.guide, unit.guide_not, unit.also_called = line.guide, line.guide_not, line.also_called
    settings.refuse_if_tripped(unit, line.mode)
    unit.mode, unit.max_error, unit.closed = line.mode, line.max_error, line.closed
    owner = _person(session, line.owner)
    unit.owner_id = owner.id if owner else None
    session.add(unit)
    session.flush()
    if line.mail_system is not None:
        mail_systems.agree(session, unit.address, line.mail_system)
    after = asdict(line_of(session, unit))
    if before != after:
        events.record(session, UnitChanged(unit_id=unit.id, before=before, after=after), by=by, now=now)
    return unit


def _check(session: Session, unit_id: int | None, line: UnitLine) -> None:
    if not line.name or not line.area:
        raise RefusedError("unit_without_name")
    if addresses.parse(line.address) is None:
        raise RefusedError("no_address")
    if max(len(line.guide), len(line.guide_not)) > GUIDE_LENGTH:
        raise RefusedError("guide_too_long")
    others = Unit.id != (unit_id or 0)
    if session.scalar(select(Unit.id).where(func.lower(Unit.name) == line.name.lower(), others)) is not None:
        raise RefusedError("name_taken")
    if session.scalar(select(Unit.id).where(func.lower(Unit.address) == line.address.lower(), others)) is not None:
        raise RefusedError("address_taken")
    if line.owner and _person(session, line.owner) is None:
        raise RefusedError("owner_unknown")


def _area(session: Session, name: str) -> ServiceArea:
    area = session.scalars(select(ServiceArea).where(ServiceArea.name == name)).first() or ServiceArea(name=name)
    session.add(area)
    session.flush()
    return area


def _centre(session: Session, area: ServiceArea, name: str) -> Centre | None:
    if not name:
        return None
    query = select(Centre).where(Centre.area_id == area.id, Centre.name == name)
    centre = session.scalars(query).first() or Centre(area_id=area.id, name=name)
    session.add(centre)
    session.flush()
    return centre


def _person(session: Session, email: str) -> Account | None:
    return session.scalars(select(Account).where(func.lower(Account.email) == email.lower())).first() if email else None


def export(session: Session) -> str:
    """Export every unit as CSV. Sorted by area, centre and name."""
    lines = [line_of(session, unit) for unit in session.scalars(select(Unit))]
    return write_csv(sorted(lines, key=lambda line: (line.area, line.centre, line.name)))


def plan_import(session: Session, text: str, systems: Collection[str] = ()) -> ImportPlan:
    """What a CSV file would do. Units are known by their names; what the file does not name stays as it is.

    `systems`: the mail systems that there are beside the main one.
    """
    lines, problems = read_csv(text)
    known = {unit.name.lower(): line_of(session, unit) for unit in session.scalars(select(Unit))}
    problems = [*problems, *_unfit(session, lines, known), *_nowhere(lines, systems)]
    changes = []
    for line in lines.values():
        before = known.get(line.name.lower())
        if before is not None and line.mail_system is None:
            line = replace(line, mail_system=before.mail_system)
        if before is None or line.differs(before):
            changes.append(ImportedUnitChange(line, before, line.differs(before) if before else []))
    return ImportPlan(changes, len(lines) - len(changes), problems)


def _unfit(session: Session, lines: dict[int, UnitLine], known: dict[str, UnitLine]) -> list[ImportProblem]:
    """Return the lines that contradict others or the house. An address that stands twice, or an owner nobody knows."""
    problems = []
    named = {line.name.lower() for line in lines.values()}
    holders = {line.address.lower(): line.name for name, line in known.items() if name not in named}
    for number, line in lines.items():
        holder = holders.setdefault(line.address.lower(), line.name)
        if holder != line.name:
            problems.append(ImportProblem(number, "address_taken", line.address))
        if line.owner and _person(session, line.owner) is None:
            problems.append(ImportProblem(number, "owner_unknown", line.owner))
    return problems


def _nowhere(lines: dict[int, UnitLine], systems: Collection[str]) -> list[ImportProblem]:
    """Lines that name a mail system that there is not."""
    known = {None, mail_systems.MAIN, *systems}
    return [
        ImportProblem(number, "no_mail_system", line.mail_system or "")
        for number, line in lines.items()
        if line.mail_system not in known
    ]


def apply_import(session: Session, text: str, systems: Collection[str] = (), *, by: Actor, now: datetime) -> ImportPlan:
    """Do what `plan_import` said, all of it or nothing.

    Raises:
        RefusedError: the file has problems.
    """
    plan = plan_import(session, text, systems)
    if plan.problems:
        raise RefusedError("import_problems")
    for change in plan.changes:
        unit_id = session.scalar(select(Unit.id).where(func.lower(Unit.name) == change.line.name.lower()))
        save_unit(session, unit_id, change.line, by=by, now=now)
    return plan


def save_mailbox(
    session: Session,
    mailbox_id: int | None,
    address: str,
    name: str,
    unit_id: int | None,
    mail_system: str | None = None,
    *,
    journal: bool = False,
    by: Actor,
    now: datetime,
) -> Mailbox:
    """Save a mailbox. With a unit its mails are that unit's and are not routed.

    Without a `mail_system` it stays where it is; a new one is where its address is already, else in the main one.

    Raises:
        NotFoundError: there is no such mailbox or unit.
        RefusedError: no name, no address, the address is another mailbox's, or a journal mailbox is a unit's.
    """
    mailbox = session.get(Mailbox, mailbox_id) if mailbox_id is not None else Mailbox()
    if mailbox is None or (unit_id is not None and session.get(Unit, unit_id) is None):
        raise NotFoundError
    address, name = (addresses.typed(address) or "").lower(), name.strip()[:200]
    if addresses.parse(address) is None or not name:
        raise RefusedError("no_address")
    taken = select(Mailbox.id).where(func.lower(Mailbox.address) == address, Mailbox.id != (mailbox_id or 0))
    if session.scalar(taken) is not None:
        raise RefusedError("address_taken")
    if journal and (unit_id is not None or _is_of_unit(session, address)):
        raise RefusedError("journal_of_unit")
    before = _mailbox_fields(mailbox) if mailbox_id else None
    system = mail_systems.of(session, address) if mail_system is None else mail_system
    mailbox.address, mailbox.name, mailbox.unit_id, mailbox.journal = address, name, unit_id, journal
    session.add(mailbox)
    session.flush()
    mail_systems.agree(session, address, system)
    events.record(
        session,
        MailboxChanged(mailbox_id=mailbox.id, before=before, after=_mailbox_fields(mailbox)),
        by=by,
        now=now,
    )
    return mailbox


def _is_of_unit(session: Session, address: str) -> bool:
    return session.scalar(select(Unit.id).where(func.lower(Unit.address) == address)) is not None


def _mailbox_fields(mailbox: Mailbox) -> dict[str, str | int | None]:
    """A mailbox as the log tells of it."""
    return {
        "address": mailbox.address,
        "name": mailbox.name,
        "unit_id": mailbox.unit_id,
        "mail_system": mailbox.mail_system,
        "journal": mailbox.journal,
    }


def remove_mailbox(session: Session, mailbox_id: int, *, by: Actor, now: datetime) -> None:
    """Remove a mailbox from those that are read. Mails that came from it stay."""
    mailbox = session.get(Mailbox, mailbox_id)
    if mailbox is None:
        raise NotFoundError
    events.record(session, MailboxRemoved(address=mailbox.address, name=mailbox.name), by=by, now=now)
    session.delete(mailbox)
    session.flush()
