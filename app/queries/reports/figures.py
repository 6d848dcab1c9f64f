"""Weeks of labels, as the learning page shows them: how right the first suggestions were."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, column, func, select, values
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain import deadlines
from app.domain.figures import Share
from app.models.base import UtcDateTime
from app.models.label import Label, is_judged, was_right
from app.queries.learning.label_counts import label_counts

WEEKS = 12
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Week:
    """A week's share of right first suggestions.

    The unit was the one a person chose, in the seven days to and with `last`.
    """

    last: date
    share: Share


def accuracy(session: Session, today: date, weeks: int = WEEKS) -> list[Week]:
    """Return the last weeks' accuracy, oldest first.

    Of units' mails. Each suggestion was made before the label was given.
    """
    week = each_week(today, weeks)
    kind = (week.n, was_right().label("right"))
    query = select(*kind, func.count(Label.id)).join(Label, within(Label.at, week)).group_by(*kind)
    found = label_counts(session, query.where(is_judged(), Label.unit_id.is_not(None)))
    right, wrong = ({n: found[n, judged] for n in range(weeks)} for judged in (True, False))
    return by_week({n: Share(right[n], right[n] + wrong[n]) for n in range(weeks)}, today, weeks)


def by_week(shares: Mapping[int, Share], today: date, weeks: int) -> list[Week]:
    """Return shares as weeks, oldest first. The key of a share is how many weeks back it is."""
    return [Week(today - timedelta(days=7 * n), shares.get(n, Share(0, 0))) for n in reversed(range(weeks))]


def start_of(today: date, weeks: int) -> datetime:
    """Return the first moment of the oldest week. The latest week ends with today."""
    return deadlines.end_of(today - timedelta(days=7 * weeks))


def each_week(today: date, weeks: int) -> Any:
    """Return a table of the last weeks.

    Columns: `n` weeks back, `since` and `until`. The week to and with today is 0, and has no end.

    A join walks along an index week by week, which is a small part of the work of finding each row's week.
    """
    rows = [(n, start_of(today, n + 1), start_of(today, n) if n else NEVER) for n in range(weeks)]
    at = UtcDateTime()
    return values(column("n", Integer), column("since", at), column("until", at), name="week").data(rows).cte().c


def within(at: InstrumentedAttribute[datetime], week: Any) -> ColumnElement[bool]:
    """Select whether a moment lies in that week."""
    return and_(at >= week.since, at < week.until)


def total(weeks: Sequence[Week]) -> Share:
    return Share(sum(w.share.right for w in weeks), sum(w.share.n for w in weeks))
