"""The steps from an empty house to the first mails. Nothing is stored of them: how they stand follows from what is there."""

from collections.abc import Callable, Set
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
from connectors.mail.systems import MAIN

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
    units_failing: int
    """Units whose own mailbox cannot be read now: mails could not be passed on to them."""
    in_main: int
    """Mailboxes, of units too, that are in the main mail system."""
    systems_read: frozenset[str]
    """Mail systems that the robot has read a mailbox in."""
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
        units_failing=_failing_units(session),
        in_main=sum(_in_main(session, kind) for kind in (Mailbox, Unit)),
        systems_read=frozenset().union(*(_read(session, kind) for kind in (Mailbox, Unit))),
        triagers=session.scalar(select(func.count(Account.id)).where(triages, came)) or 0,
        invited=session.scalar(select(func.count(Account.id)).where(triages, ~came)) or 0,
        mails=session.scalar(select(Enquiry.id).where(~Enquiry.imported).limit(1)) is not None,
        automatic=_count(session, ~Unit.closed, ~Unit.stopped, Unit.mode == Mode.AUTOMATIC),
        unit_rules=session.scalar(select(func.count(Rule.id)).where(Rule.active, Rule.unit_id.is_not(None))) or 0,
        acknowledging=session.scalar(select(func.count(Mailbox.id)).where(Mailbox.acknowledge)) or 0,
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Unit.id)).where(*conditions)) or 0


def _failing_units(session: Session) -> int:
    fails = MailboxState.failing_since.is_not(None)
    query = select(func.count(Unit.id)).join(MailboxState, MailboxState.address == Unit.address)
    return session.scalar(query.where(~Unit.closed, fails, Unit.address.not_in(select(Mailbox.address)))) or 0


def _in_main(session: Session, kind: type[Mailbox] | type[Unit]) -> int:
    count = select(func.count(kind.id)).where(kind.mail_system == MAIN)
    return session.scalar(count if kind is Mailbox else count.where(~Unit.closed)) or 0


def _read(session: Session, kind: type[Mailbox] | type[Unit]) -> set[str]:
    query = select(kind.mail_system).join(MailboxState, MailboxState.address == kind.address)
    return set(session.scalars(query.where(MailboxState.seen_at.is_not(None), MailboxState.failing_since.is_(None))))


def steps(
    found: SetupFacts, *, named: bool, calendar: bool, systems: Set[str], unusable: int, main_unsaid: bool
) -> list[SetupStep]:
    """Return the steps in their order.

    Args:
        found: what is counted in the house.
        named: whether the municipality has a name.
        calendar: whether somebody has looked through the closed days.
        systems: names of the mail systems that somebody has described.
        unusable: of these, how many cannot be joined to.
        main_unsaid: whether nobody has said what the main mail system is, while there are others.
    """
    return [
        _authority(named, calendar),
        _units(found),
        _systems(found, systems, unusable),
        _mailboxes(found, main_unsaid),
        _people(found),
        _observing(found),
    ]


def _state(begun: bool, lacks: tuple[str, ...]) -> StepState:
    return StepState.READY if not lacks else StepState.BEGUN if begun else StepState.MISSING


def _codes(**lacks: bool | int | Set[str]) -> tuple[str, ...]:
    return tuple(code for code, lacking in lacks.items() if lacking)


def _authority(named: bool, calendar: bool) -> SetupStep:
    lacks = _codes(no_name=not named, no_calendar=not calendar)
    return SetupStep("authority", _state(named or calendar, lacks), lacks)


def _units(found: SetupFacts) -> SetupStep:
    lacks = _codes(no_units=not found.units, unguided=found.unguided, invented=found.invented)
    return SetupStep("units", _state(bool(found.units), lacks), lacks)


def _systems(found: SetupFacts, systems: Set[str], unusable: int) -> SetupStep:
    lacks = _codes(no_system=not systems, unusable=unusable, unread=systems - found.systems_read)
    return SetupStep("mail_systems", _state(bool(systems), lacks), lacks)


def _mailboxes(found: SetupFacts, main_unsaid: bool) -> SetupStep:
    waiting = found.mailboxes - found.seen - found.failing
    lacks = _codes(
        no_mailbox=not found.mailboxes,
        failing=found.failing,
        unseen=waiting > 0,
        units_failing=found.units_failing,
        in_main=main_unsaid and found.in_main,
    )
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
