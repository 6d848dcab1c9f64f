"""The steps from an empty house to the first mails. Nothing is stored of them: how they stand follows from what is there."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.domain.routing import Mode
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.rule import Rule
from app.models.unit import Mailbox, MailboxState, Unit
from app.queries.learning import progress
from app.queries.learning.progress import Curve

INVENTED = "%@example.org"
"""Addresses that belong to nobody (RFC 2606), as those of the example."""


class StepState(StrEnum):
    MISSING = "missing"
    BEGUN = "begun"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step and how it stands. `lacks`: codes of what is missing still, or worth knowing."""

    key: str
    state: StepState
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetupFacts:
    """What is counted of a house, to tell how its steps stand."""

    units: int
    unguided: int
    invented: int
    mailboxes: int
    seen: int
    """Of them those that the robot has looked into, and that answer."""
    failing: int
    triagers: int
    """Visitators who have come."""
    invited: int
    """Visitators who have not come yet."""
    mails: bool
    automatic: int
    unit_rules: int
    """Rules that send a mail to a unit by themselves, whatever the unit's mode."""
    acknowledging: int


@dataclass(frozen=True, slots=True)
class UnitProspect:
    """What a unit has been taught. `limit`: the confidence from which the robot may route to it, None while none is proved."""

    curve: Curve
    mode: Mode
    limit: float | None


def is_begun(session: Session) -> bool:
    """Tell whether there is a unit and a mailbox: before that nothing can come in."""
    return all(session.scalar(select(kind.id).limit(1)) is not None for kind in (Unit, Mailbox))


def has_mailbox(session: Session) -> bool:
    return session.scalar(select(Mailbox.id).limit(1)) is not None


def facts(session: Session) -> SetupFacts:
    """Count what the steps follow from."""
    came = (Account.password_hash != "") | Account.issuer.is_not(None)
    triages = Account.active & (Account.role == Role.VISITATOR)
    answers = MailboxState.seen_at.is_not(None) & MailboxState.failing_since.is_(None)
    looked = select(func.count(Mailbox.id)).join(MailboxState, MailboxState.address == Mailbox.address)
    return SetupFacts(
        units=_count(session, ~Unit.closed),
        unguided=_count(session, ~Unit.closed, Unit.guide == ""),
        invented=_count(session, ~Unit.closed, Unit.address.like(INVENTED)),
        mailboxes=session.scalar(select(func.count(Mailbox.id))) or 0,
        seen=session.scalar(looked.where(answers)) or 0,
        failing=session.scalar(looked.where(MailboxState.failing_since.is_not(None))) or 0,
        triagers=session.scalar(select(func.count(Account.id)).where(triages, came)) or 0,
        invited=session.scalar(select(func.count(Account.id)).where(triages, ~came)) or 0,
        mails=session.scalar(select(Enquiry.id).where(~Enquiry.imported).limit(1)) is not None,
        automatic=_count(session, ~Unit.closed, ~Unit.stopped, Unit.mode == Mode.AUTOMATIC),
        unit_rules=session.scalar(select(func.count(Rule.id)).where(Rule.active, Rule.unit_id.is_not(None))) or 0,
        acknowledging=session.scalar(select(func.count(Mailbox.id)).where(Mailbox.acknowledge)) or 0,
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Unit.id)).where(*conditions)) or 0


def steps(found: SetupFacts, *, named: bool, calendar: bool, systems: int, unusable: int) -> list[SetupStep]:
    """Return the steps in their order.

    Args:
        found: what is counted in the house.
        named: whether the municipality has a name.
        calendar: whether somebody has looked through the closed days.
        systems: mail systems that somebody has described.
        unusable: of these, those that cannot be joined to.
    """
    return [
        _authority(named, calendar),
        _units(found),
        _systems(systems, unusable),
        _mailboxes(found),
        _people(found),
        _observing(found),
    ]


def _state(begun: bool, lacks: tuple[str, ...]) -> StepState:
    return StepState.READY if not lacks else StepState.BEGUN if begun else StepState.MISSING


def _codes(**lacks: bool | int) -> tuple[str, ...]:
    return tuple(code for code, lacking in lacks.items() if lacking)


def _authority(named: bool, calendar: bool) -> SetupStep:
    lacks = _codes(no_name=not named, no_calendar=not calendar)
    return SetupStep("authority", _state(named or calendar, lacks), lacks)


def _units(found: SetupFacts) -> SetupStep:
    lacks = _codes(no_units=not found.units, unguided=found.unguided, invented=found.invented)
    return SetupStep("units", _state(bool(found.units), lacks), lacks)


def _systems(systems: int, unusable: int) -> SetupStep:
    lacks = _codes(no_system=not systems, unusable=unusable)
    return SetupStep("mail_systems", _state(bool(systems), lacks), lacks)


def _mailboxes(found: SetupFacts) -> SetupStep:
    waiting = found.mailboxes - found.seen - found.failing
    lacks = _codes(no_mailbox=not found.mailboxes, failing=found.failing, unseen=waiting > 0)
    return SetupStep("mailboxes", _state(bool(found.mailboxes), lacks), lacks)


def _people(found: SetupFacts) -> SetupStep:
    lacks = _codes(no_visitator=not found.triagers and not found.invited, invited=not found.triagers and found.invited)
    return SetupStep("people", _state(bool(found.invited), lacks), lacks)


def _observing(found: SetupFacts) -> SetupStep:
    possible = bool(found.units and found.mailboxes)
    lacks = _codes(not_possible=not possible, no_mails=possible and not found.mails)
    return SetupStep("observe", _state(possible, lacks), lacks)


def prospects(session: Session, limit_for: Callable[[int], float | None]) -> list[UnitProspect]:
    """Return what each open unit has been taught, by name. `limit_for` gives a unit's confidence limit."""
    units = {unit.id: unit for unit in session.scalars(select(Unit))}  # held, so that `limit_for` asks for none again
    curves = progress.curves(session, progress.tally(session))
    return [UnitProspect(curve, units[curve.unit_id].mode, limit_for(curve.unit_id)) for curve in curves]
