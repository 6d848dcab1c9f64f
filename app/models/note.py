"""Notes that people write about an enquiry. For each other."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.words import MailText


class Note(Base):
    """A note, written once and never changed. One that was taken back (`withdrawn_at`) has no text any more."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    text: Mapped[str] = mapped_column(MailText)
    by: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
