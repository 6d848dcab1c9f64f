"""The breaker of each unit. It trips by itself, and only a named administrator arms it again."""

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.domain.actor import ROBOT, Actor
from app.domain.breaker import BreakerOutcome, Verdict, judge
from app.domain.events.learning import BreakerRearmed, BreakerTripped
from app.domain.routing import Mode
from app.errors import NotFoundError, RefusedError
from app.models.prediction import Decision
from app.models.unit import Unit
from app.queries.learning import sampling
from app.services.learning import label_overrides
from app.services.platform import events, settings


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence that breakers are judged by.

    Outcomes of mails that the robot routed, or would have, and the number it routed to each unit.
    """

    outcomes: list[sampling.RoutingOutcome]
    routed: Counter[int]


def evidence(session: Session, *, now: datetime) -> Evidence:
    """Return the evidence that breakers are judged by."""
    found = sampling.outcomes(session, label_overrides.in_effect(session), since=now - sampling.RECENTLY)
    return Evidence(found, sampling.routed(session, now=now))


def hear(session: Session, enquiry_ids: Collection[int], *, now: datetime) -> list[Unit]:
    """Check the breakers if these mails can trip one. Where the robot was sure of none of them, they cannot."""
    sure = select(Decision.id).where(Decision.enquiry_id.in_(enquiry_ids), Decision.reason.in_(sampling.AUTOMATIC))
    return check(session, now=now) if session.scalar(sure.limit(1)) is not None else []


def check(session: Session, *, now: datetime, known: Evidence | None = None) -> list[Unit]:
    """Trip every unit whose error budget no longer holds. Each drops to suggestions; return them.

    All units together are judged by the interval alone: three errors in fifty are much for one unit, not for a town.
    `known` is what was read before, for one that need not hold up who writes.
    """
    working = list(session.scalars(select(Unit).where(Unit.mode == Mode.AUTOMATIC).order_by(Unit.id)))
    if not working:
        return []
    known = known or evidence(session, now=now)
    tripped = []
    for unit in working:
        verdict = _judge([unit], known, budget(session, unit), now)
        if verdict.trips:
            tripped.append(_trip(session, unit, verdict, "unit", now))
    overall = _judge(working, known, settings.get(session, settings.MAX_ERROR), now)
    if overall.over_budget:
        tripped += [_trip(session, unit, overall, "overall", now) for unit in working if unit not in tripped]
    return tripped


def rearm(session: Session, unit_id: int, *, by: Actor, now: datetime) -> Unit:
    """Rearm a unit's breaker, so the robot routes again. Nothing that was routed before now trips it another time.

    Raises:
        NotFoundError: there is no such unit, or this person may not arm it.
        RefusedError: its breaker has not tripped.
    """
    unit = session.get(Unit, unit_id)
    if unit is None or by.role is not Role.ADMINISTRATOR:
        raise NotFoundError
    if unit.tripped_at is None:
        raise RefusedError("not_tripped")
    unit.mode, unit.tripped_at, unit.armed_at = Mode.AUTOMATIC, None, now
    events.record(session, BreakerRearmed(unit_id=unit_id, name=unit.name), by=by, now=now)
    return unit


def budget(session: Session, unit: Unit) -> float:
    """Return the error budget that binds a unit."""
    return settings.get(session, settings.MAX_ERROR) if unit.max_error is None else unit.max_error


def _judge(units: list[Unit], known: Evidence, max_error: float, now: datetime) -> Verdict:
    """Each unit by what was decided since its breaker was last armed."""
    since = {unit.id: sampling.counted_since(unit, now) for unit in units}
    counted = [o for o in known.outcomes if o.unit_id in since and o.decided_at > since[o.unit_id]]
    outcomes = [BreakerOutcome(o.right, o.probability if o.sampled else None) for o in counted]
    return judge(outcomes, sum(known.routed[unit.id] for unit in units), max_error)


def _trip(session: Session, unit: Unit, verdict: Verdict, scope: str, now: datetime) -> Unit:
    unit.mode, unit.tripped_at = Mode.SUGGEST, now
    events.record(
        session,
        BreakerTripped(unit_id=unit.id, name=unit.name, scope=scope, **asdict(verdict)),
        by=ROBOT,
        now=now,
    )
    return unit
