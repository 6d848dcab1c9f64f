"""Hints that each person closes. They are closed one by one, and all shown again at once."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.domain import hints
from app.errors import NotFoundError
from app.models.hint import ClosedHint


def close(session: Session, account_id: int, code: str, *, now: datetime) -> None:
    """Show this hint no more to this person.

    Raises:
        NotFoundError: there is no such hint.
    """
    if code not in hints.ALL:
        raise NotFoundError
    if session.get(ClosedHint, (account_id, code)) is None:
        session.add(ClosedHint(account_id=account_id, code=code, at=now))
        session.flush()


def show_again(session: Session, account_id: int) -> None:
    """Begin anew with the first hint of each page."""
    session.execute(delete(ClosedHint).where(ClosedHint.account_id == account_id))
