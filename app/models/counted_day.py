"""What was counted over the mails of a day, or of a whole month, so that pages need not count them again."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class CountedDay(Base):
    """The answer to a question of app/queries/reports/counted_days.py for the mails of one day or month.

    Where mails have changed since, or there is no row, nothing is known: readers then count the facts themselves.
    """

    __tablename__ = "counted_day"
    __table_args__ = (Index("ix_counted_day_good_until", "good_until"),)

    question: Mapped[str] = mapped_column(String(80), primary_key=True)
    month: Mapped[bool] = mapped_column(primary_key=True)
    """Whether it is about the whole month that begins on `first`."""
    first: Mapped[date] = mapped_column(primary_key=True)
    good_from: Mapped[date | None]
    good_until: Mapped[date | None]
    """The days on which the same would be counted: deadlines pass without any change to a mail. None: mails have changed."""
    content: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
