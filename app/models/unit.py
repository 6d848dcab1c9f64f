"""The organisation. Service areas, centres, units, and the mailboxes citizens write to."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.routing import Mode
from app.models.base import Base, choice


class ServiceArea(Base):
    __tablename__ = "service_area"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)


class Centre(Base):
    """A centre, between a service area and its units."""

    __tablename__ = "centre"
    __table_args__ = (UniqueConstraint("area_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("service_area.id"))
    name: Mapped[str] = mapped_column(String(200))


class Unit(Base):
    """A unit that answers mails from its own mailbox. `guide` tells what belongs there, `guide_not` what does not."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    area_id: Mapped[int] = mapped_column(ForeignKey("service_area.id"))
    name: Mapped[str] = mapped_column(String(200), unique=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)
    subject_code: Mapped[str] = mapped_column(String(100), default="")
    guide: Mapped[str] = mapped_column(default="")
    guide_not: Mapped[str] = mapped_column(default="")
    also_called: Mapped[str] = mapped_column(String(500), default="")
    """What people call it besides its name, separated by commas; the search finds it by that."""
    mail_system: Mapped[str] = mapped_column(String(30), default="")
    """The name of the mail system that its mailbox is in; "" for the main one."""
    mode: Mapped[Mode] = mapped_column(choice(Mode), default=Mode.SUGGEST)
    stopped: Mapped[bool] = mapped_column(default=False)
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    max_error: Mapped[float | None]
    """Its own error budget, where it is to be stricter or laxer than the authority's."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", use_alter=True))
    """Who decides what the unit has sent back twice; without one, the authority's owner of returns."""
    closed: Mapped[bool] = mapped_column(default=False)
    """It gets no new mails; what it had stays as it was."""
    tripped_at: Mapped[datetime | None]
    """When its breaker tripped; empty again once an administrator has re-armed it."""
    armed_at: Mapped[datetime | None]
    """When it was last re-armed: nothing from before trips it again."""

    area: Mapped[ServiceArea] = relationship(lazy="joined")
    centre: Mapped[Centre | None] = relationship(lazy="joined")


class Mailbox(Base):
    """A mailbox that Sluse takes mails from. With a unit it is direct: its mails are journaled for that unit, not routed.

    With `acknowledge`, the citizen is told that the mail has come.
    """

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    acknowledge: Mapped[bool] = mapped_column(default=False)
    mail_system: Mapped[str] = mapped_column(String(30), default="")
    """The name of the mail system that it is in; "" for the main one."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    journal: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It gets copies of what units send. Their answers are looked for in it, and nothing of it becomes an enquiry."""

    unit: Mapped[Unit | None] = relationship(lazy="joined")


class MailboxCursor(Base):
    """How far a folder of a mailbox has been read, in each mail system; moves in the transaction that stores what was read."""

    __tablename__ = "mailbox_cursor"

    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    folder: Mapped[str] = mapped_column(String(20), primary_key=True)
    cursor: Mapped[str]


class ChosenFolder(Base):
    """A folder of a mailbox that somebody has chosen for a role, or confirmed. It holds in the mail system it was found in."""

    __tablename__ = "chosen_folder"

    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    mail_system: Mapped[str] = mapped_column(String(30), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    key: Mapped[str]
    """What the mail system knows it by."""
    name: Mapped[str] = mapped_column(String(500))


class MailboxState(Base):
    """When a mailbox was last looked into, and what keeps it from being looked into now."""

    __tablename__ = "mailbox_state"

    address: Mapped[str] = mapped_column(String(320), primary_key=True)
    seen_at: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """How many attempts have failed, one after the other."""
    error: Mapped[str] = mapped_column(String(500), default="")
    next_try_at: Mapped[datetime | None]
    """When it is tried again; None while it answers."""
    behind_since: Mapped[datetime | None]
    """When the last mail that was taken came, while more lie behind it; None where it was read to its end."""
    paused_at: Mapped[datetime | None]
    """Since when somebody has it left alone; None where it is read."""
    paused_by: Mapped[str | None] = mapped_column(String(320))
