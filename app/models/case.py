"""The robot's effects outside. Cases, documents, deadlines, forwards, replies."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.words import MailText, note


class Case(Base):
    """A case in the records system. Known here by its number there."""

    __tablename__ = "case"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(100), unique=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CaseDocument(Base):
    """A document in the records system. `key` is the idempotency key it was filed with."""

    __tablename__ = "case_document"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    number: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(MailText(300))
    filed_at: Mapped[datetime]


@event.listens_for(CaseDocument, "load")
def _note_whose(document: CaseDocument, _context: object) -> None:
    note([document.enquiry_id])


class Deadline(Base):
    """A deadline in the deadline register."""

    __tablename__ = "deadline"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(100))
    due_on: Mapped[date]
    """The last day for the answer."""
    feedback_due_on: Mapped[date | None]
    met_on: Mapped[date | None]


class Forward(Base):
    """A forward of an enquiry to a unit.

    The robot is about to send it, or has (`sent_at`). From here on undo means a recall.
    """

    __tablename__ = "forward"
    __table_args__ = (UniqueConstraint("enquiry_id", "hop"),)

    message_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"))
    routing_no: Mapped[int] = mapped_column("hop")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    sent_at: Mapped[datetime | None]


class Acknowledgement(Base):
    """The letter that acknowledges a case to the citizen. Written once, then sent as it was written."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index("ix_acknowledgement_recipient_at", "recipient", "at"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"))
    message_id: Mapped[str] = mapped_column(String(255))
    recipient: Mapped[str] = mapped_column(MailText(320))
    """In lower case: how often somebody may be written to is counted by it."""
    subject: Mapped[str] = mapped_column(MailText)
    text: Mapped[str] = mapped_column(MailText)
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Reply(Base):
    """The unit's answer, as its mailbox sent it. One mail may answer an enquiry and the follow-ups to it."""

    __tablename__ = "reply"

    raw_mail_id: Mapped[int] = mapped_column(ForeignKey("raw_mail.id"), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True, index=True)
    sent_at: Mapped[datetime]
    message_id: Mapped[str | None] = mapped_column(String(998), index=True)
    """What the citizen's next mail answers, and what a bounce names."""
    bounced_at: Mapped[datetime | None]
    """It did not arrive."""


class InterimReply(Base):
    """A letter naming who handles the matter.

    For the citizen: asked for by somebody, then sent (`sent_at`). Once an enquiry.
    """

    __tablename__ = "interim_reply"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    caseworker: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(MailText)
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Recall(Base):
    """A recall of a mail from its unit.

    The note tells the unit that it is taken back again: asked for by somebody, then sent (`sent_at`).
    """

    __tablename__ = "recall"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    routing_no: Mapped[int] = mapped_column("hop", primary_key=True)
    """The route that was taken back."""
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class UnitNotice(Base):
    """A notice to a unit about an enquiry.

    The unit has it or had it, and must hear of this at once: ordered, then sent (`sent_at`).
    """

    __tablename__ = "unit_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(40))
    """What it is about (domain/notices.py)."""
    about_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"))
    """The bounce, or the unit's mail that went astray."""
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class HeldWork(Base):
    """A workflow that ended before its time: the robot or its unit is stopped, or something outside fails for a while.

    It goes on from there when released, and the row goes once it has come to its end.
    """

    __tablename__ = "held_work"

    workflow_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"))
    at: Mapped[datetime]
    system: Mapped[str | None] = mapped_column(String(50))
    """The outside system that it waits for, if it does."""
    not_before: Mapped[datetime | None]
    """When it may try again at the earliest; None where no pause of its own holds it."""
