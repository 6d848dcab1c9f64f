"""What figures count of each enquiry: made from the audit log, and made anew whenever that grows."""

from datetime import date

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.decision_times import DecisionKind
from app.domain.enquiry import State
from app.domain.enquiry_facts import Way
from app.models.base import Base, choice


class EnquiryFactsRow(Base):
    """The facts of one enquiry, in days of Copenhagen; nothing of it names a person.

    History that was imported has no row, nor a mail that was split: its parts are counted.
    """

    __tablename__ = "enquiry_facts"
    __table_args__ = (
        Index("ix_enquiry_facts_received_on", "received_on", "way", "state", "unit_id", "mailbox"),
        Index("ix_enquiry_facts_answered_on", "answered_on"),
        Index("ix_enquiry_facts_state", "state", "due_on"),
        Index("ix_enquiry_facts_judged_on", "judged_on"),
        # The median is looked up in an hour or a day of these, without the rows themselves.
        Index("ix_enquiry_facts_journal_minutes", "journal_minutes", "received_on", "unit_id", "mailbox"),
    )

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    received_on: Mapped[date]
    mailbox: Mapped[str] = mapped_column(String(320))
    state: Mapped[State] = mapped_column(choice(State))
    way: Mapped[Way] = mapped_column(choice(Way))
    reason: Mapped[str] = mapped_column(String(50))
    """With which the robot routed it, or why it was set aside or referred; else ""."""
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """Where it is, or was last."""
    first_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    first_routed_on: Mapped[date | None]
    routed_on: Mapped[date | None]
    hops: Mapped[int]
    returns: Mapped[int]
    days_lost: Mapped[int]
    """Working days from the first routing to the one that stands, where that is another unit's."""
    terms_days: Mapped[int]
    """Working days that the deadline which presses first gave."""
    due_on: Mapped[date]
    feedback_due_on: Mapped[date | None]
    feedback_on: Mapped[date | None]
    answer_due_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    journaled_on: Mapped[date | None]
    journal_minutes: Mapped[int | None]
    """From the receipt until the first document was filed."""
    journal_days: Mapped[int | None]
    """Working days after the day of the receipt until then; 0 on the day itself, or before the next working day."""
    seconds: Mapped[float | None]
    """That people took to decide it in triage."""

    decided_as: Mapped[DecisionKind | None] = mapped_column(choice(DecisionKind))
    """How people decided it, where they looked at it."""
    judged_on: Mapped[date | None]
    """When it became known to which unit it belongs, where the model had suggested anything."""
    suggested_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """What the model had suggested first; None where that was no unit."""
    suggestion_right: Mapped[bool | None]
