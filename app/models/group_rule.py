"""The rules which groups give access. The groups are the identity provider's; administrators have written the rules."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.access import Role
from app.models.base import Base, choice
from app.models.unit import Unit


class GroupRule(Base):
    """The grant of one group (app/domain/sign_on.py). Caseworkers get a unit, all others none."""

    __tablename__ = "group_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_name: Mapped[str] = mapped_column(String(255), unique=True)
    """The id or name that the provider sends."""
    label: Mapped[str] = mapped_column(String(200), default="")
    """What people call it, where an id says nothing."""
    role: Mapped[Role] = mapped_column(choice(Role))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))

    unit: Mapped[Unit | None] = relationship(lazy="joined")
