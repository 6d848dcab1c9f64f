"""Choice of the confidence limits that keep the error budgets. The evidence is what is known about past suggestions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.routing import NEVER
from app.models.amendment import counts
from app.models.label import Label
from app.models.prediction import Decision
from app.queries.learning import sampling as queries
from app.queries.learning import strangers as stranger_queries
from app.services.learning import amendments, breaker
from app.services.platform import settings
from learning import budget, strangers
from learning.budget import Known

EVIDENCE = budget.WINDOW
"""How many of the latest known suggestions the confidence limit is chosen from."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """The computed confidence limits for some budgets. Whatever else follows from what is known by now is with them."""

    budgets: tuple[float, dict[str, float]]
    """The authority's, and those of the units that have one of their own."""
    limit: float | None
    limits: dict[str, float | None]
    strangers: float
    known: breaker.Evidence


def renew(session: Session, *, now: datetime) -> None:
    """Choose the confidence limits anew. One for the authority, and one for each unit with a budget of its own.

    A unit that broke its budget all the same drops to suggestions. With the limits goes the share of strangers, mails
    that belong to no unit, that the model is told.
    """
    settle(session, weigh(session, now=now), now=now)


def weigh(session: Session, *, now: datetime) -> Weighed:
    """Compute the limits without writing anything. So nobody waits for it."""
    past, (overall, own) = evidence(session, now=now), _budgets(session)
    return Weighed(
        (overall, own),
        budget.confidence_limit(past, overall),
        budget.limits_of_units(past, own, overall),
        share_of_strangers(session),
        breaker.evidence(session, now=now),
    )


def settle(session: Session, weighed: Weighed, *, now: datetime) -> None:
    """Apply computed limits from now on. If the budgets are others by now, the limits are computed again."""
    if weighed.budgets != _budgets(session):
        weighed = weigh(session, now=now)
    settings.put(session, settings.CONFIDENCE_LIMIT, weighed.limit)
    settings.put(session, settings.CONFIDENCE_LIMITS, weighed.limits)
    settings.put(session, settings.STRANGERS, weighed.strangers)
    breaker.look(session, now=now, known=weighed.known)


def _budgets(session: Session) -> tuple[float, dict[str, float]]:
    return settings.get(session, settings.MAX_ERROR), settings.budgets(session)


def share_of_strangers(session: Session) -> float:
    """Return the share of mails that belong to no unit. The evidence is what humans decided lately."""
    return round(strangers.share(stranger_queries.seen(session, strangers.RECENT)), 3)


def evidence(session: Session, *, now: datetime) -> list[Known]:
    """Return what is known about past suggestions, oldest first.

    A suggestion for a mail that belongs to no unit was wrong.

    Of mails that the model was confident about, a blind check stands for all that had its probability. A route that
    was sent back is no part of it: only wrong ones are. It is the breaker that counts those. That a unit answered one
    says little, since nobody tells of the silent ones.
    """
    since = now - queries.RECENTLY
    confident = queries.outcomes(session, amendments.standing(session), since=since, limit=EVIDENCE, answered=False)
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
    """Return the suggestions for mails a human always sees.

    Labelled history is among them; mails that are never routed are not.

    A label outside the units is not among them: stranger_queries.endings tells of its mail.
    """
    confident = select(Decision.id).where(
        Decision.enquiry_id == Label.enquiry_id, Decision.reason.in_((*queries.AUTOMATIC, *NEVER))
    )
    query = (
        select(Label.at, Label.id, Label.suggested_confidence, Label.suggested_unit_id, Label.unit_id)
        .where(Label.suggested_confidence.is_not(None), counts(), ~confident.exists())
        .where(Label.unit_id.is_not(None), Label.suggested_outside.is_(None))
        .order_by(Label.id.desc())
        .limit(EVIDENCE)
    )
    amended = amendments.standing(session)
    return [
        (at, Known(confidence or 0.0, suggested in (unit, amended.get(label, unit)), 1.0, str(suggested or "")))
        for at, label, confidence, suggested, unit in reversed(session.execute(query).all())
    ]
