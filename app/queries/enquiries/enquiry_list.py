"""The list of enquiries: filtered, searched, paged. It holds with hundreds of thousands of rows (decision 0025)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, literal_column, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.domain import excerpt
from app.domain.access import SEES_ALL, may_see
from app.domain.deadline_status import Today
from app.domain.enquiry import OPEN, State
from app.domain.events.inbound import EnquiryRouted
from app.domain.events.triage import SuggestionConfirmed, SuggestionCorrected, UnitChosen
from app.domain.search import Wanted
from app.models.account import Account
from app.models.enquiry import Attachment, Enquiry
from app.models.event import Event
from app.models.unit import Mailbox, Unit
from app.queries.enquiries import search
from app.queries.reports.counted import MailsBehind

PAGE = 50
COUNTED = 1_000
BEGINNING = excerpt.PAGE.characters + 1_000
"""Characters; more than a snippet is looked for in, so that its end is not mistaken for the mail's."""
"""So many are counted; of more it is only said that there are more."""
QUARANTINE = "quarantine"
CIRCULATING = "circulating"
COUNTED_STATES = (*sorted(OPEN), State.ANSWERED)
"""What is done is not counted: there is no end to it, and nobody has to do anything about it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of the list. None and "" narrow nothing.

    Attributes:
        state: a State, "quarantine", or "circulating".
        since, until: of the receipt, `until` not included.
        due_from, due_by: of the day that presses, both included; only what is still to be answered has one.
        by_deadline: the most pressing first, of what is still to be answered; else the newest first.
        behind: only the mails that a figure counts, as of `today`.
        after: the id of the last enquiry of the page before.
    """

    wanted: Wanted = field(default_factory=Wanted)
    state: str = ""
    unit_id: int | None = None
    mailbox: str = ""
    since: datetime | None = None
    until: datetime | None = None
    due_from: date | None = None
    due_by: date | None = None
    language: str = ""
    automatic: bool | None = None
    has_case: bool | None = None
    has_files: bool | None = None
    by_deadline: bool = False
    behind: MailsBehind | None = None
    today: Today | None = None
    after: int | None = None

    @property
    def running(self) -> bool:
        """Tell whether only unanswered enquiries are listed."""
        return self.by_deadline or self.due_by is not None


@dataclass(frozen=True, slots=True)
class EnquiryPage:
    """One page of the list.

    `total` is None on later pages; more than `COUNTED` means: more than that. `direct` are those named by number.
    """

    rows: list[Enquiry]
    direct: list[Enquiry]
    total: int | None
    more: bool
    paths: dict[int, list[str]]
    """Where the mails that were returned have been."""
    texts: dict[int, str]
    """How the mails begin that were found by words; identities are not hidden yet."""


def listing(session: Session, account: Account, chosen: Filter) -> EnquiryPage:
    """Return a page of the enquiries this person may see. Imported history is left out."""
    first = chosen.after is None
    found = ids(session, account, chosen, COUNTED + 1 if first else PAGE + 1)
    direct = _direct(session, account, chosen) if first else []
    rows = _rows(session, [each for each in found if each not in direct][:PAGE])
    named = _rows(session, direct)
    return EnquiryPage(
        rows,
        named,
        len(found) if first else None,
        len(found) > PAGE,
        paths(session, [row.id for row in [*named, *rows] if row.returns]),
        _beginnings(session, rows) if chosen.wanted.terms else {},
    )


def ids(session: Session, account: Account, chosen: Filter, most: int) -> list[int]:
    """Return at most `most` ids, in the list's order."""
    if chosen.wanted and not chosen.wanted.terms:
        return []
    query = _searched(session, account, chosen) if chosen.wanted else _browsed(session, account, chosen)
    return list(session.scalars(query.limit(most)))


