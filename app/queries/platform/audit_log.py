"""The audit log across all mails. Each row has person, act, time and purpose; no word of a mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, or_, select
from sqlalchemy.orm import Session

from app.domain import events
from app.domain.events.base import EventGroup
from app.models.account import Account
from app.models.event import Event
from app.models.unit import Unit

PAGE, MOST, LOOKED_THROUGH = 50, 20_000, 50_000
LOOKS = events.kinds(EventGroup.VIEW)
"""Kinds with which somebody is shown something of a mail."""
DETAILS = (
    "what",
    "page",
    "query",
    "filters",
    "rows",
    "found",
    "asked",
    "account",
    "role",
    "unit_id",
    "reason",
    "source",
    "method",
    "issuer",
    "group",
    "size",
    "before",
    "after",
    "count",
)
"""What of an event's data is shown: codes and numbers. What people wrote, here or in a mail, is not."""
GUARDED = frozenset({"reason", "before", "after"})
"""Details that may hold what people wrote about a mail: shown only of the kinds that reveal them."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """The filter of the log. `kind` is the name of one, or "looks" for all of LOOKS."""

    by: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    enquiry_id: int | None = None
    before: int | None = None
    """Only rows with smaller numbers: what a page begins after."""


@dataclass(frozen=True, slots=True)
class LogRow:
    id: int
    at: datetime
    by: str
    kind: str
    purpose: str
    enquiries: list[int]
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Use:
    """The number of looks for a purpose. `times` counts the looks, `mails` the mails."""

    kind: str
    purpose: str
    times: int
    mails: int


def rows(session: Session, chosen: LogFilter, most: int = PAGE) -> list[LogRow]:
    """Return the log's rows, newest first."""
    query = _narrowed(select(Event), chosen).order_by(Event.id.desc()).limit(most)
    return [_row(event) for event in session.scalars(query)]


def uses(session: Session, chosen: LogFilter) -> list[Use]:
    """Return a person's looks by purpose, most frequent first."""
    times: dict[tuple[str, str], int] = {}
    mails: dict[tuple[str, str], set[int]] = {}
    for row in _looks(session, chosen):
        key = row.kind, row.purpose
        times[key] = times.get(key, 0) + 1
        mails.setdefault(key, set()).update(row.enquiries)
    found = [Use(kind, purpose, count, len(mails[kind, purpose])) for (kind, purpose), count in times.items()]
    return sorted(found, key=lambda use: (-use.times, use.kind, use.purpose))


def _looks(session: Session, chosen: LogFilter) -> Iterator[LogRow]:
    query = _narrowed(select(Event), chosen).where(Event.kind.in_(LOOKS)).order_by(Event.id.desc())
    for event in session.scalars(query.limit(LOOKED_THROUGH)):
        yield _row(event)


def people(session: Session) -> list[tuple[str, str]]:
    """Return everybody with an account, by name. Each is (address, name)."""
    rows = session.execute(select(Account.email, Account.name).order_by(Account.name))
    return [(email, name) for email, name in rows]


def unit_names(session: Session) -> dict[int, str]:
    """Return every unit's name by id."""
    return dict(session.execute(select(Unit.id, Unit.name)).all())


def _narrowed(query: Select[Any], chosen: LogFilter) -> Select[Any]:
    if chosen.by:
        query = query.where(Event.by == chosen.by)
    if chosen.kind:
        query = query.where(Event.kind.in_(LOOKS) if chosen.kind == "looks" else Event.kind == chosen.kind)
    if chosen.since is not None:
        query = query.where(Event.at >= chosen.since)
    if chosen.until is not None:
        query = query.where(Event.at < chosen.until)
    if chosen.enquiry_id is not None:
        query = query.where(_about(chosen.enquiry_id))
    return query if chosen.before is None else query.where(Event.id < chosen.before)


def _about(enquiry_id: int) -> Any:
    """Select rows about an enquiry.

    Or about many of which it is one: their numbers stand in the row's data as a list, behind all else.
    """
    data = cast(Event.data, Text)
    listed = [
        data.like(f'%"enquiries": [{before}{enquiry_id}{after}%') for before in ("", "% ") for after in (",", "]")
    ]
    return or_(Event.enquiry_id == enquiry_id, Event.kind.in_(LOOKS) & or_(*listed))


def _row(event: Event) -> LogRow:
    data = event.data
    enquiries = [event.enquiry_id] if event.enquiry_id is not None else list(data.get("enquiries", ()))
    details = {key: data[key] for key in DETAILS if data.get(key) not in (None, "", [], {})}
    for hidden in GUARDED - events.traits(event.kind).reveals:
        details.pop(hidden, None)
    return LogRow(event.id, event.at, event.by, event.kind, str(data.get("purpose", "")), enquiries, details)
