"""The person in a unit that has an enquiry."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Assignment(Base):
    """The assignment of an enquiry to a caseworker.

    It was taken, or given. It holds while the enquiry is with the caseworker's unit.
    """

    __tablename__ = "assignment"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[datetime]
