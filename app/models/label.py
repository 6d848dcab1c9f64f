"""The label log: what people taught the model, in order. Rows are appended, never changed, in the order of learning."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    case,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from app.domain.enquiry import LabelSource
from app.models.base import Base, choice


class Label(Base):
    """One entry of the label log.

    It says "this enquiry belongs to that unit", or, with `revokes_id`, "forget that label".

    A mail that belongs to no unit has the name of its class in `outside` (app/domain/outside.py). `suggested_unit_id`
    or `suggested_outside`, and `suggested_confidence`, are what the model said before it was told.
    """

    __tablename__ = "label"
    __table_args__ = (
        Index("ix_label_unit_id_source_id", "unit_id", "source", "id"),
        # Reports count all labels, or a year of them, from these alone, without the rows themselves.
        Index("ix_label_weekly", "at", "suggested_unit_id", "unit_id", "source", "suggested_outside"),
        Index("ix_label_tally", "unit_id", "suggested_unit_id", "source", "suggested_outside"),
        Index("ix_label_by_unit", "unit_id", "id", "suggested_unit_id", "suggested_outside"),
        Index("ix_label_outside", "outside", "id"),
        CheckConstraint("(unit_id IS NULL) != (outside IS NULL)", name="belongs_somewhere"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    outside: Mapped[str | None] = mapped_column(String(60))
    revokes_id: Mapped[int | None] = mapped_column(ForeignKey("label.id"), unique=True)
    source: Mapped[LabelSource] = mapped_column(choice(LabelSource), index=True)
    by: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime] = mapped_column(index=True)
    suggested_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    suggested_outside: Mapped[str | None] = mapped_column(String(60))
    suggested_confidence: Mapped[float | None]
    taught: Mapped[bool] = mapped_column(default=True, server_default=true(), index=True)
    """False for most labels of a wave: they say where a mail went, and neither teach nor count as evidence."""

    @property
    def belongs(self) -> str:
        """Return the class it teaches, as the model names it."""
        return self.outside or str(self.unit_id)

    @property
    def confirms(self) -> bool:
        """Tell whether it confirms the model's first suggestion."""
        return (self.unit_id, self.outside) == (self.suggested_unit_id, self.suggested_outside)


# Asked plainly, SQLite would walk through almost every label by the index of the column that is asked for.


def is_given(label: type[Label] = Label) -> ColumnElement[bool]:
    """Select whether an entry gives a label. Else it revokes one."""
    return func.coalesce(label.revokes_id, 0) == 0


def is_lesson(label: type[Label] = Label) -> ColumnElement[bool]:
    """Select whether an entry gives a label that teaches."""
    return is_given(label) & func.coalesce(label.taught, false())


def is_judged(label: type[Label] = Label) -> ColumnElement[bool]:
    """Select whether the model had suggested anything."""
    return or_(label.suggested_unit_id.is_not(None), label.suggested_outside.is_not(None))


def was_right(label: type[Label] = Label) -> ColumnElement[bool | None]:
    """Select whether the first suggestion was right. NULL where there was none."""
    return case(
        (label.suggested_unit_id.is_not(None), func.coalesce(label.suggested_unit_id == label.unit_id, false())),
        (label.suggested_outside.is_not(None), func.coalesce(label.suggested_outside == label.outside, false())),
    )


def stands(label: type[Label] = Label) -> ColumnElement[bool]:
    """Select whether a label stands. Neither a revocation nor revoked."""
    return _stands() if label is Label else _stands_of(label)


@cache
def _stands() -> ColumnElement[bool]:
    """Select whether a label of the table itself stands.

    The result is kept; for an alias, it would keep each one that a query ever made.
    """
    return _stands_of(Label)


def _stands_of(label: type[Label]) -> ColumnElement[bool]:
    revocation = aliased(Label)
    return is_given(label) & ~select(revocation.id).where(revocation.revokes_id == label.id).exists()


class LabelPosition(Base):
    """The position of a label in the learner's order.

    There the learner learned (or forgot) it. Positions count from 1 without a gap.
    """

    __tablename__ = "lesson"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id"), unique=True)
    at: Mapped[datetime]


class Receipt(Base):
    """The receipt of a lesson: what changed. Among the open enquiries."""

    __tablename__ = "receipt"

    label_id: Mapped[int] = mapped_column(ForeignKey("label.id"), primary_key=True)
    rescored: Mapped[int]
    changed: Mapped[list[Any]]
    """Ids of the open enquiries whose first suggestion is another one now."""
    at: Mapped[datetime]


class ModelSnapshot(Base):
    """A snapshot of the model at a position. A cache of the replay of the label log."""

    __tablename__ = "model_snapshot"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amendment_id: Mapped[int] = mapped_column(server_default="0")
    """The latest amendment it takes into account."""
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(500), server_default="")
    """What people wrote about it."""
