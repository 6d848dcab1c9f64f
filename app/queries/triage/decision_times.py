"""Decision times, counted by the database. In seconds, from the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, select
from sqlalchemy.orm import Session

from app.domain.decision_times import PAUSE, DecisionKind, DecisionTimes, decision_times
from app.domain.events.triage import EnquiryDismissed, EnquiryReferred, SuggestionConfirmed, SuggestionCorrected
from app.domain.period import Period
from app.models.account import Account
from app.models.event import Event
from app.queries.reports import counted_days

DAYS = 28
ENDED = (EnquiryDismissed.kind, EnquiryReferred.kind)
DECIDED = (SuggestionConfirmed.kind, SuggestionCorrected.kind, *ENDED)


@dataclass(frozen=True, slots=True)
class DecisionTimesByKind:
    """The decision times of some weeks. All together, and by how each was made."""

    all: DecisionTimes
    by_kind: dict[DecisionKind, DecisionTimes]


def by_kind(session: Session, period: Period) -> DecisionTimesByKind:
    """Return the decision times of everybody.

    Practice rounds are not in the log, and follow-ups go with their thread root.
    """
    (found,) = counted_days.ask(session, DECISIONS, [period])
    rows = [(DecisionKind(kind), seconds, count) for kind, seconds, count in found]
    return DecisionTimesByKind(
        decision_times(_of(rows)), {kind: decision_times(_of(rows, kind)) for kind in DecisionKind}
    )


def _of(
    rows: Iterable[tuple[DecisionKind, float | None, int]], wanted: DecisionKind | None = None
) -> list[tuple[float | None, int]]:
    return [(seconds, count) for kind, seconds, count in rows if wanted in (None, kind)]


def _counted(since: datetime, until: datetime) -> Select[Any]:
    """(kind, whole seconds, how many). An event without a word on blindness is older than the clock, or went with another."""
    blind, seconds = Event.data["blind"].as_boolean(), Event.data["seconds"].as_float()
    kind = case((blind, DecisionKind.BLIND.value), (Event.kind.in_(ENDED), DecisionKind.ENDED.value), else_=Event.kind)
    events = (
        select(kind.label("how"), seconds.label("took"))
        .where(Event.kind.in_(DECIDED), *_between(since, until), blind.is_not(None))
        .subquery()
    )
    took, rounded = events.c.took, cast(events.c.took, Integer)  # one database cuts off, the other rounds
    whole = case((took > PAUSE, PAUSE + 1), (rounded > took, rounded - 1), else_=rounded)
    return select(events.c.how, whole.label("whole"), func.count()).group_by(events.c.how, "whole")


DECISIONS = counted_days.day_by_day("decisions", "decided_on", 2, _counted)


def _between(since: datetime, until: datetime | None) -> list[ColumnElement[bool]]:
    return [Event.at >= since, *([Event.at < until] if until else [])]


def people(session: Session, *, since: datetime, until: datetime | None = None) -> list[tuple[Account, DecisionTimes]]:
    """Return everybody who decided, by name."""
    seconds = Event.data["seconds"].as_float().label("took")
    query = select(Event.by, seconds, func.count(Event.id)).where(
        Event.kind.in_(DECIDED), *_between(since, until), Event.data["blind"].as_boolean().is_not(None)
    )
    found: dict[str, list[tuple[float | None, int]]] = {}
    for who, took, count in session.execute(query.group_by(Event.by, "took")):
        found.setdefault(who, []).append((took, count))
    accounts = session.scalars(select(Account).where(Account.email.in_(found)).order_by(Account.name, Account.id))
    return [(account, decision_times(found[account.email])) for account in accounts]
