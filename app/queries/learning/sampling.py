"""The outcomes of mails the model was confident about. Known from blind checks, returns, answers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from app.domain.actor import LINK_HOLDER
from app.domain.enquiry import State
from app.domain.events.triage import EnquiryDismissed, EnquiryReferred, EnquiryReturned
from app.domain.routing import Reason
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label, stands
from app.models.prediction import Decision
from app.models.unit import Unit

AUTOMATIC = (Reason.CONFIDENT, Reason.BLIND_CHECK)
RECENTLY = timedelta(days=90)
"""Older checks say little about the model of today."""
LATEST = 5_000
ENDED = (State.SET_ASIDE, State.REFERRED)
Amended = Mapping[int, int | None]
"""Labels that count differently by now: label → unit, None where one does not count at all."""


@dataclass(frozen=True, slots=True)
class RoutingOutcome:
    """A mail the robot routed, and whether rightly.

    Mails that it would have routed but for a blind check are among them.

    `probability` is None for a mail from before there were blind checks.
    """

    enquiry_id: int
    unit_id: int
    confidence: float
    right: bool
    sampled: bool
    probability: float | None
    decided_at: datetime
    known_at: datetime


def outcomes(
    session: Session,
    amended: Amended,
    *,
    since: datetime,
    limit: int | None = LATEST,
    answered: bool = True,
    narrowed: Sequence[ColumnElement[bool]] = (),
) -> list[RoutingOutcome]:
    """Return the known outcomes of the latest decisions. In the order in which they became known.

    Known is what a human decided about a blind check, what a unit sent back, and what it answered itself; the latter
    only with `answered`. That nobody has contradicted a route says nothing, nor what came back by the link in a mail,
    from whom nobody knows: the next person's decision about it does. `narrowed` leaves some decisions out.
    """
    label = aliased(Label)
    returned = select(func.max(Event.at)).where(
        Event.enquiry_id == Enquiry.id, Event.kind == EnquiryReturned.kind, Event.by != LINK_HOLDER.email
    )
    ended = select(func.max(Event.at)).where(
        Event.enquiry_id == Enquiry.id, Event.kind.in_((EnquiryDismissed.kind, EnquiryReferred.kind))
    )
    # Sent back, or no enquiry of ours at all: a label outside the units says no more than the mail's end.
    # What a human sent astray after a blind check says nothing yet.
    known_at = case(
        (label.id.is_not(None), label.at),
        (Enquiry.state.in_(ENDED), ended.scalar_subquery()),
        (~Decision.sampled, returned.scalar_subquery()),
    )
    query = (
        select(
            Decision.enquiry_id,
            Decision.unit_id,
            Decision.confidence,
            Decision.sampled,
            Decision.probability,
            Decision.at,
            label.id,
            label.unit_id,
            known_at,
        )
        .join(Enquiry, Enquiry.id == Decision.enquiry_id)
        .outerjoin(label, (label.enquiry_id == Enquiry.id) & label.unit_id.is_not(None) & stands(label))
        .where(Decision.reason.in_(AUTOMATIC), Decision.at >= since, Decision.unit_id.is_not(None), *narrowed)
        .where(label.id.is_not(None) | (Enquiry.returns > 0) | Enquiry.state.in_(ENDED))
        .order_by(Decision.id.desc())
        .limit(limit)
    )
    if not answered:
        tells_both = Decision.sampled | Decision.probability.is_(None)
        query = query.where(tells_both | label.id.is_(None) | (label.unit_id != Decision.unit_id))
    rows: Any = session.execute(query)
    found = [_outcome(amended, *row) for row in rows]
    return sorted((each for each in found if each is not None), key=lambda each: (each.known_at, each.enquiry_id))


def _outcome(
    amended: Amended,
    enquiry_id: int,
    unit_id: int,
    confidence: float,
    sampled: bool,
    probability: float | None,
    decided_at: datetime,
    label_id: int | None,
    label_unit: int | None,
    known_at: datetime | None,
) -> RoutingOutcome | None:
    counts_as = label_unit if label_id is None else amended.get(label_id, label_unit)
    if known_at is None or (label_id is not None and counts_as is None):
        return None
    right = label_id is not None and unit_id in (label_unit, counts_as)
    return RoutingOutcome(enquiry_id, unit_id, confidence, right, sampled, probability, decided_at, known_at)


def counted_since(unit: Unit, now: datetime) -> datetime:
    """Return the time outcomes count from for a unit. Lately, and not from before its breaker was armed again."""
    return max(filter(None, (now - RECENTLY, unit.armed_at)))


def routed(session: Session, *, now: datetime) -> Counter[int]:
    """Count the mails the robot has routed, by unit. Since the time from which outcomes count."""
    query = (
        select(Unit.id, func.count(Decision.id))
        .join(Unit, Unit.id == Decision.unit_id)
        .where(Decision.reason == Reason.CONFIDENT, Decision.at > now - RECENTLY)
        .where(Unit.armed_at.is_(None) | (Decision.at > Unit.armed_at))
        .group_by(Unit.id)
    )
    return Counter(dict(session.execute(query).all()))