def _direct(session: Session, account: Account, chosen: Filter) -> list[int]:
    found = search.direct(session, chosen.wanted) if chosen.wanted else []
    units = (
        dict(session.execute(select(Enquiry.id, Enquiry.unit_id).where(Enquiry.id.in_(found))).all()) if found else {}
    )
    return [each for each in found if may_see(account.role, account.unit_id, units[each])]


def _searched(session: Session, account: Account, chosen: Filter) -> Select[Any]:
    unit_id = chosen.unit_id if account.role in SEES_ALL else account.unit_id
    query = search.matching(session, chosen.wanted, unit_id=unit_id)
    query = _narrowed(session, query, account, chosen)
    if chosen.by_deadline:
        return _from(session, query.order_by(None).order_by(Enquiry.due_on, Enquiry.id), chosen)
    return query.where(Enquiry.id < chosen.after) if chosen.after else query


def _browsed(session: Session, account: Account, chosen: Filter) -> Select[Any]:
    if chosen.by_deadline:
        query = _narrowed(session, select(Enquiry.id), account, chosen)
        return _from(session, query.order_by(Enquiry.due_on, Enquiry.id), chosen)
    # Read in the order of the list; without statistics SQLite would rather collect and sort every closed enquiry.
    # What is rare has an index of its own, and is sorted.
    rare = chosen.running or chosen.state in (QUARANTINE, CIRCULATING)
    received: Any = _plain(session, Enquiry.received_at) if rare else Enquiry.received_at
    state: Any = Enquiry.state if rare else _plain(session, Enquiry.state)
    query = _narrowed(session, select(Enquiry.id), account, chosen, state)
    return _from(session, query.order_by(received.desc(), Enquiry.id.desc()), chosen)


def _plain(session: Session, column: InstrumentedAttribute[Any]) -> Any:
    """The column, and on SQLite no index of it."""
    if session.get_bind().dialect.name != "sqlite":
        return column
    return literal_column(f"+enquiry.{column.key}", column.type)  # nosemgrep: sql-from-text - a name of ours


def _from(session: Session, query: Select[Any], chosen: Filter) -> Select[Any]:
    """The page behind `after`: no page costs more than the first."""
    last = session.get(Enquiry, chosen.after) if chosen.after else None
    if last is None:
        return query
    if chosen.by_deadline:
        return query.where(tuple_(Enquiry.due_on, Enquiry.id) > (last.due_on, last.id))
    return query.where(tuple_(Enquiry.received_at, Enquiry.id) < (last.received_at, last.id))


def _narrowed(
    session: Session, query: Select[Any], account: Account, chosen: Filter, state: Any = Enquiry.state
) -> Select[Any]:
    query = _in_state(query.where(~Enquiry.imported), chosen, state)
    if account.role not in SEES_ALL:
        query = query.where(Enquiry.unit_id == account.unit_id)
    if chosen.behind is not None and chosen.today is not None:
        query = query.where(Enquiry.id.in_(chosen.behind.select(session, chosen.today)))
    return query.where(*_equal(chosen), *_between(chosen))


def _equal(chosen: Filter) -> list[ColumnElement[bool]]:
    wishes: list[tuple[object, ColumnElement[bool]]] = [
        (chosen.unit_id, Enquiry.unit_id == chosen.unit_id),
        (chosen.mailbox or None, Enquiry.mailbox == chosen.mailbox),
        (chosen.language or None, Enquiry.language == chosen.language),
        (chosen.automatic, Enquiry.automatic == chosen.automatic),
        (chosen.has_case, Enquiry.case_id.is_not(None) == chosen.has_case),
        (chosen.has_files, _has_files() == chosen.has_files),
    ]
    return [condition for wish, condition in wishes if wish is not None]


def _between(chosen: Filter) -> list[ColumnElement[bool]]:
    received, due = Enquiry.received_at, Enquiry.due_on
    return [
        *([received >= chosen.since] if chosen.since else []),
        *([received < chosen.until] if chosen.until else []),
        *([due >= chosen.due_from] if chosen.due_from else []),
        *([due <= chosen.due_by] if chosen.due_by else []),
    ]


