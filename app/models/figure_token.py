"""The keys by which other programs fetch figures."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class FigureToken(Base):
    """A key that opens figures and nothing else. The program holds the key, the row only its hash."""

    __tablename__ = "figure_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    """What uses it."""
    purpose: Mapped[str] = mapped_column(String(300))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(320))
    expires_on: Mapped[date]
    """The last day on which it opens anything, in Copenhagen."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(320))
    used_on: Mapped[date | None]
    """The last day on which it was used."""
    used_from: Mapped[str | None] = mapped_column(String(64))
    """The network that its first request of that day came from."""
