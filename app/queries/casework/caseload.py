"""A unit's list of enquiries.

Enquiries that wait there, that it was told of or answered lately, and that it sent back.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.domain import deadlines, journaling
from app.domain.deadline_status import Today
from app.domain.deadlines import Calendar
from app.domain.enquiry import State
from app.domain.events.enquiries import MailViewed
from app.domain.events.triage import EnquiryReturned
from app.domain.search import Wanted
from app.models.account import Account
from app.models.assignment import Assignment
from app.models.case import Case, CaseDocument, InterimReply
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Unit
from app.queries.casework import due
from app.queries.casework.deadline_list import Statuses, statuses
from app.queries.enquiries import search

AnySelect = Select[*tuple[Any, ...]]
PAGE = 50
LATELY = timedelta(days=30)
"""How far back "answered" and "sent back" go."""


class Tab(StrEnum):
    """The tabs of a unit's list. The value stands in the address."""

    WAITING = "venter"
    PRESSING = "haster"
    INTERIM = "foreloebigt-svar"
    ANSWERED = "besvaret"
    RETURNED = "retur"


class CaseloadOrder(StrEnum):
    """The orders of a unit's list. The value stands in the address."""

    DEADLINE = "frist"
    NEWEST = "nyeste"
    OLDEST = "aeldste"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """The filter of a unit's list. `holder_id` is whose they are, 0 for those that nobody has."""

    holder_id: int | None = None
    words: Wanted = field(default_factory=Wanted)
    order: CaseloadOrder = CaseloadOrder.DEADLINE


ALL = CaseFilter()


@dataclass(frozen=True, slots=True)
class CaseloadDay:
    """The day that it is, as deadlines see it."""

    now: datetime
    calendar: Calendar

    @property
    def today(self) -> Today:
        return Today(deadlines.local_day(self.now), self.calendar)

    @property
    def lately(self) -> datetime:
        return self.now - LATELY


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One enquiry at its unit, and how its deadlines stand."""

    id: int
    routing_no: int
    state: State
    subject: str
    sender: str
    case_number: str
    received_at: datetime
    answered_at: datetime | None
    unreadable: bool
    deadline_type: str
    deadlines: Statuses
    caseworker: str
    """Who is named in the interim reply; "" where there is none."""
    interim_sent: bool
    may_tell: bool
    """An interim reply can be sent."""
    may_write: bool
    """There is somebody to write to."""
    holder_id: int | None
    holder: str
    """Who in the unit has it; "" while nobody has."""

    @property
    def may_return(self) -> bool:
        return self.state is State.ROUTED


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """One return by the unit. The mail itself is no longer the unit's to see."""

    case_number: str
    received_at: datetime
    at: datetime
    by: str
    reason: str
    belongs: str
    why: str
    state: State
    unit: str
    """Where it is now; "" while nobody has it."""


@dataclass(frozen=True, slots=True)
class CaseloadPage:
    rows: list[CaseRow]
    returned: list[ReturnedRow]
    total: int
    pages: int


