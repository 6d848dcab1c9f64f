"""Deadlines and journaling: who was late, what is overdue and what it waits for, how long a mail took to reach its case."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, select
from sqlalchemy.orm import Session

from app.domain.deadline_status import Today, working_days
from app.domain.deadlines import local_day
from app.domain.enquiry import State
from app.domain.events.inbound import EnquirySentToTriage, MailPutBack
from app.domain.events.triage import DecisionUndone, EnquiryReturned
from app.domain.figures import lacking
from app.domain.letter_fates import LetterFate
from app.domain.period import Period
from app.domain.waiting import Standing, WaitsFor, waits_for
from app.models.case import Case, HeldWork
from app.models.enquiry import Enquiry
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.models.event import Event
from app.models.sending import SendingAttempt
from app.models.unit import Unit
from app.queries.reports import counted_days
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted
from app.queries.reports.scope import Scope, within

CLOCKS = ("feedback", "answer")
MOST = 100
"""Overdue enquiries that are listed; of the others only the number is told."""
DAY = 24 * 60
LAST_BIN = 11
"""Working days until a mail was journaled from which on they are counted together."""
TO_TRIAGE = (EnquirySentToTriage.kind, EnquiryReturned.kind, DecisionUndone.kind, MailPutBack.kind)
"""Events after which a mail waits for triage, anew or for the first time."""


@dataclass(frozen=True, slots=True)
class OverdueEnquiry:
    """An open enquiry whose next deadline has passed. Of its mail nothing is told.

    Attributes:
        number: of its case; "" where it has none yet.
        unit: where it is; "" where it is with none.
        waits_since: the day from which on it has waited for that.
        days: working days since the deadline passed.
        passed: the clocks whose deadline has passed: the first response, the answer, or both.
    """

    enquiry_id: int
    number: str
    unit: str
    unit_id: int | None
    due_on: date
    days: int
    waits_for: WaitsFor
    waits_since: date
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OverdueList:
    """The longest overdue, and how many there are in all."""

    rows: list[OverdueEnquiry]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class JournalLag:
    """How long mails took until they were on a case.

    Attributes:
        days: mails that took 0, 1, 2 … working days; the last stands for `LAST_BIN` and more.
        median, most: minutes that half, and nine out of ten, took at most; None where nothing was journaled.
    """

    days: Sequence[int]
    median: int | None
    most: int | None


def overdue(session: Session, scope: Scope, today: Today, limit: int = MOST) -> OverdueList:
    """Return what is overdue today, the longest first."""
    figure = BY_KEY["overdue"]
    where = (within(session, scope), figure.which(today))
    total = session.scalar(select(func.count()).select_from(Facts).where(*where)) or 0
    columns = (
        Facts.enquiry_id,
        Facts.due_on,
        Facts.state,
        Facts.unit_id,
        Facts.received_on,
        Facts.routed_on,
        Unit.name,
        Case.number,
        Enquiry.owner_id,
        Enquiry.quarantine.is_not(None).label("unreadable"),
        *(_ran_out(clock, today).label(clock) for clock in CLOCKS),
    )
    query = (
        select(*columns)
        .join(Enquiry, Enquiry.id == Facts.enquiry_id)
        .outerjoin(Unit, Unit.id == Facts.unit_id)
        .outerjoin(Case, Case.id == Enquiry.case_id)
        .where(*where)
        .order_by(Facts.due_on, Facts.enquiry_id)
        .limit(limit)
    )
    found = session.execute(query).all()
    waits = _Waits(session, [row.enquiry_id for row in found])
    return OverdueList([_overdue(row, waits, today) for row in found], total)


def _ran_out(clock: str, today: Today) -> ColumnElement[bool]:
    """Select what the figure of the clock counts, so that its number and the list's rows agree."""
    figure = BY_KEY[f"{clock}_overdue"]
    assert figure.among is not None
    return func.coalesce(and_(figure.which(today), figure.among(today)), false())


def journal_lag(session: Session, period: Period, scope: Scope) -> JournalLag:
    """Return how long the mails received in a period took until they were on a case."""
    (rows,) = counted_days.ask(session, LAG, [period], scope=scope)
    minutes, days = Counter[int](), Counter[int]()
    for _unit, _mailbox, taken, after, count in rows:
        minutes[taken] += count
        days[min(after or 0, LAST_BIN)] += count
    median, most = (_quantile(session, minutes, part, period, scope) for part in (0.5, 0.9))
    return JournalLag([days[n] for n in range(LAST_BIN + 1)], median, most)


