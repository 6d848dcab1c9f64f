"""From what is known about past suggestions to the confidence limits that keep the error budgets."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.amendment import counts
from app.models.label import Label
from app.models.prediction import Decision
from app.queries import sampling as queries
from app.services import amendments, breaker, settings
from learning import budget

EVIDENCE = 2000
"""How many of the latest known suggestions the confidence limit is chosen from."""


class Known(NamedTuple):
    """A suggestion whose truth is known; it stands for `weight` mails that were as likely to be known."""

    confidence: float
    right: bool
    weight: float
    unit_id: int


def renew(session: Session, *, now: datetime) -> None:
    """Choose the confidence limits anew: the authority's, and one for each budget that units have of their own.

    A unit that broke its budget all the same drops to suggestions.
    """
    past = evidence(session, now=now)
    settings.put(session, "confidence_limit", _limit(past, settings.get(session, "max_error")))
    own = {str(each): _limit(past, each) for each in settings.budgets(session)}
    settings.put(session, "confidence_limits", own)
    breaker.look(session, now=now)


def _limit(past: list[Known], max_error: float) -> float | None:
    return budget.confidence_limit([(each.confidence, each.right) for each in past], max_error)


def evidence(session: Session, *, now: datetime) -> list[Known]:
    """What is known about past suggestions, oldest first.

    Of mails that the model was confident about, a blind check stands for all that had its probability, and a route
    that was sent back is an error. That a unit answered one says little, since nobody tells of the silent ones.
    """
    confident = queries.outcomes(session, amendments.standing(session), since=now - queries.RECENTLY, limit=EVIDENCE)
    rows = [(o.known_at, known) for o in confident if (known := _of_confident(o)) is not None]
    rows += _judged(session)
    return [known for _, known in sorted(rows, key=lambda row: row[0])][-EVIDENCE:]


def _of_confident(outcome: queries.Outcome) -> Known | None:
    if outcome.sampled and outcome.probability:
        return Known(outcome.confidence, outcome.right, 1 / outcome.probability, outcome.unit_id)
    # Before there were blind checks, an answer was all there was.
    if not outcome.right or outcome.probability is None:
        return Known(outcome.confidence, outcome.right, 1.0, outcome.unit_id)
    return None


def _judged(session: Session) -> list[tuple[datetime, Known]]:
    """Suggestions for mails that a human always sees, labelled history among them."""
    confident = select(Decision.id).where(
        Decision.enquiry_id == Label.enquiry_id, Decision.reason.in_(queries.AUTOMATIC)
    )
    query = (
        select(Label.at, Label.id, Label.suggested_confidence, Label.suggested_unit_id, Label.unit_id)
        .where(Label.suggested_confidence.is_not(None), counts(), ~confident.exists())
        .order_by(Label.id.desc())
        .limit(EVIDENCE)
    )
    amended = amendments.standing(session)
    return [
        (at, Known(confidence or 0.0, suggested in (unit, amended.get(label, unit)), 1.0, suggested or 0))
        for at, label, confidence, suggested, unit in reversed(session.execute(query).all())
    ]
