"""Count the work that the benefit is reckoned from; and the assumptions it rests on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain import benefit
from app.domain.benefit import Assumptions, Timed, Work
from app.domain.deadline_status import Today
from app.domain.decision_times import PAUSE, DecisionKind
from app.domain.enquiry_facts import SORTED
from app.domain.period import Period
from app.models.account import Account
from app.models.benefit import BenefitVersion
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.models.unit import Unit
from app.queries.reports import counted_days
from app.queries.reports.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class WorkOf:
    """The work with the mails that came in a period: all of it, by its parts, and by area (None: with no unit yet)."""

    all: Work
    by_part: list[Work]
    by_area: dict[int | None, Work]


def work(session: Session, parts: Sequence[Period], scope: Scope = EVERYTHING) -> WorkOf:
    """Count the work with the mails that came in some periods that follow each other."""
    area_of: dict[int | None, int] = dict(session.execute(select(Unit.id, Unit.area_id)).all())
    by_part, by_area = [Work() for _ in parts], defaultdict[int | None, Work](Work)
    for n, rows in enumerate(counted_days.ask(session, WORK, parts, scope=scope)):
        groups = counted_days.together(rows, lambda row: (area_of.get(row[0]), row[2]))
        for (area, kind), each in groups.items():
            found = _work(kind, counted_days.total(each, range(WORK.keys, len(each[0]))))
            by_part[n] += found
            by_area[area] += found
    return WorkOf(benefit.together(by_part), by_part, dict(by_area))


def _columns(_today: Today) -> list[ColumnElement[Any]]:
    """Return what is counted of each kind of decision. Mails, journaled ones and detours are those of the catalogue."""
    filed = and_(Facts.journaled_on.is_not(None), Facts.first_routed_on.is_not(None))
    timed = case((Facts.seconds <= PAUSE, Facts.seconds))
    return [
        _sum(case((Facts.way.in_(SORTED), 1), else_=0)),
        _sum(case((filed, 1), else_=0)),
        _sum(Facts.hops),
        func.count(),
        func.count(timed),
        _sum(timed),
        _sum(timed * timed),
    ]


WORK = counted_days.of_facts("work", Facts.received_on, Facts.unit_id, _columns, {"kind": Facts.decided_as})


def _sum(what: ColumnElement[Any] | InstrumentedAttribute[int]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(what), 0)


def _work(kind: str | None, counts: Sequence[Any]) -> Work:
    mails, journaled, detours, n, measured, total, squares = counts
    decided = {DecisionKind(kind): Timed(n, measured, float(total), float(squares))} if kind is not None else {}
    return Work(int(mails), int(journaled), int(detours), decided)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the assumptions, with the name of who saved it; "" where that was no person."""

    row: BenefitVersion
    name: str
    given: Assumptions


def versions(session: Session) -> list[Version]:
    """Return all versions, the newest first."""
    query = select(BenefitVersion, Account.name).outerjoin(Account, Account.email == BenefitVersion.by)
    return [
        Version(row, name or (row.by if "@" in row.by else ""), benefit.read(row.content))
        for row, name in session.execute(query.order_by(BenefitVersion.id.desc()))
    ]


def newest(session: Session) -> Version | None:
    """Return the version that holds; None where nothing was entered yet."""
    return next(iter(versions(session)), None)
