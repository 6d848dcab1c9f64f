"""Amending what counts of the label log. The learner folds the log again from the first position concerned."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.events.learning import AmendmentLifted, LabelsAmended
from app.errors import NotFoundError, RefusedError
from app.models.amendment import AmendedLabel, Amendment, in_force
from app.models.label import LabelPosition
from app.services.learning import waking
from app.services.platform import events

PORTION = 500


def apply(
    session: Session, kind: AmendmentKind, units: Mapping[int, int | None], *, note: str, by: Actor, now: datetime
) -> Amendment:
    """Let labels count as other units', or not at all. `units` is label id → unit id, or None for not at all."""
    amendment = Amendment(
        kind=kind, note=note, by=by.email, at=now, first_position=_first_position(session, list(units))
    )
    session.add(amendment)
    session.flush()
    rows = [{"amendment_id": amendment.id, "label_id": label, "unit_id": unit} for label, unit in units.items()]
    if rows:
        session.execute(insert(AmendedLabel), rows)
    waking.wake_learner(session)
    events.record(
        session, LabelsAmended(amendment_id=amendment.id, why=kind, labels=len(rows), note=note), by=by, now=now
    )
    return amendment


def revoke(session: Session, amendment_id: int, *, by: Actor, now: datetime) -> Amendment:
    """End an amendment. Its labels count again as they were given.

    Raises:
        NotFoundError: there is no such amendment.
        RefusedError: it has been lifted, or is an erasure, which nothing brings back.
    """
    amendment = session.get(Amendment, amendment_id)
    if amendment is None or amendment.lifts_id is not None:
        raise NotFoundError
    lifted = session.scalar(select(Amendment.id).where(Amendment.lifts_id == amendment_id))
    if lifted is not None or amendment.kind is AmendmentKind.ERASED:
        raise RefusedError("amendment_stays")
    end = Amendment(
        kind=amendment.kind, by=by.email, at=now, first_position=amendment.first_position, lifts_id=amendment_id
    )
    session.add(end)
    session.flush()
    waking.wake_learner(session)
    events.record(session, AmendmentLifted(amendment_id=amendment_id, why=amendment.kind), by=by, now=now)
    return end


def in_effect(session: Session) -> dict[int, int | None]:
    """Return what the amendments in force say.

    Label id → unit id, None where the label does not count. Excluding amendments win.
    """
    query = select(AmendedLabel.label_id, AmendedLabel.unit_id).where(in_force(AmendedLabel.amendment_id))
    found: dict[int, int | None] = {}
    for label, unit in session.execute(query.order_by(AmendedLabel.amendment_id)):
        found[label] = None if unit is None or found.get(label, unit) is None else unit
    return found


def reorganised(session: Session) -> dict[int, int]:
    """Return the labels that reorganisations in force change. Label id → unit id, whether the label counts or not."""
    query = (
        select(AmendedLabel.label_id, AmendedLabel.unit_id)
        .join(Amendment, Amendment.id == AmendedLabel.amendment_id)
        .where(Amendment.kind == AmendmentKind.REORGANISED, AmendedLabel.unit_id.is_not(None), in_force(Amendment.id))
        .order_by(Amendment.id)
    )
    return {label: unit for label, unit in session.execute(query) if unit is not None}


def newest(session: Session) -> int:
    """Return the id of the latest amendment. 0 where there is none."""
    return session.scalar(select(func.max(Amendment.id))) or 0


def first_concerned(session: Session, *, after: int) -> int | None:
    """Return the earliest position that later amendments change. `after` is the id of the amendment they follow."""
    return session.scalar(select(func.min(Amendment.first_position)).where(Amendment.id > after))


def _first_position(session: Session, labels: list[int]) -> int:
    """Return the earliest log position of these labels. Past the end of the log where none has been learned."""
    portions = (labels[start : start + PORTION] for start in range(0, len(labels), PORTION))
    found = [
        session.scalar(select(func.min(LabelPosition.position)).where(LabelPosition.label_id.in_(ids)))
        for ids in portions
    ]
    known = [position for position in found if position is not None]
    return min(known) if known else (session.scalar(select(func.max(LabelPosition.position))) or 0) + 1
