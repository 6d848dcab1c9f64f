"""Amendments: labels that count differently from now on. The label log itself stays as it was written."""

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, CompoundSelect, ForeignKey, String, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Mapped, aliased, mapped_column

from app.domain.amendment import AmendmentKind
from app.models.base import Base, choice
from app.models.label import Label


class Amendment(Base):
    """A change of how labels count. The model is replayed by it; with `lifts_id` it is the end of such a change."""

    __tablename__ = "amendment"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AmendmentKind] = mapped_column(choice(AmendmentKind))
    note: Mapped[str] = mapped_column(String(500), default="")
    by: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime]
    first_position: Mapped[int]
    """The earliest lesson it bears on: a model older than that need not care."""
    lifts_id: Mapped[int | None] = mapped_column(ForeignKey("amendment.id"), unique=True)


class AmendedLabel(Base):
    """A label that an amendment changes. As another unit's it counts, or, without a unit, not at all."""

    __tablename__ = "amended_label"

    amendment_id: Mapped[int] = mapped_column(ForeignKey("amendment.id"), primary_key=True)
    label_id: Mapped[int] = mapped_column(ForeignKey("label.id"), primary_key=True, index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))


def in_force(amendment_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Select whether an amendment has not been lifted."""
    end = aliased(Amendment)
    return ~select(end.id).where(end.lifts_id == amendment_id).exists()


@cache
def uncounted() -> CompoundSelect[tuple[int]]:
    """Select the labels that do not count.

    Ids of what revokes, what is revoked or was not taught, what is excluded now.

    A short list beside the log: it is read once a query instead of once a label.
    """
    entry = aliased(Label)
    revokes = entry.revokes_id.is_not(None)
    return union_all(
        select(entry.id).where(revokes),
        select(entry.revokes_id).where(revokes),
        select(entry.id).where(~entry.taught),
        select(AmendedLabel.label_id).where(AmendedLabel.unit_id.is_(None), in_force(AmendedLabel.amendment_id)),
    )


def counts() -> ColumnElement[bool]:
    """Select whether a label counts. Standing, a lesson, and excluded by no amendment in force."""
    return Label.id.not_in(uncounted())
