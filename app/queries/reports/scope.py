"""The part of the house that figures are counted for: all of it, an area, a centre, a unit, a mailbox."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, select, true
from sqlalchemy.orm import Session

from app.models.enquiry_facts import EnquiryFactsRow
from app.models.unit import Centre, Mailbox, ServiceArea, Unit

UnitColumn = SQLColumnExpression[int | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """What figures are narrowed to. What is None or "" narrows nothing.

    A mail counts for the unit that it is with, or was last with, unless a figure says otherwise (`Figure.place`).
    """

    area_id: int | None = None
    centre_id: int | None = None
    unit_id: int | None = None
    mailbox: str = ""

    def __bool__(self) -> bool:
        return self != Scope()


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class ScopeChoices:
    """All that a person may choose from, by name."""

    areas: list[ServiceArea]
    centres: list[Centre]
    units: list[Unit]
    mailboxes: list[Mailbox]


def choices(session: Session) -> ScopeChoices:
    """Return what figures can be narrowed to. Units that take no mails any more are among them."""
    return ScopeChoices(
        list(session.scalars(select(ServiceArea).order_by(ServiceArea.name))),
        list(session.scalars(select(Centre).order_by(Centre.name))),
        list(session.scalars(select(Unit).order_by(Unit.closed, Unit.name))),
        list(session.scalars(select(Mailbox).where(~Mailbox.journal).order_by(Mailbox.name))),
    )


def within(session: Session, scope: Scope, unit: UnitColumn = EnquiryFactsRow.unit_id) -> ColumnElement[bool]:
    """Select the facts of a scope. `unit` is the unit that a mail counts for."""
    units = unit_ids(session, scope)
    by_unit = true() if units is None else unit.in_(units)
    return and_(by_unit, EnquiryFactsRow.mailbox == scope.mailbox) if scope.mailbox else by_unit


def unit_ids(session: Session, scope: Scope) -> list[int] | None:
    """Return the units of a scope; None where it is not narrowed to any."""
    if scope.area_id is None and scope.centre_id is None and scope.unit_id is None:
        return None
    chosen = ((Unit.area_id, scope.area_id), (Unit.centre_id, scope.centre_id), (Unit.id, scope.unit_id))
    return list(session.scalars(select(Unit.id).where(*(column == key for column, key in chosen if key is not None))))
