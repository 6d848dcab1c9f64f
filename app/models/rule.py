"""Rules and classes of senders. People insist on the rules before the model is asked."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.rules import Field
from app.models.base import Base, choice
from app.models.deadline import DeadlineType
from app.models.unit import Unit


class SenderClass(Base):
    """Senders with something in common, e.g. the press; `senders` has an address or a domain a line."""

    __tablename__ = "sender_class"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    senders: Mapped[str]


class Rule(Base):
    """A stored rule.

    All conditions that are given must hold. With a unit the mail goes there; without, a human decides. The first rule
    wins.
    """

    __tablename__ = "rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    words: Mapped[str] = mapped_column(default="")
    """A word, the beginning of one, or a phrase a line; any of them is enough."""
    field: Mapped[Field] = mapped_column(choice(Field), default=Field.ANYWHERE)
    sender_class_id: Mapped[int | None] = mapped_column(ForeignKey("sender_class.id"))
    mailbox: Mapped[str] = mapped_column(String(320), default="")
    foreign_language: Mapped[bool] = mapped_column(default=False)
    """The mail is in another language than Danish."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    deadline_type_id: Mapped[int | None] = mapped_column(ForeignKey("deadline_type.id"))
    """The deadline that mails of this kind have by law or promise."""

    deadline_type: Mapped[DeadlineType | None] = relationship(lazy="joined")
    sender_class: Mapped[SenderClass | None] = relationship(lazy="joined")
    unit: Mapped[Unit | None] = relationship(lazy="joined")
