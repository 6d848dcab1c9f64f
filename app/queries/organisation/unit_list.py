"""The organisation as its pages show it. Areas, centres, units with their work, mailboxes, and what was changed."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enquiry import State
from app.domain.events.organisation import MailboxChanged, MailboxRemoved, UnitChanged
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Mailbox, Unit

CHANGES = 30
KINDS = (UnitChanged.kind, MailboxChanged.kind, MailboxRemoved.kind)


@dataclass(frozen=True, slots=True)
class UnitListRow:
    """A unit on the organisation's page. `open` enquiries wait for its answer."""

    unit: Unit
    open: int


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """The units of an area or of its centre."""

    area: str
    centre: str
    rows: list[UnitListRow]


def groups(session: Session) -> list[UnitGroup]:
    """Return the units by area and centre. Closed ones are last in their group."""
    waiting = select(Enquiry.unit_id, func.count()).where(Enquiry.state == State.ROUTED).group_by(Enquiry.unit_id)
    counts: dict[int | None, int] = dict(session.execute(waiting).all())
    units = sorted(session.scalars(select(Unit)), key=_place)
    found: list[UnitGroup] = []
    for unit in units:
        area, centre = unit.area.name, unit.centre.name if unit.centre else ""
        if not found or (found[-1].area, found[-1].centre) != (area, centre):
            found.append(UnitGroup(area, centre, []))
        found[-1].rows.append(UnitListRow(unit, counts.get(unit.id, 0)))
    return found


def _place(unit: Unit) -> tuple[str, str, bool, str]:
    return unit.area.name, unit.centre.name if unit.centre else "", unit.closed, unit.name


def unit(session: Session, unit_id: int) -> Unit | None:
    return session.get(Unit, unit_id)


def mailboxes(session: Session) -> list[Mailbox]:
    return list(session.scalars(select(Mailbox).order_by(Mailbox.unit_id.is_not(None), Mailbox.name)))


def mailbox(session: Session, mailbox_id: int) -> Mailbox | None:
    return session.get(Mailbox, mailbox_id)


def people(session: Session) -> list[Account]:
    """Return the people who can be asked to decide. That is everybody with an account in use."""
    return list(session.scalars(select(Account).where(Account.active).order_by(Account.name)))


def changes(session: Session, unit_id: int | None = None) -> list[Event]:
    """Return the latest changes to the organisation. With a unit, to that one. The newest come first."""
    query = select(Event).where(Event.kind.in_(KINDS)).order_by(Event.id.desc())
    if unit_id is None:
        return list(session.scalars(query.limit(CHANGES)))
    return [event for event in session.scalars(query.limit(2_000)) if _is_of(event, unit_id)][:CHANGES]


def _is_of(event: Event, unit_id: int) -> bool:
    return isinstance(event.content, UnitChanged) and event.content.unit_id == unit_id