def listing(
    session: Session, unit_id: int, tab: Tab, page: int, day: CaseloadDay, chosen: CaseFilter = ALL
) -> CaseloadPage:
    """Return a page of a unit's enquiries. In the order chosen; of what is over, the latest first."""
    total = counts(session, unit_id, day, chosen)[tab]
    pages = max(1, -(-total // PAGE))
    start = (min(page, pages) - 1) * PAGE
    if tab is Tab.RETURNED:
        return CaseloadPage([], _returned(session, unit_id, day, start), total, pages)
    query = _narrowed(session, _rows().where(Enquiry.unit_id == unit_id, ~Enquiry.imported), unit_id, chosen)
    found = session.execute(_of_tab(query, tab, day, chosen.order).offset(start).limit(PAGE))
    return CaseloadPage([_row(day, *each) for each in found], [], total, pages)


def row(session: Session, enquiry_id: int, day: CaseloadDay) -> CaseRow:
    """Return one enquiry as it stands in the list."""
    return _row(day, *session.execute(_rows().where(Enquiry.id == enquiry_id)).one())


def counts(session: Session, unit_id: int, day: CaseloadDay, chosen: CaseFilter = ALL) -> dict[Tab, int]:
    """Count the enquiries under each tab."""
    routed = (
        _with_holder(
            select(
                func.count(Enquiry.id),
                func.count(Enquiry.id).filter(due.urgent(day.today)),
                func.count(InterimReply.enquiry_id),
            )
        )
        .outerjoin(InterimReply, InterimReply.enquiry_id == Enquiry.id)
        .where(Enquiry.unit_id == unit_id, Enquiry.state == State.ROUTED, ~Enquiry.imported)
    )
    waiting, pressing, interim = session.execute(_narrowed(session, routed, unit_id, chosen)).one()
    lately = _with_holder(select(func.count(Enquiry.id))).where(
        Enquiry.unit_id == unit_id, Enquiry.answered_at >= day.lately, ~Enquiry.imported
    )
    answered = session.scalar(_narrowed(session, lately, unit_id, chosen)) or 0
    returned = session.scalar(_returns(select(func.count(Event.id)), unit_id, day)) or 0
    tabs = (Tab.WAITING, Tab.PRESSING, Tab.INTERIM, Tab.ANSWERED, Tab.RETURNED)
    return dict(zip(tabs, (waiting, pressing, interim, answered, returned), strict=True))


def colleagues(session: Session, unit_id: int | None) -> list[tuple[int, str]]:
    """Return the people of a unit, by name. Each is (id, name)."""
    query = select(Account.id, Account.name).where(Account.unit_id == unit_id, Account.active).order_by(Account.name)
    return [(account_id, name) for account_id, name in session.execute(query)] if unit_id is not None else []


def holder(session: Session, enquiry: Enquiry) -> Account | None:
    """Return the account that has an enquiry in its unit."""
    return session.scalars(_with_holder(select(Account).select_from(Enquiry)).where(Enquiry.id == enquiry.id)).first()


def looked_lately(session: Session, enquiry_id: int, *, but: str, since: datetime) -> tuple[str, datetime] | None:
    """Return the other person who opened this enquiry last. With it comes the time: two may be about to answer it."""
    query = (
        select(Account.name, Event.at)
        .join(Account, Account.email == Event.by)
        .where(Event.enquiry_id == enquiry_id, Event.kind == MailViewed.kind, Event.by != but, Event.at >= since)
        .where(Account.unit_id.is_not(None))
        .order_by(Event.id.desc())
    )
    found = session.execute(query.limit(1)).first()
    return (found[0], found[1]) if found else None


def _with_holder(query: AnySelect) -> AnySelect:
    """Join who has each enquiry. It counts no longer once the enquiry, or the person, has left the unit."""
    mine = (Account.id == Assignment.account_id) & (Account.unit_id == Enquiry.unit_id) & Account.active
    return query.outerjoin(Assignment, Assignment.enquiry_id == Enquiry.id).outerjoin(Account, mine)


def _narrowed(session: Session, query: AnySelect, unit_id: int, chosen: CaseFilter) -> AnySelect:
    if chosen.holder_id is not None:
        query = query.where(Account.id == chosen.holder_id if chosen.holder_id else Account.id.is_(None))
    if chosen.words.terms:
        found = search.matching(session, chosen.words, unit_id=unit_id).order_by(None)
        query = query.where(Enquiry.id.in_(found))
    return query


def _rows() -> AnySelect:
    return (
        _with_holder(select(Enquiry, InterimReply, Account.id, Account.name))
        .outerjoin(InterimReply, InterimReply.enquiry_id == Enquiry.id)
        .options(joinedload(Enquiry.case), joinedload(Enquiry.deadline_type))
    )


def _of_tab(query: AnySelect, tab: Tab, day: CaseloadDay, order: CaseloadOrder) -> AnySelect:
    orders: dict[CaseloadOrder, tuple[Any, ...]] = {
        CaseloadOrder.DEADLINE: (Enquiry.due_on, Enquiry.id),
        CaseloadOrder.NEWEST: (Enquiry.received_at.desc(), Enquiry.id.desc()),
        CaseloadOrder.OLDEST: (Enquiry.received_at, Enquiry.id),
    }
    if tab is Tab.ANSWERED:
        last = (Enquiry.answered_at.desc(), Enquiry.id.desc())
        return query.where(Enquiry.answered_at >= day.lately).order_by(
            *(last if order is CaseloadOrder.DEADLINE else orders[order])
        )
    query = query.where(Enquiry.state == State.ROUTED).order_by(*orders[order])
    if tab is Tab.PRESSING:
        return query.where(due.urgent(day.today))
    return query.where(InterimReply.enquiry_id.is_not(None)) if tab is Tab.INTERIM else query


def _row(
    day: CaseloadDay, enquiry: Enquiry, interim: InterimReply | None, holder_id: int | None, holder_name: str | None
) -> CaseRow:
    writable = bool(enquiry.citizen_address) and enquiry.quarantine is None
    return CaseRow(
        id=enquiry.id,
        routing_no=enquiry.routing_no,
        state=enquiry.state,
        subject=enquiry.subject,
        sender=enquiry.citizen_name or enquiry.sender_name,
        case_number=enquiry.case.number if enquiry.case else "",
        received_at=enquiry.received_at,
        answered_at=enquiry.answered_at,
        unreadable=enquiry.unreadable,
        deadline_type=enquiry.deadline_type.name if enquiry.deadline_type else "",
        deadlines=statuses(enquiry, day.today),
        caseworker=interim.caseworker if interim else "",
        interim_sent=interim is not None and interim.sent_at is not None,
        may_tell=enquiry.state is State.ROUTED and enquiry.case is not None and interim is None and writable,
        may_write=enquiry.state is State.ROUTED and writable,
        holder_id=holder_id,
        holder=holder_name or "",
    )


def _returns(query: AnySelect, unit_id: int, day: CaseloadDay) -> AnySelect:
    unit = Event.data["unit_id"].as_integer()
    return query.where(Event.kind == EnquiryReturned.kind, Event.at >= day.lately, unit == unit_id)


def _returned(session: Session, unit_id: int, day: CaseloadDay, start: int) -> list[ReturnedRow]:
    query = select(Event, Enquiry, Case.number).join(Enquiry, Enquiry.id == Event.enquiry_id)
    query = query.outerjoin(Case, Case.id == Enquiry.case_id).options(joinedload(Enquiry.unit))
    latest = _returns(query, unit_id, day).order_by(Event.at.desc(), Event.id.desc()).offset(start).limit(PAGE)
    names = dict(unit_names(session))
    return [_returned_row(event, enquiry, number, names) for event, enquiry, number in session.execute(latest)]


def _returned_row(event: Event, enquiry: Enquiry, number: str | None, names: dict[int, str]) -> ReturnedRow:
    returned = EnquiryReturned.read(event.data)
    return ReturnedRow(
        case_number=number or "",
        received_at=enquiry.received_at,
        at=event.at,
        by=event.by,
        reason=returned.reason or "",
        belongs=names.get(returned.belongs_id or 0, ""),
        why=returned.why,
        state=enquiry.state,
        unit=enquiry.unit.name if enquiry.unit else "",
    )


def unit_names(session: Session, *, but: int | None = None) -> list[tuple[int, str]]:
    """Return every unit that takes mails, by name. Each is (id, name); `but` is left out."""
    query = select(Unit.id, Unit.name).where(~Unit.closed, Unit.id.is_distinct_from(but)).order_by(Unit.name)
    return [(unit_id, name) for unit_id, name in session.execute(query)]


def unit_name(session: Session, unit_id: int | None) -> str | None:
    return session.scalar(select(Unit.name).where(Unit.id == unit_id)) if unit_id else None


def waiting_by_unit(session: Session) -> dict[int, int]:
    """Count the enquiries waiting at each unit. Units without any are left out."""
    query = select(Enquiry.unit_id, func.count(Enquiry.id)).where(Enquiry.state == State.ROUTED, ~Enquiry.imported)
    found = session.execute(query.group_by(Enquiry.unit_id))
    return {unit_id: count for unit_id, count in found if unit_id is not None}


def outdated(session: Session, documents: Iterable[CaseDocument]) -> set[str]:
    """Return the numbers of outdated reply drafts.

    Such a draft was written for a unit which has the mail no longer. The record keeps it.
    """
    drafts = [each for each in documents if journaling.is_draft(each.key)]
    if not drafts:
        return set()
    routes = select(Enquiry.id, Enquiry.routing_no).where(Enquiry.id.in_({each.enquiry_id for each in drafts}))
    hops = {each.id: each.routing_no for each in session.execute(routes.where(Enquiry.unit_id.is_not(None)))}
    return {
        each.number
        for each in drafts
        if each.key != journaling.document_key(each.enquiry_id, f"draft:{hops.get(each.enquiry_id)}")
    }


def draft_title(documents: list[CaseDocument], enquiry: Enquiry) -> str:
    """Return the title of the reply draft in Drafts. "" before the robot has written it."""
    key = journaling.document_key(enquiry.id, f"draft:{enquiry.routing_no}")
    return next((each.title.removeprefix("Svarudkast: ") for each in documents if each.key == key), "")