def _quantile(session: Session, minutes: Counter[int], part: float, period: Period, scope: Scope) -> int | None:
    """Return the smallest number of minutes that at least `part` of the mails do not exceed; None where there are none.

    `minutes` counts them by hour and day; the one that is wanted is looked up in its hour or day, along an index.
    """
    wanted, before = ceil(part * minutes.total()), 0
    for first in sorted(minutes):
        if before + minutes[first] >= wanted:
            break
        before += minutes[first]
    else:
        return None
    within_step = Facts.journal_minutes.between(first, first + _step(first) - 1)
    received = Facts.received_on.between(period.first, period.last)
    query = select(Facts.journal_minutes).where(within_step, received, within(session, scope))
    return session.scalar(query.order_by(Facts.journal_minutes).offset(wanted - before - 1).limit(1))


STEPS = ((60, 10), (2 * DAY, 60))
"""Up to so many minutes they are counted by steps of so many; from there on by days."""


def _step(minutes: int) -> int:
    return next((step for until, step in STEPS if minutes < until), DAY)


def _stepped(minutes: Any) -> ColumnElement[int]:
    return case(*((minutes < until, minutes - minutes % step) for until, step in STEPS), else_=minutes - minutes % DAY)


LAG = counted_days.of_facts(
    "lag",
    Facts.received_on,
    Facts.unit_id,
    lambda _today: [func.count()],
    {"taken": _stepped(Facts.journal_minutes), "after": Facts.journal_days},
    lambda _today: [Facts.journal_minutes.is_not(None)],
)


def worst_first(groups: Mapping[Any, Mapping[str, Counted]], key: str, max_error: float) -> list[Any]:
    """Return the groups in the order of a share, the largest first.

    Those of which too little is known for a percentage come behind the others, the most counted first.
    """

    def place(group: Any) -> tuple[bool, float, int, str]:
        found = groups[group].get(key, Counted(0, 0))
        few = bool(lacking(found.of or 0, max_error))
        return few, 0.0 if few else -(found.share.value or 0.0), -found.count, str(group)

    return sorted(groups, key=place)


class _Waits:
    """What keeps some enquiries from being answered, read at once."""

    def __init__(self, session: Session, ids: Collection[int]) -> None:
        unknown = select(SendingAttempt.enquiry_id, SendingAttempt.began_at).where(
            SendingAttempt.enquiry_id.in_(ids), SendingAttempt.fate == LetterFate.UNKNOWN
        )
        self.letters: dict[int | None, datetime] = dict(session.execute(unknown).all())
        self.held: dict[int, datetime] = {}
        self.silent: dict[int, datetime] = {}
        for row in session.scalars(select(HeldWork).where(HeldWork.enquiry_id.in_(ids)).order_by(HeldWork.at.desc())):
            outside = row.system is not None or row.not_before is not None
            (self.silent if outside else self.held)[row.enquiry_id] = row.at
        latest = (
            select(func.max(Event.id))
            .where(Event.enquiry_id.in_(ids), Event.kind.in_(TO_TRIAGE))
            .group_by(Event.enquiry_id)
        )
        to_triage = select(Event.enquiry_id, Event.at).where(Event.id.in_(latest))
        self.triage: dict[int | None, datetime] = dict(session.execute(to_triage).all())

    def standing(self, row: Any) -> Standing:
        return Standing(
            row.state,
            unreadable=row.unreadable,
            owned=row.owner_id is not None,
            letter_unknown=row.enquiry_id in self.letters,
            held=row.enquiry_id in self.held,
            system_silent=row.enquiry_id in self.silent,
        )

    def since(self, row: Any, what: WaitsFor) -> date:
        of: dict[WaitsFor, Mapping[Any, datetime]] = {
            WaitsFor.LETTER: self.letters,
            WaitsFor.HELD: self.held,
            WaitsFor.SYSTEM: self.silent,
            WaitsFor.TRIAGE: self.triage,
            WaitsFor.OWNER: self.triage,
        }
        at = of.get(what, {}).get(row.enquiry_id)
        if at is not None:
            return local_day(at)
        begun: date | None = row.routed_on if what is WaitsFor.UNIT else None
        return begun or row.received_on


def _overdue(row: Any, waits: _Waits, today: Today) -> OverdueEnquiry:
    what = waits_for(waits.standing(row))
    with_unit = row.state is State.ROUTED
    return OverdueEnquiry(
        row.enquiry_id,
        row.number or "",
        (row.name or "") if with_unit else "",
        row.unit_id if with_unit else None,
        row.due_on,
        working_days(row.due_on, today.day, today.calendar),
        what,
        waits.since(row, what),
        tuple(clock for clock in CLOCKS if getattr(row, clock)),
    )
