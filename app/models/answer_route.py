"""By which address an answer comes back, and what people were seen to do with a mail whose answer was not."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ReplyTag(Base):
    """The tag of an address ("post+TAG@…") that stands on our letters about one route of an enquiry, and nowhere else."""

    __tablename__ = "reply_tag"

    tag: Mapped[str] = mapped_column(String(40), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    routing_no: Mapped[int]


class AnswerTrace(Base):
    """What people have done with the mail that brought a unit one route of an enquiry, when Sluse last looked."""

    __tablename__ = "answer_trace"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    routing_no: Mapped[int] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]
    replied: Mapped[bool]
    forwarded: Mapped[bool]
    flagged: Mapped[bool]
    read: Mapped[bool]
    gone: Mapped[bool]
    """It lies in the unit's inbox no more."""
    draft_gone: Mapped[bool]
    """The draft that Sluse had put into the unit's Drafts lies neither there nor in its Sent."""
    thanked: Mapped[bool]
    """The citizen has written since, and only says thanks."""
