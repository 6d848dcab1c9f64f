"""The hints that a person has closed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ClosedHint(Base):
    """A hint closed by its reader. "show hints again" deletes the row."""

    __tablename__ = "closed_hint"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(50), primary_key=True)
    at: Mapped[datetime]
