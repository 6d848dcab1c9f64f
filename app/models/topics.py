"""What citizens write about: each mail's words as numbers, the words and topics that were found, and the register of places.

Words are stored as salted numbers (decision 0048). In plain letters only those stand here that enough senders wrote.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.places import PlaceKind
from app.models.base import Base, choice


class TermKind(StrEnum):
    WORD = "word"
    TOPIC = "topic"
    PLACE = "place"


class Level(StrEnum):
    """For what part of the house something was counted."""

    HOUSE = "house"
    AREA = "area"
    CENTRE = "centre"
    UNIT = "unit"


class EnquiryWords(Base):
    """The words of one mail. Not of history, nor of a mail without words of its own."""

    __tablename__ = "enquiry_words"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    received_on: Mapped[date] = mapped_column(Date, index=True)
    voice: Mapped[int] = mapped_column(BigInteger)
    """Who wrote it, as a salted number."""
    letter: Mapped[int] = mapped_column(BigInteger)
    """Its words together, as a number: the same where a letter is passed around."""
    words: Mapped[bytes] = mapped_column(LargeBinary)
    """Sorted numbers of 32 bits, little-endian."""
    names: Mapped[bytes] = mapped_column(LargeBinary)
    """The same of what stands in it as names do; these are not counted."""
    places: Mapped[list[Any]]
    """Ids of places."""


class Place(Base):
    """A street or district of the imported register."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[PlaceKind] = mapped_column(choice(PlaceKind))


class Term(Base):
    """A word, topic or place that is shown. `name` is "" for a word that may be somebody's name: it is never shown."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[TermKind] = mapped_column(choice(TermKind))
    key: Mapped[int] = mapped_column(BigInteger)
    """The number of the word, the topic or the place."""
    name: Mapped[str] = mapped_column(String(200))
    weights: Mapped[dict[str, Any]]
    """Of a topic: number of a word → its weight. With them its next version is known again."""


class TermMail(Base):
    """A mail behind a term."""

    __tablename__ = "term_mail"
    __table_args__ = (Index("ix_term_mail_quarter", "quarter", "term_id"),)

    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True, index=True)
    quarter: Mapped[date] = mapped_column(Date)


class TermCount(Base):
    """How many voices had a term in a quarter, beside an earlier one, and whether that is more than chance."""

    __tablename__ = "term_count"

    quarter: Mapped[date] = mapped_column(Date, primary_key=True)
    against_year: Mapped[bool] = mapped_column(primary_key=True)
    level: Mapped[Level] = mapped_column(choice(Level), primary_key=True)
    part_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The unit, centre or area; 0 for the house."""
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"), primary_key=True)
    voices: Mapped[int]
    voices_before: Mapped[int]
    mails: Mapped[int]
    chance: Mapped[float]
    """Of at least such a difference."""
    found: Mapped[bool]


class TermTally(Base):
    """What the counts of a quarter are among: all voices, and how many words were looked at."""

    __tablename__ = "term_tally"

    quarter: Mapped[date] = mapped_column(Date, primary_key=True)
    against_year: Mapped[bool] = mapped_column(primary_key=True)
    level: Mapped[Level] = mapped_column(choice(Level), primary_key=True)
    part_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    voices: Mapped[int]
    voices_before: Mapped[int]
    tested: Mapped[int]
    made_at: Mapped[datetime]
