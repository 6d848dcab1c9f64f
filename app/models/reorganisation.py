"""Reorganisations that were carried out. With them is what it takes to undo them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Reorganisation(Base):
    """A plan that was carried out. `changes` says what it did to units and to what points to them."""

    __tablename__ = "reorganisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan: Mapped[dict[str, Any]]
    changes: Mapped[dict[str, Any]]
    amendment_id: Mapped[int] = mapped_column(ForeignKey("amendment.id"))
    by: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime]
    restored_at: Mapped[datetime | None]
    restored_by: Mapped[str | None] = mapped_column(String(320))
