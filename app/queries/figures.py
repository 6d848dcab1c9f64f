"""The figures page: what came, what was automatic, how right the suggestions were, which deadlines press."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.domain import deadlines
from app.domain.enquiry import OPEN, State
from app.domain.figures import Share
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label

DAYS = 14
WEEKS = 12
PRESSING = 12


@dataclass(frozen=True, slots=True)
class Day:
    """One day's mails. `manual` were or will be decided by a human; `aside` asked nothing of us."""

    day: date
    received: int
    automatic: int
    manual: int
    aside: int
    returned: int


@dataclass(frozen=True, slots=True)
class Week:
    """How often the first suggestion was the unit a person chose, in the seven days to and with `last`."""

    last: date
    share: Share


def days(session: Session, today: date) -> list[Day]:
    """The last fourteen days, oldest first."""
    first = today - timedelta(days=DAYS - 1)
    since = deadlines.end_of(first - timedelta(days=1))
    rows = session.execute(
        select(Enquiry.received_at, Enquiry.automatic, Enquiry.state, Enquiry.reason).where(
            Enquiry.received_at >= since, ~Enquiry.imported
        )
    ).all()
    returned = session.scalars(select(Event.at).where(Event.kind == "returned", Event.at >= since))
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
        Day(day, received[day], automatic[day], received[day] - automatic[day] - aside[day], aside[day], backs[day])
        for day in (first + timedelta(days=n) for n in range(DAYS))
    ]


def accuracy(session: Session, today: date) -> list[Week]:
    """The last twelve weeks, oldest first. Each suggestion was made before the label was given."""
    revocation = aliased(Label)
    revoked = select(revocation.id).where(revocation.revokes_id == Label.id).exists()
    since = datetime.combine(today - timedelta(days=7 * WEEKS - 1), datetime.min.time(), UTC)
    rows = session.execute(
        select(Label.at, Label.suggested_unit_id == Label.unit_id).where(
            Label.at >= since, Label.revokes_id.is_(None), Label.suggested_unit_id.is_not(None), ~revoked
        )
    ).all()
    n: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for at, ok in rows:
        week = (today - deadlines.local_day(at)).days // 7
        n[week] += 1
        right[week] += bool(ok)
    return [Week(today - timedelta(days=7 * week), Share(right[week], n[week])) for week in reversed(range(WEEKS))]


def total(weeks: Sequence[Week]) -> Share:
    return Share(sum(w.share.right for w in weeks), sum(w.share.n for w in weeks))


def pressing(session: Session, today: date) -> list[Enquiry]:
    """Open enquiries whose deadline has passed or is near, the worst first."""
    query = (
        select(Enquiry)
        .where(Enquiry.state.in_(OPEN), ~Enquiry.imported, Enquiry.due_on <= today + timedelta(days=5))
        .order_by(Enquiry.due_on, Enquiry.id)
        .options(joinedload(Enquiry.unit), joinedload(Enquiry.case))
    )
    return list(session.scalars(query.limit(PRESSING)))


def overdue(session: Session, today: date) -> tuple[int, int]:
    """(open enquiries past their deadline, all open enquiries)."""
    is_open = Enquiry.state.in_(OPEN) & ~Enquiry.imported
    late = session.scalar(select(func.count(Enquiry.id)).where(is_open, Enquiry.due_on < today)) or 0
    return late, session.scalar(select(func.count(Enquiry.id)).where(is_open)) or 0
