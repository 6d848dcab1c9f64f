"""Erasures and what is left where. Without a word of whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Erasure(Base):
    """One erasure, as its certificate states it."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(320))
    """The administrator who decided it, never the person."""
    found_by: Mapped[str] = mapped_column(String(20))
    """address, number or both."""
    counts: Mapped[dict[str, Any]]
    """What was erased or masked: kind → how many."""
    copies: Mapped[list[Any]]
    """Where copies lay outside Sluse: {place, mailbox, found, removed}."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 over the erased mails' numbers and hashes: shows later which they were to who still has one, to nobody else."""
    cleaned_at: Mapped[datetime | None]
    """When the database's working file had nothing of it any more; until then it is tried again."""
