"""Exemptions: what the robot shall not set aside again."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.recognition import SetAside
from app.models.base import Base, choice


class Exemption(Base):
    """An exemption by a mail that was put back.

    A human did so: the next mail of its sender that looks the same to the robot is read.
    """

    __tablename__ = "exemption"
    __table_args__ = (Index("ix_exemption_sender_address_reason", "sender_address", "reason"),)

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    """The mail that was put back; taking that back takes this away."""
    sender_address: Mapped[str] = mapped_column(String(320))
    """In lower case."""
    reason: Mapped[SetAside] = mapped_column(choice(SetAside))
    by: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime]
