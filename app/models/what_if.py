"""Questions to the past, and what came out."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.what_if import WhatIfState
from app.models.base import Base, choice


class WhatIf(Base):
    """A simulation of the label log with other settings.

    `question` and `result` are as app/domain/what_if.py has them.
    """

    __tablename__ = "what_if"

    id: Mapped[int] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(320))
    at: Mapped[datetime]
    question: Mapped[dict[str, Any]]
    state: Mapped[WhatIfState] = mapped_column(choice(WhatIfState), default=WhatIfState.WAITING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    """Mails to play, both sides together; 0 while it waits."""
    heard_at: Mapped[datetime | None]
    """When the process that plays it last said that it lives."""
    result: Mapped[dict[str, Any] | None]
