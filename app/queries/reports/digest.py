"""The figures of a digest: the last seven days, how it stands today, and what is overdue the longest."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.domain.deadline_status import Today
from app.domain.period import Period
from app.queries.reports import counted, punctuality
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted
from app.queries.reports.punctuality import OverdueList
from app.queries.reports.scope import Scope

DAYS = 7
MOST = 10
"""Overdue enquiries that are named."""
KEYS = ("received", "answered", "answered_late", "waiting", "with_units", "near", "overdue")
SAYING = ("received", "answered", "near", "overdue")
"""Where all of these are nought there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells of a part of the house. `period` ends yesterday."""

    period: Period
    scope: Scope
    figures: Mapping[str, Counted]
    overdue: OverdueList

    @property
    def empty(self) -> bool:
        return not any(self.figures[key].count for key in SAYING)


def digest(session: Session, scope: Scope, today: Today) -> Digest:
    """Return the digest of a part of the house."""
    period = Period(today.day - timedelta(days=DAYS), today.day - timedelta(days=1))
    figures = counted.count(session, [BY_KEY[key] for key in KEYS], period, scope, today)
    return Digest(period, scope, figures, punctuality.overdue(session, scope, today, MOST))
