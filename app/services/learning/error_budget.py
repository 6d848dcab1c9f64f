"""Choice of the confidence limits that keep the error budgets. The evidence is what is known about past suggestions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.routing import NEVER
from app.models.amendment import counts
from app.models.label import Label
from app.models.prediction import Decision
from app.queries.learning import out_of_scope_mails, sampling
from app.services.learning import breaker, label_overrides
from app.services.platform import settings
from learning import budget, out_of_scope
from learning.budget import KnownOutcome

EVIDENCE = budget.WINDOW
"""How many of the latest known suggestions the confidence limit is chosen from."""


@dataclass(frozen=True, slots=True)
class ComputedLimits:
    """The computed confidence limits for some budgets. Whatever else follows from what is known by now is with them."""

    budgets: tuple[float, dict[str, float]]
    """The authority's, and those of the units that have one of their own."""
    limit: float | None
    limits: dict[str, float | None]
    out_of_scope_share: float
    known: breaker.Evidence


def refresh_limits(session: Session, *, now: datetime) -> None:
    """Choose the confidence limits anew. One for the authority, and one for each unit with a budget of its own.

    A unit that broke its budget all the same drops to suggestions. With the limits goes the share of mails of no class, mails
    that belong to no unit, that the model is told.
    """
    apply_limits(session, compute_limits(session, now=now), now=now)


def compute_limits(session: Session, *, now: datetime) -> ComputedLimits:
    """Compute the limits without writing anything. So nobody waits for it."""
    past, (overall, own) = evidence(session, now=now), _budgets(session)
    return ComputedLimits(
        (overall, own),
        budget.confidence_limit(past, overall),
        budget.limits_of_units(past, own, overall),
        out_of_scope_share(session),
        breaker.evidence(session, now=now),
    )


def apply_limits(session: Session, computed: ComputedLimits, *, now: datetime) -> None:
    """Apply computed limits from now on. If the budgets are others by now, the limits are computed again."""
    if computed.budgets != _budgets(session):
        computed = compute_limits(session, now=now)
    settings.put(session, settings.CONFIDENCE_LIMIT, computed.limit)
    settings.put(session, settings.CONFIDENCE_LIMITS, computed.limits)
    settings.put(session, settings.STRANGERS, computed.out_of_scope_share)
    breaker.check(session, now=now, known=computed.known)


def _budgets(session: Session) -> tuple[float, dict[str, float]]:
    return settings.get(session, settings.MAX_ERROR), settings.budgets(session)


def out_of_scope_share(session: Session) -> float:
    """Return the share of mails that belong to no unit. The evidence is what humans decided lately."""
    return round(out_of_scope.out_of_scope_share(out_of_scope_mails.decided_mails(session, out_of_scope.RECENT)), 3)


def evidence(session: Session, *, now: datetime) -> list[KnownOutcome]:
    """Return what is known about past suggestions, oldest first.

    A suggestion for a mail that belongs to no unit was wrong.

    Of mails that the model was confident about, a blind check stands for all that had its probability. A route that
    was sent back is no part of it: only wrong ones are. It is the breaker that counts those. That a unit answered one
    says little, since nobody tells of the silent ones.
    """
    since = now - sampling.RECENTLY
    confident = sampling.outcomes(
        session, label_overrides.in_effect(session), since=since, limit=EVIDENCE, answered=False
    )
    rows = [(o.known_at, known) for o in confident if (known := _of_confident(o)) is not None]
    rows += _judged(session)
    rows += [
        (e.at, KnownOutcome(e.confidence, False, 1.0, str(e.unit_id)))
        for e in out_of_scope_mails.out_of_scope_mails(session, EVIDENCE)
    ]
    return [known for _, known in sorted(rows, key=lambda row: row[0])][-EVIDENCE:]


def _of_confident(outcome: sampling.RoutingOutcome) -> KnownOutcome | None:
    if outcome.sampled and outcome.probability:
        return KnownOutcome(outcome.confidence, outcome.right, 1 / outcome.probability, str(outcome.unit_id))
    # Before there were blind checks, an answer was all there was.
    if outcome.probability is None:
        return KnownOutcome(outcome.confidence, outcome.right, 1.0, str(outcome.unit_id))
    return None


def _judged(session: Session) -> list[tuple[datetime, KnownOutcome]]:
    """Return the suggestions for mails a human always sees.

    Labelled history is among them; mails that are never routed are not.

    A label outside the units is not among them: out_of_scope_mails.out_of_scope_mails tells of its mail.
    """
    confident = select(Decision.id).where(
        Decision.enquiry_id == Label.enquiry_id, Decision.reason.in_((*sampling.AUTOMATIC, *NEVER))
    )
    query = (
        select(Label.at, Label.id, Label.suggested_confidence, Label.suggested_unit_id, Label.unit_id)
        .where(Label.suggested_confidence.is_not(None), counts(), ~confident.exists())
        .where(Label.unit_id.is_not(None), Label.suggested_outside.is_(None))
        .order_by(Label.id.desc())
        .limit(EVIDENCE)
    )
    amended = label_overrides.in_effect(session)
    return [
        (at, KnownOutcome(confidence or 0.0, suggested in (unit, amended.get(label, unit)), 1.0, str(suggested or "")))
        for at, label, confidence, suggested, unit in reversed(session.execute(query).all())
    ]
