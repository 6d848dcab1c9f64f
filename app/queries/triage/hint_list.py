"""The hint a person sees on a page."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import hints
from app.models.hint import ClosedHint


def next_hint(session: Session, account_id: int, page: str) -> str | None:
    closed = session.scalars(select(ClosedHint.code).where(ClosedHint.account_id == account_id)).all()
    return hints.next_hint(page, closed)
