"""Other authorities, and what was sent on to them. By forvaltningsloven § 7, 2."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base
from app.models.words import MailText


class Authority(Base):
    """An authority outside the house. `guide` tells what belongs there, `letter` what the citizen reads; empty: the usual text."""

    __tablename__ = "authority"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    address: Mapped[str] = mapped_column(String(320))
    guide: Mapped[str] = mapped_column(default="")
    letter: Mapped[str] = mapped_column(default="")
    retired: Mapped[bool] = mapped_column(default=False)
    """It is not chosen any more; what was sent there stays as it was."""


class Referral(Base):
    """An enquiry that a person found not ours. Without an authority the citizen is only told so.

    From `begun_at` on undo comes too late; a `withdrawn_at` before that means that nothing has left the house.
    """

    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_enquiry_id", "enquiry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"))
    authority_id: Mapped[int | None] = mapped_column(ForeignKey("authority.id"))
    address: Mapped[str] = mapped_column(String(320), default="")
    """Where the authority had its mail when the decision was made."""
    text: Mapped[str] = mapped_column(MailText, default="")
    """The letter to the citizen as a person agreed to it; empty where nobody is written to."""
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    begun_at: Mapped[datetime | None]
    forwarded_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None] = mapped_column("told_at")
    ended_at: Mapped[datetime | None]
    """When the last of it was journaled."""

    authority: Mapped[Authority | None] = relationship(lazy="joined")

    @property
    def leaves(self) -> bool:
        """Tell whether anything goes out of the house."""
        return self.authority_id is not None or bool(self.text)
