"""Presence in triage, and claims on mails."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.account import Account
from app.models.base import Base


class Presence(Base):
    """A person's presence in triage. When they were last seen at work, and whether they are away."""

    __tablename__ = "presence"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    seen_at: Mapped[datetime | None]
    absent_since: Mapped[datetime | None]
    absent_until: Mapped[date | None]
    """The last day of the absence, where it is known."""
    queue_order: Mapped[str | None] = mapped_column(String(20))
    """A domain/queue.py Order: how they chose to have the queue."""

    def is_away(self, today: date) -> bool:
        return self.absent_since is not None and (self.absent_until is None or self.absent_until >= today)


class Claim(Base):
    """A claim: a person has this mail before them.

    On their screen, or loaded as their next. It ends by itself when they are not seen for a while.
    """

    __tablename__ = "claim"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[datetime]
    seen_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="joined")
