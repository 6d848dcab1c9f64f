"""A mail as it came, and the enquiry it is."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, TextClause, UniqueConstraint, event, false, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.citizen import CitizenSource
from app.domain.deadlines import Clock, Clocks
from app.domain.enquiry import State, hides_suggestion
from app.domain.unread import NOT_EXPORTED
from app.models.account import Account
from app.models.base import Base, choice
from app.models.case import Case
from app.models.deadline import DeadlineType
from app.models.unit import Unit
from app.models.words import MailBytes, MailText, note
from connectors.mail import addresses


class RawMail(Base):
    """The bytes exactly as the mail system gave them. `taken_at` is set once the mail system has been told."""

    __tablename__ = "raw_mail"
    __table_args__ = (
        UniqueConstraint("address", "folder", "key"),
        Index(
            "ix_raw_mail_untaken",
            "id",
            sqlite_where=text("taken_at IS NULL"),
            postgresql_where=text("taken_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(320))
    folder: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(MailBytes, deferred=True)
    received_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]


LISTED = (
    "received_at",
    "id",
    "imported",
    "state",
    "unit_id",
    "mailbox",
    "language",
    "automatic",
    "case_id",
    "due_on",
)
"""All that the list of enquiries can be narrowed by, newest last: any mixture of filters reads this index alone."""


def _only(rows: TextClause) -> dict[str, Any]:
    """An index over some rows, on both databases."""
    return {"sqlite_where": rows, "postgresql_where": rows}


REFERENCES = ("split_from_id", "follows_id", "relates_id", "resembles_id")


def _sender(column: str) -> Callable[[DefaultExecutionContext], str]:
    """Return a default that is the sender's value.

    The writer of a mail is the citizen, where nobody has said otherwise.
    """
    return lambda context: str(_given(context).get(column, ""))


def _given(context: DefaultExecutionContext) -> dict[str, Any]:
    given: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return given


def _sender_key(context: DefaultExecutionContext) -> str:
    given = _given(context)
    return addresses.key(str(given.get("citizen_address", given.get("sender_address", ""))))


class Enquiry(Base):
    """An enquiry of a citizen or a company. Only app/domain/enquiry.py says which state may follow which."""

    __tablename__ = "enquiry"
    __table_args__ = (
        UniqueConstraint("raw_mail_id", "part"),
        Index("ix_enquiry_state_due_on", "state", "due_on"),
        # All that the queue's order looks at: behind a mail's text a column is slow to reach.
        Index(
            "ix_enquiry_waiting",
            "state",
            "due_on",
            "id",
            "follows_id",
            "owner_id",
            "blind",
            "returns",
            "mailbox",
            "language",
        ),
        Index("ix_enquiry_unit_id_state", "unit_id", "state"),
        Index("ix_enquiry_unit_id_answered_at", "unit_id", "answered_at"),
        Index("ix_enquiry_sender_address", "sender_address"),
        Index("ix_enquiry_citizen_key", "citizen_key"),
        Index("ix_enquiry_subject", "subject"),
        Index("ix_enquiry_listed", *LISTED),
        Index("ix_enquiry_unread", "unit_id", **_only(text("quarantine IS NOT NULL"))),
        Index("ix_enquiry_returned", "state", "unit_id", **_only(text("returns > 0"))),
        # Reports count a year of mails from this alone, without the rows themselves.
        Index("ix_enquiry_weekly", "received_at", "imported", "automatic", "direct", "state", "reason"),
        # Of the few that refer to another: asked for those that refer to none, SQLite would walk through all by such an index.
        # nosemgrep: sql-from-text
        *(Index(f"ix_enquiry_{name}", name, **_only(text(f"{name} IS NOT NULL"))) for name in REFERENCES),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    raw_mail_id: Mapped[int] = mapped_column(ForeignKey("raw_mail.id"))
    part: Mapped[int] = mapped_column(default=0, server_default="0")
    """0 for a whole mail; the parts of one that was split count from 1 and share its bytes."""
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("enquiry.id"))
    """The enquiry this part was split off from."""
    mailbox: Mapped[str] = mapped_column(String(320))
    received_at: Mapped[datetime] = mapped_column(index=True)
    due_on: Mapped[date]
    """The day that presses: feedback while that clock runs, then the answer."""
    deadline_type_id: Mapped[int | None] = mapped_column(ForeignKey("deadline_type.id"))
    feedback_due_on: Mapped[date | None]
    answer_due_on: Mapped[date | None]
    feedback_at: Mapped[datetime | None]
    """When the citizen heard who handles the matter, by an interim reply or by the answer."""
    state: Mapped[State] = mapped_column(choice(State), default=State.RECEIVED)
    version: Mapped[int] = mapped_column(default=1)
    routing_no: Mapped[int] = mapped_column("hop", default=0)
    """How many times it has been routed; part of the key of everything the robot does for that route."""
    returns: Mapped[int] = mapped_column(default=0)
    imported: Mapped[bool] = mapped_column(default=False)
    """Labelled history: it teaches, but is not part of the day's work or figures."""

    subject: Mapped[str] = mapped_column(MailText, default="")
    sender_name: Mapped[str] = mapped_column(MailText, default="")
    sender_address: Mapped[str] = mapped_column(MailText(320), default="")
    """Who wrote the mail: whole, as it was written, or ""."""
    text: Mapped[str] = mapped_column(MailText, default="", deferred=True)
    html: Mapped[str | None] = mapped_column(MailText, deferred=True)
    """Sanitised HTML, where the mail had any."""
    message_id: Mapped[str | None] = mapped_column(String(998), index=True)
    in_reply_to: Mapped[str | None] = mapped_column(String(998))

    fingerprint: Mapped[str | None] = mapped_column(String(32), index=True)
    """The same for copies of one mail (domain/recognition.py)."""
    language: Mapped[str | None] = mapped_column(String(3))
    """ISO 639-1, where the text says enough to tell."""

    may_acknowledge: Mapped[bool] = mapped_column(default=False)
    """A person wrote it, as far as its headers tell: decided while they are at hand."""
    citizen_name: Mapped[str] = mapped_column(MailText, default=_sender("sender_name"), server_default="")
    citizen_address: Mapped[str] = mapped_column(MailText(320), default=_sender("sender_address"), server_default="")
    """To whom drafts and letters go, and whose answer counts; "" while nobody is sure (app/domain/citizen.py)."""
    citizen_key: Mapped[str] = mapped_column(String(320), default=_sender_key, server_default="")
    """The address as it is compared."""
    citizen_source: Mapped[CitizenSource | None] = mapped_column(choice(CitizenSource))
    """What told who it is; None for a mail from before that was decided, whose sender is taken for the citizen."""
    citizen_candidates: Mapped[list[Any]] = mapped_column(default=list, server_default="[]", deferred=True)
    """Whom a human may choose from: name and address each."""
    quarantine: Mapped[str | None] = mapped_column(String(100))
    """Why it could not be read; it waits for a human then."""
    repairs: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What was mended while it was read (connectors/mail/reading/notes.py)."""
    unread: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """What of it could not be read, though the rest was."""
    words_missing: Mapped[str | None] = mapped_column(String(20))
    """Why it says something that was not read (domain/unread.py): it is not ranked, and waits for a human."""
    reason: Mapped[str | None] = mapped_column(String(100))
    """Why it was set aside or referred."""
    follow_up_of_id: Mapped[int | None] = mapped_column("follows_id", ForeignKey("enquiry.id"))
    relates_id: Mapped[int | None] = mapped_column(ForeignKey("enquiry.id"))
    """An earlier enquiry whose case was closed too long ago to be opened again."""
    resembles_id: Mapped[int | None] = mapped_column(ForeignKey("enquiry.id"))
    """An open enquiry that may be the same matter; a human says whether it is."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Who alone decides, after a second return."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    routed_at: Mapped[datetime | None]
    automatic: Mapped[bool] = mapped_column(default=False)
    direct: Mapped[bool] = mapped_column(default=False)
    """It came to the unit's own mailbox: nobody routed it."""
    blind: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whoever decides it sees no suggestion: a blind check of the robot, or of humans."""
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    raw: Mapped[RawMail] = relationship()
    unit: Mapped[Unit | None] = relationship()
    case: Mapped[Case | None] = relationship()
    owner: Mapped[Account | None] = relationship()
    deadline_type: Mapped[DeadlineType | None] = relationship()
    attachments: Mapped[list["Attachment"]] = relationship(order_by="Attachment.position")

    @property
    def clocks(self) -> Clocks:
        """Return both deadlines. Before there were two, one day stood for the answer."""
        return Clocks(self.feedback_due_on, self.answer_due_on or self.due_on)

    @property
    def next_clock(self) -> Clock | None:
        """Return which deadline `due_on` is."""
        return self.clocks.next(feedback_stopped=self.feedback_at is not None)

    @property
    def unreadable(self) -> bool:
        """Tell whether not even its head could be read: then it has no subject and no sender to show."""
        return self.quarantine is not None and self.quarantine != NOT_EXPORTED

    @property
    def hidden(self) -> bool:
        """Tell whether its suggestion may not be seen now."""
        return hides_suggestion(blind=self.blind, state=self.state, returns=self.returns)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class Attachment(Base):
    """A file of a mail: what it is called. Its bytes stay in the raw mail."""

    __tablename__ = "attachment"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    filename: Mapped[str] = mapped_column(MailText(255))
    content_type: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]


@event.listens_for(Enquiry, "load")
def _note_whose(enquiry: Enquiry, _context: object) -> None:
    note([enquiry.id])
