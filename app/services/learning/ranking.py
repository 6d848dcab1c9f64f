"""Brings a mail to the model and its ranking to the database; without the model, which only the learner has."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.enquiry import Enquiry
from app.models.prediction import RankingRequest
from app.services.learning import waking
from learning.example import Example, Ranking, Suggestion


def example_of(enquiry: Enquiry) -> Example:
    """Return the enquiry as learning sees it. The writer is left out on purpose."""
    kinds = tuple(sorted({a.content_type for a in enquiry.attachments}))
    return Example(str(enquiry.id), enquiry.subject, enquiry.text, enquiry.mailbox, kinds)


def rows_of(ranking: Ranking) -> dict[str, Any]:
    """Return a ranking as columns of a stored prediction."""
    units = [{"unit_id": int(each.unit), **_row(each)} for each in ranking.suggestions]
    outside = [{"outside": each.unit, **_row(each)} for each in ranking.outside]
    return {
        "ranking": units,
        "outside": outside,
        "confidence": max((each.confidence for each in ranking.all), default=0.0),
    }


def _row(suggestion: Suggestion) -> dict[str, Any]:
    return {"confidence": round(float(suggestion.confidence), 6), "words": list(suggestion.words)}


def ask(session: Session, enquiry_id: int, *, now: datetime) -> None:
    """Ask for a mail's ranking, once: whoever has the model makes it.

    Until it is there the mail waits without a suggestion, and can be decided.
    """
    if not is_asked(session, enquiry_id):
        session.add(RankingRequest(enquiry_id=enquiry_id, at=now))
    waking.wake_learner(session)


def is_asked(session: Session, enquiry_id: int) -> bool:
    """Tell whether a mail's ranking is still to come."""
    query = select(RankingRequest.id).where(RankingRequest.enquiry_id == enquiry_id)
    return session.scalar(query.limit(1)) is not None
