"""From what is known about past suggestions to the confidence limits that keep the error budgets."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.routing import Reason
from app.models.amendment import counts
from app.models.label import Label
from app.models.prediction import Decision
from app.queries import sampling as queries
from app.queries import strangers as stranger_queries
from app.services import amendments, breaker, settings
from learning import budget, strangers
from learning.budget import Known

EVIDENCE = budget.WINDOW
"""How many of the latest known suggestions the confidence limit is chosen from."""


def renew(session: Session, *, now: datetime) -> None:
    """Choose the confidence limits anew: the authority's, and one for each unit with a budget of its own.

    A unit that broke its budget all the same drops to suggestions. With the limits goes the share of strangers, mails
    that belong to no unit, that the model is told.
    """
    past, max_error = evidence(session, now=now), settings.get(session, "max_error")
    settings.put(session, "confidence_limit", budget.confidence_limit(past, max_error))
    own = budget.limits_of_units(past, settings.budgets(session), max_error)
    settings.put(session, "confidence_limits", own)
    settings.put(session, "strangers", share_of_strangers(session))
    breaker.look(session, now=now)


def share_of_strangers(session: Session) -> float:
    """The share of mails that belong to no unit, by what humans decided lately."""
    return round(strangers.share(stranger_queries.seen(session, strangers.RECENT)), 3)


def evidence(session: Session, *, now: datetime) -> list[Known]:
    """What is known about past suggestions, oldest first; a suggestion for a mail that belongs to no unit was wrong.

    Of mails that the model was confident about, a blind check stands for all that had its probability. A route that
    was sent back is no part of it: only wrong ones are. It is the breaker that counts those. That a unit answered one
    says little, since nobody tells of the silent ones.
    """
    confident = queries.outcomes(session, amendments.standing(session), since=now - queries.RECENTLY, limit=EVIDENCE)
    rows = [(o.known_at, known) for o in confident if (known := _of_confident(o)) is not None]
    rows += _judged(session)
    rows += [
        (e.at, Known(e.confidence, False, 1.0, str(e.unit_id))) for e in stranger_queries.endings(session, EVIDENCE)
    ]
    return [known for _, known in sorted(rows, key=lambda row: row[0])][-EVIDENCE:]


def _of_confident(outcome: queries.Outcome) -> Known | None:
    if outcome.sampled and outcome.probability:
        return Known(outcome.confidence, outcome.right, 1 / outcome.probability, str(outcome.unit_id))
    # Before there were blind checks, an answer was all there was.
    if outcome.probability is None:
        return Known(outcome.confidence, outcome.right, 1.0, str(outcome.unit_id))
    return None


def _judged(session: Session) -> list[tuple[datetime, Known]]:
    """Suggestions for mails that a human always sees, labelled history among them; not the strange ones, never routed."""
    confident = select(Decision.id).where(
        Decision.enquiry_id == Label.enquiry_id, Decision.reason.in_((*queries.AUTOMATIC, Reason.STRANGE))
    )
    query = (
        select(Label.at, Label.id, Label.suggested_confidence, Label.suggested_unit_id, Label.unit_id)
        .where(Label.suggested_confidence.is_not(None), counts(), ~confident.exists())
        .order_by(Label.id.desc())
        .limit(EVIDENCE)
    )
    amended = amendments.standing(session)
    return [
        (at, Known(confidence or 0.0, suggested in (unit, amended.get(label, unit)), 1.0, str(suggested or "")))
        for at, label, confidence, suggested, unit in reversed(session.execute(query).all())
    ]
