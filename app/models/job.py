"""What the durable engine does not keep of the robot's jobs: how often a step has failed."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class StepFailure(Base):
    """The failed attempts of one step of a workflow; the engine itself remembers only how a step ended."""

    __tablename__ = "step_failure"

    workflow_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    step: Mapped[str] = mapped_column(String(50), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    attempts: Mapped[int]
    at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(500))
