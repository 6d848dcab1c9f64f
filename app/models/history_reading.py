"""How far units' mailboxes have been read for their history."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.history_reading import ReadingState
from app.models.base import Base, choice
from app.models.unit import Unit


class HistoryReading(Base):
    """A folder of a unit's mailbox that is learned from. `cursor` moves in the transaction that keeps what was read."""

    __tablename__ = "history_reading"
    __table_args__ = (UniqueConstraint("address", "mail_system", "folder"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    address: Mapped[str] = mapped_column(String(320))
    mail_system: Mapped[str] = mapped_column(String(30))
    folder: Mapped[str]
    """What the mail system knows the folder by."""
    name: Mapped[str] = mapped_column(String(500))
    """What people call it."""
    mailbox: Mapped[str] = mapped_column(String(320))
    """The shared mailbox that its mails count as having come to."""
    state: Mapped[ReadingState] = mapped_column(choice(ReadingState), default=ReadingState.WAITING)
    at_once: Mapped[bool] = mapped_column(default=False)
    """Also by day, and as much as there is."""
    since: Mapped[datetime | None]
    """Older mails are left out."""
    cursor: Mapped[str | None]
    looked_at: Mapped[int] = mapped_column(default=0)
    learned: Mapped[int] = mapped_column(default=0)
    reached: Mapped[datetime | None]
    """When the last mail came that was looked at."""
    night: Mapped[date | None]
    tonight: Mapped[int] = mapped_column(default=0)
    """Mails looked at in the night that began on `night`."""
    failures: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    """When a mail system that fails is asked again."""
    error: Mapped[str] = mapped_column(String(500), default="")
    asked_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(320))
    ended_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship(lazy="joined")
