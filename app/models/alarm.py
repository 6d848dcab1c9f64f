"""Alarms. An alarm holds an observation, the measures taken, and who has seen it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.alarm import AlarmKind
from app.models.base import Base, choice
from app.models.unit import Unit


class Alarm(Base):
    """An alarm of one unit or of all.

    `unit_id` is None where it concerns all units; `data` holds before, after and words, or the account.
    """

    __tablename__ = "alarm"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AlarmKind] = mapped_column(choice(AlarmKind))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    unit: Mapped[Unit | None] = relationship()
    since: Mapped[datetime]
    raised_at: Mapped[datetime] = mapped_column(index=True)
    data: Mapped[dict[str, Any]]
    suggest_only: Mapped[bool] = mapped_column(default=False)
    """The robot routed for this unit and only suggests since the alarm."""
    seen_by: Mapped[str | None] = mapped_column(String(320))
    seen_at: Mapped[datetime | None] = mapped_column(index=True)
