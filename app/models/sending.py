"""Letters whose sending was begun and of which nobody can say for sure yet that they have left."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.letter_fates import LetterFate
from app.models.base import Base, choice
from app.models.words import MailText


class SendingAttempt(Base):
    """The attempt to send a letter: written before the mail system is asked, gone once the letter is marked as sent.

    A round of letters that is marked as a whole keeps those that have left until its next day.
    """

    __tablename__ = "sending_attempts"

    message_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    letter: Mapped[str] = mapped_column(String(50))
    """Which kind of letter it is (app/web/platform/display_names.py)."""
    enquiry_id: Mapped[int | None] = mapped_column(ForeignKey("enquiry.id"), index=True)
    sender: Mapped[str] = mapped_column(String(320))
    recipient: Mapped[str] = mapped_column(MailText(320))
    """In lower case, as the address is compared."""
    began_at: Mapped[datetime]
    job: Mapped[str | None] = mapped_column(String(100))
    """The workflow that sends it, and goes on once somebody has decided; None in a round."""
    fate: Mapped[LetterFate] = mapped_column(choice(LetterFate), default=LetterFate.OPEN)
    decided_by: Mapped[str | None] = mapped_column(String(320))
    decided_at: Mapped[datetime | None]