def _has_files() -> Any:
    return select(Attachment.position).where(Attachment.enquiry_id == Enquiry.id).exists()


def _in_state(query: Select[Any], chosen: Filter, state: Any) -> Select[Any]:
    if chosen.running:
        query = query.where(Enquiry.state.in_(OPEN))
    if chosen.state == QUARANTINE:
        return query.where(Enquiry.quarantine.is_not(None))
    if chosen.state == CIRCULATING:
        return query.where(Enquiry.returns > 0, Enquiry.state.in_(OPEN))
    return query.where(state == State(chosen.state)) if chosen.state in set(State) else query


def _beginnings(session: Session, rows: Sequence[Enquiry]) -> dict[int, str]:
    """Return the beginnings of mails' texts, for snippets. A list of fifty mails may be 50 MB of text."""
    query = select(Enquiry.id, func.substr(Enquiry.text, 1, BEGINNING)).where(Enquiry.id.in_([row.id for row in rows]))
    return dict(session.execute(query).all())


def _rows(session: Session, wanted: Sequence[int]) -> list[Enquiry]:
    """Enquiries in the order of their ids given."""
    query = select(Enquiry).where(Enquiry.id.in_(wanted)).options(joinedload(Enquiry.unit), joinedload(Enquiry.case))
    found = {row.id: row for row in session.scalars(query)}
    return [found[each] for each in wanted]


def export(session: Session, account: Account, chosen: Filter, most: int) -> Iterable[Enquiry]:
    """Yield the enquiries of the list, at most `most`. Read a portion at a time."""
    found = ids(session, account, chosen, most)
    for start in range(0, len(found), 500):
        yield from _rows(session, found[start : start + 500])


def counts(session: Session, account: Account) -> dict[str, int]:
    """Count the enquiries in each state.

    Those are the states that somebody works with; unreadable and circulating ones are counted too.
    """
    mine = true() if account.role in SEES_ALL else Enquiry.unit_id == account.unit_id
    by_state = select(Enquiry.state, func.count()).where(mine, Enquiry.state.in_(COUNTED_STATES))
    found = {str(state): count for state, count in session.execute(by_state.group_by(Enquiry.state))}
    circulating = select(func.count()).where(mine, Enquiry.returns > 0, Enquiry.state.in_(OPEN))
    unread = select(func.count()).where(mine, Enquiry.quarantine.is_not(None))
    return found | {QUARANTINE: session.scalar(unread) or 0, CIRCULATING: session.scalar(circulating) or 0}


def paths(session: Session, enquiry_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the units each mail was sent to. In the order of the routings."""
    if not enquiry_ids:
        return {}
    kinds: tuple[type[EnquiryRouted | UnitChosen], ...] = (EnquiryRouted, SuggestionConfirmed, SuggestionCorrected)
    routed = {each.kind: each for each in kinds}
    query = select(Event.enquiry_id, Event.kind, Event.data).where(
        Event.enquiry_id.in_(enquiry_ids), Event.kind.in_(routed)
    )
    names = dict(unit_names(session))
    found: dict[int, list[str]] = {}
    for enquiry_id, kind, data in session.execute(query.order_by(Event.id)):
        route = routed[kind].read(data)
        if route.unit_id:
            found.setdefault(enquiry_id, []).append(names.get(route.unit_id, "?"))
    return found


def unit_names(session: Session) -> list[tuple[int, str]]:
    """Return every unit by name. Each is (id, name)."""
    query = select(Unit.id, Unit.name).order_by(Unit.name)
    return [(unit_id, name) for unit_id, name in session.execute(query)]


def mailboxes(session: Session) -> list[tuple[str, str]]:
    """Return every mailbox by name. Each is (address, name)."""
    query = select(Mailbox.address, Mailbox.name).where(~Mailbox.journal).order_by(Mailbox.name)
    return [cast(tuple[str, str], tuple(row)) for row in session.execute(query)]
