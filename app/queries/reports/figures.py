"""The page of figures. Mails that came, automatic ones, accuracy of the suggestions, pressing deadlines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, column, func, select, values
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.domain import deadlines
from app.domain.deadline_status import Today
from app.domain.enquiry import OPEN, State
from app.domain.events.platform import MilestoneNoted
from app.domain.events.triage import EnquiryReturned
from app.domain.figures import Share
from app.domain.recognition import SetAside
from app.models.base import UtcDateTime
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label, is_judged, was_right
from app.queries.casework import due
from app.queries.learning.label_counts import label_counts

DAYS = 14
WEEKS, YEAR = 12, 52
URGENT = 12
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
DIVIDED = (SetAside.SPLIT, SetAside.SPLIT_UNDONE)
"""A mail that was split is counted by its parts."""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day's mails. `manual` were or will be decided by a human; `aside` asked nothing of us."""

    day: date
    received: int
    automatic: int
    manual: int
    aside: int
    returned: int


@dataclass(frozen=True, slots=True)
class Week:
    """A week's share of right first suggestions.

    The unit was the one a person chose, in the seven days to and with `last`.
    """

    last: date
    share: Share


@dataclass(frozen=True, slots=True)
class ModelMilestone:
    """A remark beside a curve. Something bends the curve; `week` is its place among the weeks shown, from 0."""

    day: date
    text: str
    week: int


def days(session: Session, today: date) -> list[DayFigures]:
    """Return the last fourteen days, oldest first."""
    first = today - timedelta(days=DAYS - 1)
    since = deadlines.end_of(first - timedelta(days=1))
    rows = session.execute(
        select(Enquiry.received_at, Enquiry.automatic, Enquiry.state, Enquiry.reason).where(
            Enquiry.received_at >= since, ~Enquiry.imported, func.coalesce(Enquiry.reason, "").not_in(DIVIDED)
        )
    ).all()
    returned = session.scalars(select(Event.at).where(Event.kind == EnquiryReturned.kind, Event.at >= since))
    backs = Counter(deadlines.local_day(at) for at in returned)
    received: Counter[date] = Counter()
    automatic: Counter[date] = Counter()
    aside: Counter[date] = Counter()
    for at, by_robot, state, reason in rows:
        day = deadlines.local_day(at)
        received[day] += 1
        automatic[day] += bool(by_robot)
        aside[day] += state is State.SET_ASIDE and reason is not None
    return [
        DayFigures(
            day, received[day], automatic[day], received[day] - automatic[day] - aside[day], aside[day], backs[day]
        )
        for day in (first + timedelta(days=n) for n in range(DAYS))
    ]


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


def received(session: Session, today: date, weeks: int = YEAR) -> list[int]:
    """Count the mails of each week, oldest first. Imported history is among them."""
    week = each_week(today, weeks)
    query = select(week.n, func.count(Enquiry.id)).join(Enquiry, within(Enquiry.received_at, week)).group_by(week.n)
    found: dict[int, int] = dict(session.execute(query).all())
    return [found.get(n, 0) for n in reversed(range(weeks))]


def milestones(session: Session, today: date, weeks: int = YEAR) -> list[ModelMilestone]:
    """Return the remarks beside the curves, oldest first. Somebody wrote them down."""
    query = (
        select(Event)
        .where(Event.kind == MilestoneNoted.kind, Event.at >= start_of(today, weeks))
        .order_by(Event.at, Event.id)
    )
    found = [(deadlines.local_day(event.at), event) for event in session.scalars(query)]
    return [
        ModelMilestone(day, MilestoneNoted.read(event.data).text, weeks - 1 - (today - day).days // 7)
        for day, event in found
        if day <= today
    ]


def last_sunday(today: date) -> date:
    """Return the end of the latest whole week."""
    return today - timedelta(days=today.isoweekday() % 7)


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


def urgent(session: Session, today: Today) -> list[Enquiry]:
    """Return the most pressing open enquiries, worst first. Their next deadline has passed or is near."""
    query = (
        select(Enquiry)
        .where(Enquiry.state.in_(OPEN), ~Enquiry.imported, due.urgent(today))
        .order_by(Enquiry.due_on, Enquiry.id)
        .options(joinedload(Enquiry.unit), joinedload(Enquiry.case))
    )
    return list(session.scalars(query.limit(URGENT)))


def overdue(session: Session, today: Today) -> tuple[int, int]:
    """(open enquiries past their deadline, all open enquiries)."""
    is_open = Enquiry.state.in_(OPEN) & ~Enquiry.imported
    late = session.scalar(select(func.count(Enquiry.id)).where(is_open, due.overdue(today))) or 0
    return late, session.scalar(select(func.count(Enquiry.id)).where(is_open)) or 0
