"""The organisation: service areas, their units, and the mailboxes citizens write to."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.routing import Mode
from app.models.base import Base, choice


class ServiceArea(Base):
    __tablename__ = "service_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Unit(Base):
    """A unit that answers mails from a mailbox of its own. `guide` tells what belongs there, `guide_not` what does not."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("service_area.id"))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)
    subject_code: Mapped[str] = mapped_column(String(100), default="")
    guide: Mapped[str] = mapped_column(default="")
    guide_not: Mapped[str] = mapped_column(default="")
    mode: Mapped[Mode] = mapped_column(choice(Mode), default=Mode.SUGGEST)
    stopped: Mapped[bool] = mapped_column(default=False)

    area: Mapped[ServiceArea] = relationship(lazy="joined")


class Mailbox(Base):
    """A shared mailbox that Sluse takes mails from; with `acknowledge`, the citizen is told that the mail has come."""

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    acknowledge: Mapped[bool] = mapped_column(default=False)


class MailboxCursor(Base):
    """How far a folder of a mailbox has been read; moves in the transaction that stores what was read."""

    __tablename__ = "mailbox_cursor"

    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    folder: Mapped[str] = mapped_column(String(20), primary_key=True)
    cursor: Mapped[str]
