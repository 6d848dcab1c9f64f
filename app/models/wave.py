"""Waves of similar mails and their index. The mails came within some days; the index finds them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Likeness(Base):
    """The top words of a mail, as numbers. Made by learning/waves.py, and kept for as long as a wave may grow."""

    __tablename__ = "likeness"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    marks: Mapped[list[Any]]


class LikenessBand(Base):
    """A mail's place in the index of similar mails. Mails that are alike share one."""

    __tablename__ = "likeness_band"
    __table_args__ = (Index("ix_likeness_band_enquiry_id", "enquiry_id"),)

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True, autoincrement=False)


class Wave(Base):
    """A wave: mails that tell of the same event. Its name is the subject of `lead_id`, the mail that made it one."""

    __tablename__ = "wave"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"))
    found_at: Mapped[datetime]


class WaveMember(Base):
    """A mail's membership of a wave. A mail is in one wave at most; `out` is a person's word that it is not."""

    __tablename__ = "wave_member"
    __table_args__ = (Index("ix_wave_member_wave_id_enquiry_id", "wave_id", "enquiry_id"),)

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    out: Mapped[bool] = mapped_column(default=False)
