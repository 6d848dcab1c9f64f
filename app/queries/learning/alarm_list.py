"""Alarms as a page shows them, and excluded labels. These are labels of accounts that are not trusted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.alarm import AlarmKind
from app.domain.amendment import AmendmentKind
from app.models.alarm import Alarm
from app.models.amendment import AmendedLabel, Amendment, in_force
from app.models.label import Label
from app.models.unit import Unit

SHOWN = 100


@dataclass(frozen=True, slots=True)
class AlarmRow:
    id: int
    kind: AlarmKind
    unit: str
    since: datetime
    raised_at: datetime
    data: dict[str, Any]
    suggest_only: bool
    seen_by: str | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Distrusted:
    id: int
    note: str
    by: str
    at: datetime
    labels: int


def open_ones(session: Session) -> int:
    """Count the alarms that nobody has seen yet. Asked on every page, answered from an index."""
    return session.scalar(select(func.count()).select_from(Alarm).where(Alarm.seen_at.is_(None))) or 0


def latest(session: Session, shown: int = SHOWN) -> list[AlarmRow]:
    """Open alarms first, then the latest that somebody has seen."""
    query = select(Alarm, Unit.name).outerjoin(Unit, Unit.id == Alarm.unit_id)
    order = (Alarm.seen_at.is_not(None), Alarm.raised_at.desc(), Alarm.id.desc())
    return [
        AlarmRow(a.id, a.kind, name or "", a.since, a.raised_at, a.data, a.suggest_only, a.seen_by, a.seen_at)
        for a, name in session.execute(query.order_by(*order).limit(shown))
    ]


def distrusted(session: Session) -> list[Distrusted]:
    """Return the accounts' excluded labels, latest first."""
    query = (
        select(Amendment, func.count(AmendedLabel.label_id))
        .join(AmendedLabel, AmendedLabel.amendment_id == Amendment.id)
        .where(Amendment.kind == AmendmentKind.DISTRUSTED, in_force(Amendment.id))
        .group_by(Amendment.id)
        .order_by(Amendment.id.desc())
    )
    return [Distrusted(a.id, a.note, a.by, a.at, count) for a, count in session.execute(query)]


def labellers(session: Session) -> list[str]:
    """Return the accounts that have given labels."""
    return list(session.scalars(select(Label.by).distinct().order_by(Label.by)))
