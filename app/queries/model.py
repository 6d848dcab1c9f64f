"""The model's versions that are kept, and the rollbacks that stand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.amendment import AmendmentKind
from app.models.amendment import Amendment, in_force
from app.models.label import Lesson, ModelSnapshot


@dataclass(frozen=True, slots=True)
class Version:
    position: int
    at: datetime
    size: int
    since: int
    """Lessons after it."""


def versions(session: Session) -> list[Version]:
    """Versions that can be gone back to, newest first."""
    end = session.scalar(select(func.max(Lesson.position))) or 0
    query = select(ModelSnapshot.position, ModelSnapshot.at, func.length(ModelSnapshot.content))
    rows = session.execute(query.order_by(ModelSnapshot.position.desc()))
    return [Version(position, at, size, end - position) for position, at, size in rows]


def rollbacks(session: Session) -> list[Amendment]:
    """Rollbacks in force, newest first."""
    query = select(Amendment).where(
        Amendment.kind == AmendmentKind.ROLLED_BACK, Amendment.lifts_id.is_(None), in_force(Amendment.id)
    )
    return list(session.scalars(query.order_by(Amendment.id.desc())))
