"""Read what the text for a public register of algorithms tells of this house: its configuration, and what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.deadline_status import Today
from app.domain.deadlines import local_day
from app.domain.period import Period
from app.domain.routing import Mode
from app.models.label import LabelPosition, ModelSnapshot
from app.models.rule import Rule
from app.models.unit import Mailbox, Unit
from app.queries.learning import blind_checks
from app.queries.learning.sampling import Amended
from app.queries.reports import accuracy, counted
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted
from app.queries.reports.scope import EVERYTHING
from learning.sampling import Estimate

YEAR = timedelta(days=364)
"""What is measured is of the last year, today included."""


@dataclass(frozen=True, slots=True)
class AlgorithmFacts:
    """What is known of the algorithm in this house.

    Attributes:
        since: the day of the first mail; None where there is none yet.
        mailboxes: name and address of each shared mailbox.
        units: names by the robot's role, of those that take mails.
        own_errors: name and allowed error of each unit that has its own.
        learned: labels that the model has learned, and the day it was last kept.
        year: mails of the last year: automatic, manual and all received.
        checks, right: the estimate of the last year's blind checks, and how many of them were right.
        to_human, to_unit: rules that send mails to a person, and to a unit.
    """

    since: date | None
    mailboxes: Sequence[tuple[str, str]]
    units: dict[Mode, list[str]]
    own_errors: Sequence[tuple[str, float]]
    learned: int
    kept: date | None
    period: Period
    year: dict[str, Counted]
    checks: Estimate
    right: int
    to_human: int
    to_unit: int


def facts(session: Session, amended: Amended, today: Today) -> AlgorithmFacts:
    """Read all of it but the switches."""
    period = Period(today.day - YEAR, today.day)
    units: dict[Mode, list[str]] = {mode: [] for mode in Mode}
    own: list[tuple[str, float]] = []
    for unit in session.scalars(select(Unit).where(~Unit.closed).order_by(Unit.name)):
        units[unit.mode].append(unit.name)
        if unit.max_error is not None:
            own.append((unit.name, unit.max_error))
    shared = select(Mailbox.name, Mailbox.address).where(Mailbox.unit_id.is_(None), ~Mailbox.journal)
    known = accuracy.checks(session, amended, period, EVERYTHING)
    rules = session.scalars(select(Rule).where(Rule.active)).all()
    kept = session.scalar(select(func.max(ModelSnapshot.at)))
    figures = [BY_KEY[key] for key in ("received", "automatic", "manual")]
    return AlgorithmFacts(
        since=counted.first_day(session),
        mailboxes=[(name, address) for name, address in session.execute(shared.order_by(Mailbox.id))],
        units=units,
        own_errors=own,
        learned=session.scalar(select(func.max(LabelPosition.position))) or 0,
        kept=local_day(kept) if kept else None,
        period=period,
        year=counted.count(session, figures, period, EVERYTHING, today),
        checks=blind_checks.estimate(known),
        right=sum(each.right for each in known),
        to_human=sum(each.unit_id is None for each in rules),
        to_unit=sum(each.unit_id is not None for each in rules),
    )
