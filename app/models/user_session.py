"""The sign-ins: who is signed in, and from where. Each is a row, so that it can be ended from here."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.account import Account
from app.models.base import Base


class UserSession(Base):
    """One sign-in. The browser holds a random key to it, the row only that key's hash."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    method: Mapped[str] = mapped_column(String(20))
    """How: "password", "oidc" …"""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """When a person last did something; pages that ask by themselves do not count."""
    source: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(60))
    provider_session: Mapped[str] = mapped_column(String(255), default="", index=True)
    """The identity provider's own name of it, by which it may end it."""
    provider_token: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What the identity provider knows it by when it is to be ended there too."""

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
