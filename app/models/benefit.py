"""What the benefit is reckoned from, as people entered it: each time a new version."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class BenefitVersion(Base):
    """A version of the assumptions. The newest holds, and the others stay. `content` is as app/domain/benefit.py has it."""

    __tablename__ = "benefit_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime]
    note: Mapped[str]
    content: Mapped[dict[str, Any]]
