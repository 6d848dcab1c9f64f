"""The mail systems that somebody has added in the browser."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class AddedMailSystem(Base):
    """A mail system beside those of the settings; "" is the main one.

    `options` are as in `app/mail_settings.py`, `kind` among them, and hold no secret: of those they have the file's name.
    """

    __tablename__ = "mail_system"

    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime]
