"""Putting an organisation into the database: areas, units, mailboxes, people. What is there already stays as it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.domain.routing import Mode
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.unit import Mailbox, ServiceArea, Unit
from app.services import accounts, events, settings

GUIDE_LENGTH = 1_000


class UnitLike(Protocol):
    """What is needed to know of a unit."""

    @property
    def name(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def guide(self) -> str: ...
    @property
    def subject_code(self) -> str: ...
    @property
    def mode(self) -> Mode: ...


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
                    area_id=area.id, name=plan.name, address=plan.address, guide=plan.guide,
                    subject_code=plan.subject_code, mode=plan.mode,
                )
            )  # fmt: skip
            session.flush()


def describe_unit(session: Session, unit_id: int, *, guide: str, guide_not: str, by: str, now: datetime) -> Unit:
    """Say what belongs to a unit and what does not, where people decide; what it said before stays in the log."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFoundError
    before = {"guide": unit.guide, "guide_not": unit.guide_not}
    after = {"guide": guide.strip(), "guide_not": guide_not.strip()}
    if max(map(len, after.values())) > GUIDE_LENGTH:
        raise RefusedError("guide_too_long")
    if after != before:
        unit.guide, unit.guide_not = after["guide"], after["guide_not"]
        events.record(session, "unit_described", by=by, now=now, unit_id=unit_id, before=before, after=after)
    return unit


def add_mailboxes(session: Session, mailboxes: Iterable[tuple[str, str]]) -> None:
    """Add shared mailboxes, (address, name), that are not there yet."""
    for address, name in mailboxes:
        if session.scalar(select(Mailbox.id).where(Mailbox.address == address)) is None:
            session.add(Mailbox(address=address, name=name))
    session.flush()


def add_person(
    session: Session, *, email: str, name: str, role: Role, password: str, unit: str | None = None, owner: bool = False
) -> Account:
    """Give somebody an account; `owner` decides what has been returned twice.

    Raises:
        LookupError: there is no unit of that name.
    """
    unit_id = session.scalar(select(Unit.id).where(Unit.name == unit)) if unit else None
    if unit and unit_id is None:
        raise LookupError(unit)
    account = accounts.create(session, email=email, name=name, role=role, password=password, unit_id=unit_id)
    if owner:
        settings.put(session, "return_owner", account.id)
    return account
