"""Sampling of mails for blind checks.

The coin is tossed before the route is known; here is how often it shall say "look".
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.routing import Reason, Route
from app.models.prediction import Decision
from app.queries.learning.sampling import RECENTLY
from app.services.platform import settings
from learning import sampling


def toss(session: Session, enquiry_id: int) -> float:
    """Return the coin of an enquiry, in [0, 1). Whenever and wherever it is tossed, it is the same."""
    return sampling.coin(settings.get(session, settings.SAMPLING)["seed"], enquiry_id)


def probability(session: Session, route: Route, now: datetime) -> float | None:
    """Return the probability of a blind check.

    Higher where few checks of its unit were made lately. None for what is never checked.
    """
    if route.unit is None or route.reason is not Reason.CONFIDENT:
        return None
    rule = settings.get(session, settings.SAMPLING)
    recent = select(func.count(Decision.id)).where(Decision.reason == Reason.BLIND_CHECK, Decision.at >= now - RECENTLY)
    unit_checks = session.scalar(recent.where(Decision.unit_id == int(route.unit))) or 0
    all_checks = session.scalar(recent) or 0
    return sampling.probability(unit_checks, all_checks, floor=rule["floor"], first=rule["first"])


def share_of_humans(session: Session) -> float:
    """Return the share of human decisions made blindly.

    These are mails that a human decides anyway, without the suggestion.
    """
    return settings.get(session, settings.SAMPLING)["human"]
