"""The types of deadline an authority works with."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.deadlines import Terms
from app.models.base import Base


class DeadlineType(Base):
    """A type of deadline: how long both clocks run.

    One that is no longer wanted is retired, since running deadlines name it.
    """

    __tablename__ = "deadline_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    feedback_days: Mapped[int | None]
    """None: the citizen need not be told who handles the matter before the answer."""
    answer_days: Mapped[int]
    working: Mapped[bool] = mapped_column(default=True)
    """Working days; else calendar days."""
    retired: Mapped[bool] = mapped_column(default=False)

    @property
    def terms(self) -> Terms:
        return Terms(self.feedback_days, self.answer_days, self.working)
