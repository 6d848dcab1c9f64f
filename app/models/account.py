"""The people who sign in, and their few switches."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.access import Role
from app.domain.actor import Actor
from app.models.base import Base, choice
from app.models.unit import Unit


class Account(Base):
    """A person. A caseworker belongs to one unit; everybody else to none."""

    __tablename__ = "account"
    __table_args__ = (Index("ix_account_issuer_subject", "issuer", "subject", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(choice(Role))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    password_hash: Mapped[str] = mapped_column(String(200))
    """Empty for who has none: invited and not come yet, or signed in by an identity provider."""
    active: Mapped[bool] = mapped_column(default=True)
    seen_at: Mapped[datetime | None]
    """When they signed in last, or did something last in a sign-in that has ended."""
    invitation_hash: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    invited_until: Mapped[datetime | None]
    factor_secret: Mapped[str | None] = mapped_column(String(300))
    """The second factor's secret, sealed with the installation's key."""
    factor_used: Mapped[int] = mapped_column(default=0, server_default="0")
    """The newest time step whose code was taken: none is taken twice."""
    issuer: Mapped[str | None] = mapped_column(String(500))
    subject: Mapped[str | None] = mapped_column(String(255))
    """With the issuer: who this is at the identity provider. An address is no identity, it may change hands."""

    @property
    def actor(self) -> Actor:
        """Return this person as who acts."""
        return Actor(self.email, self.role, self.unit_id, self.id)


class Setting(Base):
    """A switch or figure that people change while Sluse runs."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
