"""Web forms that write in a citizen's name.

Administrators have written where the citizen stands in the forms' mails.
"""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class FormSender(Base):
    """A web form. `senders`, `address_labels` and `name_labels` have one entry a line (app/domain/form_sender.py)."""

    __tablename__ = "form_sender"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    senders: Mapped[str]
    mailbox: Mapped[str] = mapped_column(String(320), default="")
    address_labels: Mapped[str]
    name_labels: Mapped[str]
    confirmed: Mapped[bool] = mapped_column(default=False)
    """It has the citizen's address confirmed before it writes."""
