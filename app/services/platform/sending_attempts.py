"""Write down each attempt to send a letter, so that none is sent twice unseen, and let people say what became of it."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.actor import ROBOT, Actor
from app.domain.events.casework import LetterFateUnknown, LetterOrderedAgain, LetterSaidArrived
from app.domain.letter_fates import LetterFate
from app.domain.notices import Letter
from app.errors import RefusedError
from app.models.sending import SendingAttempt
from app.services.platform import events
from connectors.mail import addresses
from connectors.mail.message import Outgoing

DECISIONS = frozenset({LetterFate.ARRIVED, LetterFate.AGAIN})
"""What a person may say."""


def begin(
    session: Session, message: Outgoing, letter: Letter, *, enquiry_id: int | None, job: str | None, now: datetime
) -> LetterFate | None:
    """Write an attempt down, and return what earlier ones have left; None where this is the first.

    Commit before the mail system is asked: who is killed meanwhile leaves the row.
    """
    row = session.get(SendingAttempt, message.message_id)
    earlier = row.fate if row is not None else None
    if earlier is LetterFate.ARRIVED:
        return earlier
    if row is None:
        row = SendingAttempt(message_id=message.message_id, letter=letter, enquiry_id=enquiry_id)
        session.add(row)
    if earlier in (None, LetterFate.AGAIN):
        row.began_at = now  # a look is no new sending
    row.sender, row.recipient, row.job = message.sender, addresses.key(message.recipient), job
    row.fate, row.decided_by, row.decided_at = LetterFate.OPEN, None, None
    return earlier


def unknown(session: Session, message_id: str, *, now: datetime) -> None:
    """Ask a person what became of a letter, since no look tells."""
    row = session.get(SendingAttempt, message_id)
    if row is None:
        return
    row.fate = LetterFate.UNKNOWN
    asked = LetterFateUnknown(letter=row.letter, message_id=message_id)
    events.record(session, asked, by=ROBOT, now=now, enquiry_id=row.enquiry_id)


def forget(session: Session, message_id: str) -> None:
    """Drop an attempt: the letter is marked as sent."""
    session.execute(delete(SendingAttempt).where(SendingAttempt.message_id == message_id))


def take_back(session: Session, message_id: str, earlier: LetterFate | None) -> None:
    """Drop an attempt that surely sent nothing; what a person ordered stays ordered."""
    if earlier is LetterFate.AGAIN:
        row = session.get_one(SendingAttempt, message_id)
        row.fate, row.job = LetterFate.AGAIN, None
    else:
        forget(session, message_id)


def keep_as_sent(session: Session, message_id: str) -> None:
    """Keep that a letter of a round has left: the round may begin anew before it is marked as a whole."""
    session.get_one(SendingAttempt, message_id).fate = LetterFate.ARRIVED


def begin_round(session: Session, letter: Letter, since: datetime) -> None:
    """Drop what rounds before `since` have left: their letters are overtaken by the new ones."""
    old = (SendingAttempt.letter == letter) & (SendingAttempt.began_at < since)
    session.execute(delete(SendingAttempt).where(old))


def end_round(session: Session, letter: Letter, began: datetime) -> None:
    """Drop what was ordered once more and that the round begun then has no letter for any more."""
    stale = (SendingAttempt.fate == LetterFate.AGAIN) & (SendingAttempt.began_at < began)
    session.execute(delete(SendingAttempt).where(SendingAttempt.letter == letter, stale))


def asked(session: Session, message_id: str) -> bool:
    """Tell whether a person is asked what became of a letter."""
    row = session.get(SendingAttempt, message_id)
    return row is not None and row.fate is LetterFate.UNKNOWN


def ordered_again(session: Session, letter: Letter) -> bool:
    """Tell whether a person wants a letter of a round sent once more."""
    query = select(SendingAttempt.message_id).where(
        SendingAttempt.letter == letter, SendingAttempt.fate == LetterFate.AGAIN
    )
    return session.scalar(query.limit(1)) is not None


def may_have_left(session: Session, message_id: str) -> bool:
    """Tell whether a letter that is not marked as sent may have left all the same."""
    row = session.get(SendingAttempt, message_id)
    return row is not None and row.fate is not LetterFate.AGAIN


def decide(session: Session, message_id: str, fate: LetterFate, *, by: Actor, now: datetime) -> None:
    """Write down what a person says became of a letter; its job goes on by itself (`Robot.release`).

    Raises:
        RefusedError: nobody is asked about it, or any more.
    """
    row = session.get(SendingAttempt, message_id)
    if row is None or row.fate is not LetterFate.UNKNOWN or fate not in DECISIONS:
        raise RefusedError("letter_settled")
    row.fate, row.decided_by, row.decided_at = fate, by.email, now
    said = (LetterSaidArrived if fate is LetterFate.ARRIVED else LetterOrderedAgain)(
        letter=row.letter, message_id=message_id
    )
    events.record(session, said, by=by, now=now, enquiry_id=row.enquiry_id)


def decided_jobs(session: Session) -> list[str]:
    """Return the jobs whose letter's fate has been decided, and that have not been let go on since."""
    query = select(SendingAttempt.job).where(SendingAttempt.fate.in_(DECISIONS), SendingAttempt.job.is_not(None))
    return [job for job in session.scalars(query) if job is not None]


def let_go_on(session: Session, job: str) -> None:
    """Note that a job goes on, so that it is let go on once."""
    query = select(SendingAttempt).where(SendingAttempt.job == job, SendingAttempt.fate.in_(DECISIONS))
    for row in session.scalars(query):
        row.job = None
