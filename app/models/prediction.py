"""What the model says now, and what was decided on the strength of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.models.base import Base


class Prediction(Base):
    """The present ranking of an open enquiry: rows of {unit_id, confidence, words}, best first."""

    __tablename__ = "prediction"
    __table_args__ = (Index("ix_prediction_enquiry_id_confidence_unit_id", "enquiry_id", "confidence", "unit_id"),)

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    ranking: Mapped[list[Any]]
    confidence: Mapped[float]
    model_position: Mapped[int]
    at: Mapped[datetime]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    """The first of the ranking, kept beside it so that the queue can be narrowed to it."""

    @validates("ranking")
    def _keep_first(self, _key: str, ranking: list[Any]) -> list[Any]:
        self.unit_id = ranking[0]["unit_id"] if ranking else None
        return ranking


class Decision(Base):
    """What the robot decided about a new enquiry, with everything it decided on."""

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
    ranking: Mapped[list[Any]]
    model_position: Mapped[int]
