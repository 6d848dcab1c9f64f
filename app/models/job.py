"""What the durable engine does not keep of the robot's jobs: how often a step has failed, which system does not answer."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class StepFailure(Base):
    """The failed attempts of one step of a workflow. The engine itself remembers only how a step ended."""

    __tablename__ = "step_failure"

    workflow_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    step: Mapped[str] = mapped_column(String(50), primary_key=True)
    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), index=True)
    attempts: Mapped[int]
    at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(500))


class Circuit(Base):
    """An outside system that failed the last time it was asked; no row means that it answers.

    From `opened_at` on nobody asks it but the one job in `probe`, after each pause.
    """

    __tablename__ = "circuit"

    system: Mapped[str] = mapped_column(String(50), primary_key=True)
    failures: Mapped[int]
    """How many jobs have met it failing, one after the other."""
    last_job: Mapped[str] = mapped_column(String(100))
    failing_since: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    pauses: Mapped[int]
    """How many have passed since it opened; the next is longer."""
    next_try_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    probe: Mapped[str | None] = mapped_column(String(100))

    def pausing(self, now: datetime) -> bool:
        """Tell whether the pause of an open one goes on: no job may ask, or does."""
        return self.probe is None and self.next_try_at > now
