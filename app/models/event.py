"""The audit log: what happened, when, by whom. The database itself refuses to change or delete a row."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.events import read
from app.domain.events.base import DomainEvent
from app.models.base import Base


class Event(Base):
    __tablename__ = "event"
    __table_args__ = (Index("ix_event_kind_at", "kind", "at"), Index("ix_event_by_id", "by", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(320))
    kind: Mapped[str] = mapped_column(String(50))
    enquiry_id: Mapped[int | None] = mapped_column(ForeignKey("enquiry.id"), index=True)
    data: Mapped[dict[str, Any]]
    hash: Mapped[str] = mapped_column(String(64), server_default="")
    """Covers the row and the hash of the row before it (app/domain/audit_chain.py); "" for one that went past the log."""

    @property
    def content(self) -> DomainEvent:
        """What the row tells, typed by its kind."""
        return read(self.kind, self.data)
