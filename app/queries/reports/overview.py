"""The overview of a period: its figures beside another's, what changed by more than chance, today beside other such days."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import change
from app.domain.deadline_status import Today
from app.domain.deadlines import COPENHAGEN, is_working_day, local_day
from app.domain.period import Period
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.queries.reports import counted
from app.queries.reports.catalogue import BY_KEY, Figure
from app.queries.reports.counted import Counted
from app.queries.reports.scope import Scope, within

KEYS = (
    "received",
    "automatic",
    "manual",
    "undecided",
    "aside",
    "returned",
    "answered_late",
    "feedback_met",
    "waiting",
    "overdue",
)
"""What the page shows, in this order. The last two stand as of today."""
FIGURES = tuple(BY_KEY[key] for key in KEYS)
LAYERS = ("automatic", "manual", "undecided", "follow_ups", "direct", "aside")
"""What the mails of a day became: each mail is in one of them."""
SUCH_DAYS, FEWEST_DAYS = 8, 4
"""Weekdays that today is compared with, at most, and at least."""


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure of a period beside that of another. `p`: how likely such a difference is by chance."""

    figure: Figure
    now: Counted
    before: Counted
    p: float | None
    beyond_chance: bool


@dataclass(frozen=True, slots=True)
class Usual:
    """The mails of today so far, beside those of as many hours of other days like it, lowest, middle and highest."""

    received: int
    low: int
    middle: float
    high: int
    days: int

    @property
    def more(self) -> bool:
        return self.received > self.high

    @property
    def fewer(self) -> bool:
        return self.received < self.low


def changes(session: Session, period: Period, other: Period, scope: Scope, today: Today) -> list[FigureChange]:
    """Return each figure with its change. What stands today has none."""
    now = counted.count(session, FIGURES, period, scope, today)
    before = counted.count(session, [f for f in FIGURES if f.day is not None], other, scope, today)
    chances = {key: _chance(session, key, now[key], then, period, other, scope) for key, then in before.items()}
    sure = change.beyond_chance(chances) if before["received"].count else set()
    return [
        FigureChange(f, now[f.key], before.get(f.key, Counted(0)), chances.get(f.key), f.key in sure) for f in FIGURES
    ]


def _chance(
    session: Session, key: str, now: Counted, before: Counted, period: Period, other: Period, scope: Scope
) -> float | None:
    if key == "undecided":
        return None  # nobody has had the time yet for the newest mails: that they are more says nothing
    if now.of is not None:
        return change.share_p(now.share, before.share)
    return change.count_p(by_day(session, period, scope), by_day(session, other, scope)) if key == "received" else None


def by_day(session: Session, period: Period, scope: Scope) -> list[int]:
    """Count the mails received on each day of a period."""
    query = (
        select(Facts.received_on, func.count())
        .where(within(session, scope), Facts.received_on >= period.first, Facts.received_on <= period.last)
        .group_by(Facts.received_on)
    )
    found: Mapping[date, int] = dict(session.execute(query).all())
    return [found.get(period.first + timedelta(days=n), 0) for n in range(period.days)]


def usual(session: Session, now: datetime, today: Today) -> Usual | None:
    """Compare the mails of today so far with other such weekdays; None on a closed day, or where too few are known.

    Days on which the authority was closed are left out, and so are those before the first mail.
    """
    if not is_working_day(today.day, today.calendar):
        return None
    first = session.scalar(select(func.min(Enquiry.received_at)).where(~Enquiry.imported))
    if first is None:
        return None
    days = [day for n in range(1, 2 * SUCH_DAYS) if _counts(day := today.day - timedelta(weeks=n), first, today)]
    counts = _until_now(session, [today.day, *days[:SUCH_DAYS]], now)
    others = [counts[day] for day in days[:SUCH_DAYS]]
    if len(others) < FEWEST_DAYS:
        return None
    return Usual(counts[today.day], min(others), median(others), max(others), len(others))


def _counts(day: date, first: datetime, today: Today) -> bool:
    return day > local_day(first) and is_working_day(day, today.calendar)


def _until_now(session: Session, days: list[date], now: datetime) -> Counter[date]:
    """Count the mails of each day until this time of day in Copenhagen."""
    clock = now.astimezone(COPENHAGEN).timetz()
    found = Counter[date]()
    for day in days:
        since, until = (
            datetime.combine(day, at, COPENHAGEN) for at in (datetime.min.time(), clock.replace(tzinfo=None))
        )
        query = select(func.count(Enquiry.id)).where(
            Enquiry.received_at >= since, Enquiry.received_at < until, ~Enquiry.imported
        )
        found[day] = session.scalar(query) or 0
    return found
