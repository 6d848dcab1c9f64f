"""The page of blind checks.

It shows how right the automatic routes are, what is known of each unit, and how humans do unaided.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.domain.enquiry import LabelSource
from app.domain.events.learning import BreakerRearmed, BreakerTripped
from app.domain.figures import Share
from app.domain.routing import SUGGESTED, Mode
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label, is_given, is_judged, stands
from app.models.prediction import Decision
from app.models.unit import Unit
from app.queries.learning.sampling import RoutingOutcome, counted_since, routed
from learning.sampling import Check, Estimate, checks_missing, highest_error, precision


@dataclass(frozen=True, slots=True)
class BlindCheckRow:
    """The figures of a unit's automatic routes. `highest`: the exact upper bound of its error, None without a check.

    `missing` more checks, all of them right, would bring that bound within the budget.
    """

    unit_id: int
    name: str
    automatic: bool
    routed: int
    checks: int
    wrong: int
    returned: int
    highest: float | None
    budget: float
    missing: int


@dataclass(frozen=True, slots=True)
class Tripped:
    """A unit whose breaker has tripped. With it come the figures it was judged by."""

    unit_id: int
    name: str
    at: datetime
    why: BreakerTripped | None


@dataclass(frozen=True, slots=True)
class Reviews:
    """The shares of human decisions about certain mails.

    The robot was not to route these mails. One share was decided like the model, one stayed as decided.
    """

    like_model: Share
    kept: Share


def estimate(outcomes: Sequence[RoutingOutcome]) -> Estimate:
    """Estimate the precision of the automatic routes. The estimate has an interval."""
    return precision([Check(o.right, o.probability) for o in outcomes if o.sampled and o.probability])


def units(session: Session, outcomes: Sequence[RoutingOutcome], max_error: float, now: datetime) -> list[BlindCheckRow]:
    """Return the units that the robot routes to. Those it lately did are among them; they are sorted by name."""
    count, found = routed(session, now=now), defaultdict[int, list[RoutingOutcome]](list)
    for outcome in outcomes:
        found[outcome.unit_id].append(outcome)
    by_name = session.scalars(select(Unit).order_by(Unit.name))
    rows = [_row(unit, found[unit.id], count[unit.id], max_error, now) for unit in by_name]
    return [row for row in rows if row.automatic or row.routed or row.checks]


def _row(unit: Unit, outcomes: Sequence[RoutingOutcome], routed: int, max_error: float, now: datetime) -> BlindCheckRow:
    own = [o for o in outcomes if o.decided_at > counted_since(unit, now)]
    checks, wrong = sum(o.sampled for o in own), sum(o.sampled and not o.right for o in own)
    budget = max_error if unit.max_error is None else unit.max_error
    return BlindCheckRow(
        unit.id,
        unit.name,
        unit.mode is Mode.AUTOMATIC and not unit.closed,
        routed,
        checks,
        wrong,
        sum(not o.sampled and not o.right for o in own),
        highest_error(wrong, checks) if checks else None,
        budget,
        checks_missing(wrong, checks, budget) if budget > 0 else 0,
    )


def tripped(session: Session) -> list[Tripped]:
    """Return the units with tripped breakers. The one tripped longest ago comes first."""
    query = select(Unit).where(Unit.tripped_at.is_not(None), ~Unit.closed).order_by(Unit.tripped_at)
    events = select(Event).where(Event.kind == BreakerTripped.kind).order_by(Event.id)
    latest = {why.unit_id: why for why in (BreakerTripped.read(event.data) for event in session.scalars(events))}
    return [Tripped(u.id, u.name, u.tripped_at, latest.get(u.id)) for u in session.scalars(query) if u.tripped_at]


def breaker_events(session: Session, limit: int = 10) -> list[Event]:
    """Return the breakers' trips and rearmings, newest first."""
    query = select(Event).where(Event.kind.in_((BreakerTripped.kind, BreakerRearmed.kind)))
    return list(session.scalars(query.order_by(Event.id.desc()).limit(limit)))


def reviews(session: Session, since: datetime) -> dict[bool, Reviews]:
    """Return human reviews without and with the suggestion. The key is True for those without it in sight."""
    return reviews_of(session.execute(reviewed().where(Label.at >= since)))


def reviews_of(counts: Iterable[Sequence[Any]]) -> dict[bool, Reviews]:
    """Build reviews from (blind, how many, like the model, kept)."""
    none = Reviews(Share(0, 0), Share(0, 0))
    found = {blind: Reviews(Share(same, n), Share(stayed, n)) for blind, n, same, stayed in counts}
    return {blind: found.get(blind, none) for blind in (True, False)}


def reviewed(*apart: InstrumentedAttribute[Any]) -> Select[Any]:
    """Select (*apart, blind, how many, like the model, kept) of what humans decided.

    Those without and with the suggestion are of the same kind of mail: drawn by the coin from those that humans decide anyway. A
    decision that its own author took back counts for nothing; one that was sent back since, or decided otherwise, was not kept.
    """
    revocation, final = aliased(Label), aliased(Label)
    undone = select(revocation.id).where(revocation.revokes_id == Label.id, revocation.by == Label.by)
    like = case((Label.suggested_unit_id == Label.unit_id, 1), else_=0)
    kept = case((final.unit_id == Label.unit_id, 1), else_=0)
    return (
        select(*apart, Enquiry.blind, func.count(Label.id), func.sum(like), func.sum(kept))
        .join(Enquiry, Enquiry.id == Label.enquiry_id)
        .join(Decision, Decision.enquiry_id == Enquiry.id)
        .outerjoin(final, (final.enquiry_id == Enquiry.id) & stands(final))
        .where(is_given(), Label.unit_id.is_not(None), is_judged())
        .where(Label.source.in_((LabelSource.CONFIRMED, LabelSource.CORRECTED)), ~undone.exists())
        .where(Decision.reason.in_(SUGGESTED))
        .group_by(*apart, Enquiry.blind)
    )
