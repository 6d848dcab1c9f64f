"""Counts of recent requests for rate limits. Stored here, they hold for all processes together."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class RateCount(Base):
    """One count of one limit. `key` is a keyed hash: an address that somebody typed is not kept."""

    __tablename__ = "rate_count"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[float] = mapped_column(index=True)
    """Seconds of the epoch, as the library that counts has them."""
