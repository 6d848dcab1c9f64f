"""Comparisons of a mailbox with what was taken in from it, and the mails that were found missing."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.reconciliation import ReconciliationState
from app.models.base import Base, choice


class Reconciliation(Base):
    """The latest comparison of a mailbox; a new one takes its place."""

    __tablename__ = "reconciliation"

    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    state: Mapped[ReconciliationState] = mapped_column(choice(ReconciliationState), default=ReconciliationState.WAITING)
    asked_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(320))
    heard_at: Mapped[datetime | None]
    """When whoever compares last said that it goes on."""
    listed: Mapped[int] = mapped_column(default=0)
    """So many mails were looked at until now."""
    whole: Mapped[bool] = mapped_column(default=True)
    """All of the mailbox was looked at."""
    ended_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(500), default="")
    take_at: Mapped[datetime | None]
    """When somebody wanted the missing mails taken in; None once that is done."""

    missing: Mapped[list["MissingMail"]] = relationship(
        cascade="all, delete-orphan", order_by="MissingMail.received_at", lazy="selectin"
    )


class MissingMail(Base):
    """A mail that lies in its mailbox and was kept nowhere."""

    __tablename__ = "missing_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(ForeignKey("reconciliation.address"), index=True)
    key: Mapped[str] = mapped_column(String(255))
    received_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
