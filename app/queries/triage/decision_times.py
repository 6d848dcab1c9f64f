"""Decision times, counted by the database. In seconds, from the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from app.domain.decision_times import DecisionKind, DecisionTimes, decision_times
from app.domain.events.triage import EnquiryDismissed, EnquiryReferred, SuggestionConfirmed, SuggestionCorrected
from app.models.account import Account
from app.models.event import Event

DAYS = 28
ENDED = (EnquiryDismissed.kind, EnquiryReferred.kind)
DECIDED = (SuggestionConfirmed.kind, SuggestionCorrected.kind, *ENDED)


@dataclass(frozen=True, slots=True)
class DecisionTimesByKind:
    """The decision times of some weeks. All together, and by how each was made."""

    all: DecisionTimes
    by_kind: dict[DecisionKind, DecisionTimes]


def by_kind(session: Session, *, since: datetime, email: str | None = None) -> DecisionTimesByKind:
    """Return the decision times of everybody or one account.

    Practice rounds are not in the log, and follow-ups go with their thread root.
    """
    rows = [(DecisionKind(kind), seconds, count) for kind, seconds, count in session.execute(_counted(since, email))]
    return DecisionTimesByKind(
        decision_times(_of(rows)), {kind: decision_times(_of(rows, kind)) for kind in DecisionKind}
    )


def _of(
    rows: Iterable[tuple[DecisionKind, float | None, int]], wanted: DecisionKind | None = None
) -> list[tuple[float | None, int]]:
    return [(seconds, count) for kind, seconds, count in rows if wanted in (None, kind)]


def _counted(since: datetime, email: str | None) -> Select[Any]:
    """(kind, seconds, how many). An event without a word on blindness is older than the clock, or went with another."""
    blind, seconds = Event.data["blind"].as_boolean(), Event.data["seconds"].as_float()
    kind = case(
        (blind, DecisionKind.BLIND.value), (Event.kind.in_(ENDED), DecisionKind.ENDED.value), else_=Event.kind
    ).label("how")
    query = select(kind, seconds.label("took"), func.count(Event.id))
    query = query.where(Event.kind.in_(DECIDED), Event.at >= since, blind.is_not(None))
    return (query.where(Event.by == email) if email else query).group_by("how", "took")


def people(session: Session, *, since: datetime) -> list[tuple[Account, DecisionTimes]]:
    """Return everybody who decided, by name."""
    seconds = Event.data["seconds"].as_float().label("took")
    query = select(Event.by, seconds, func.count(Event.id)).where(
        Event.kind.in_(DECIDED), Event.at >= since, Event.data["blind"].as_boolean().is_not(None)
    )
    found: dict[str, list[tuple[float | None, int]]] = {}
    for who, took, count in session.execute(query.group_by(Event.by, "took")):
        found.setdefault(who, []).append((took, count))
    accounts = session.scalars(select(Account).where(Account.email.in_(found)).order_by(Account.name, Account.id))
    return [(account, decision_times(found[account.email])) for account in accounts]
