"""Who gets a digest of deadlines by mail, and when."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class DigestSubscription(Base):
    """A person's choice to get a digest once a week. Who does not want one has no row."""

    __tablename__ = "digest_subscription"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    weekday: Mapped[int]
    """0 is Monday."""
    hour: Mapped[int]
    """Of the clock in Copenhagen."""
    area_id: Mapped[int | None] = mapped_column(ForeignKey("service_area.id"))
    """The service area it is about; None for all, or for the unit of whoever belongs to one."""
    also_empty: Mapped[bool]
    """It is sent though there is nothing to say."""
    settled_at: Mapped[datetime]
    """What was due until then is sent, or was none of theirs."""
    failed_at: Mapped[datetime | None]
    """When it could not be sent the last time."""
