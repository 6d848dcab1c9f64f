"""Predictions, and the decisions made by them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.models.base import Base


class Prediction(Base):
    """The present ranking of an open enquiry. Rows of {unit_id, confidence, words}, best first.

    `outside` has rows of {outside, confidence, words}, the likeliest classes that are no units. `confidence` is that of
    the first of all.
    """

    __tablename__ = "prediction"
    __table_args__ = (Index("ix_prediction_enquiry_id_confidence_unit_id", "enquiry_id", "confidence", "unit_id"),)

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    ranking: Mapped[list[Any]]
    outside: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    confidence: Mapped[float]
    model_position: Mapped[int]
    at: Mapped[datetime]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """The first of all where that is a unit, kept beside them so that the queue can be narrowed to it."""

    @validates("ranking", "outside")
    def _keep_first(self, key: str, rows: list[Any]) -> list[Any]:
        stored = {"ranking": self.ranking, "outside": self.outside} | {key: rows}
        first = first_of(stored["ranking"] or [], stored["outside"] or [])
        self.unit_id = first.get("unit_id")
        return rows


def in_order(ranking: list[Any], outside: list[Any]) -> list[Any]:
    """Return units and outside classes as one list. Rows, best first; of equals, what is outside."""
    return sorted((*outside, *ranking), key=lambda row: -row["confidence"])


def first_of(ranking: list[Any], outside: list[Any]) -> dict[str, Any]:
    """Return the first of all rows. Empty where there is none."""
    return next(iter(in_order(ranking[:1], outside[:1])), {})


class RankingRequest(Base):
    """A mail that waits for its first ranking; the row goes once it has one, or needs none any more."""

    __tablename__ = "ranking_request"
    __table_args__ = ({"sqlite_autoincrement": True},)
    """A number that came again would tell nobody that there is a new request."""

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), unique=True)
    at: Mapped[datetime]


class Decision(Base):
    """The robot's decision about a new enquiry. With it is everything it decided on."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_reason_at_unit_id", "reason", "at", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """Where it sent the mail, or would have sent it but for a blind check."""
    sampled: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It would have been routed automatically, and was taken for a blind check instead."""
    probability: Mapped[float | None]
    """With which a mail that is routed automatically was to be taken for a blind check; empty for any other."""
    reason: Mapped[str] = mapped_column(String(50))
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("rule.id"))
    limit: Mapped[float | None]
    confidence: Mapped[float]
    """Of the first unit, whatever is likelier outside the units."""
    ranking: Mapped[list[Any]]
    outside: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    model_position: Mapped[int]
