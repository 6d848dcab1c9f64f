"""The list of enquiries, and one enquiry's story."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.access import SEES_ALL
from app.domain.enquiry import OPEN, State
from app.domain.recognition import SetAside
from app.models.account import Account
from app.models.case import CaseDocument, Deadline, Reply
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.prediction import Decision
from app.models.unit import Unit

PAGE = 50
QUARANTINE = "quarantine"
CIRCULATING = "circulating"


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list is narrowed to; `state` is a State, "quarantine", or "circulating"."""

    state: str = ""
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    rows: list[Enquiry]
    total: int
    pages: int
    paths: dict[int, list[str]]
    """Where the mails that were returned have been."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is known about an enquiry besides its mail."""

    events: list[Event]
    documents: list[CaseDocument]
    deadline: Deadline | None
    decision: Decision | None
    followers: list[Enquiry]
    twins: list[Enquiry]
    """Copies of the same mail that came to other mailboxes."""
    path: list[str]
    """The units it has been to, in order, where it has been to more than one."""
    answered: bool


def listing(session: Session, account: Account, chosen: Filter) -> Listing:
    """The newest enquiries this person may see; imported history is left out."""
    query = _narrowed(select(Enquiry).where(~Enquiry.imported), account, chosen)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    newest = query.order_by(Enquiry.received_at.desc(), Enquiry.id.desc()).options(
        joinedload(Enquiry.unit), joinedload(Enquiry.case)
    )
    rows = session.scalars(newest.offset((chosen.page - 1) * PAGE).limit(PAGE)).all()
    gone_round = [row.id for row in rows if row.returns]
    return Listing(list(rows), total, max(1, -(-total // PAGE)), paths(session, gone_round) if gone_round else {})


def _narrowed(query: Select[Any], account: Account, chosen: Filter) -> Select[Any]:
    if account.role not in SEES_ALL:
        query = query.where(Enquiry.unit_id == account.unit_id)
    if chosen.state == QUARANTINE:
        query = query.where(Enquiry.quarantine.is_not(None))
    elif chosen.state == CIRCULATING:
        query = query.where(Enquiry.returns > 0, Enquiry.state.in_(OPEN))
    elif chosen.state in set(State):
        query = query.where(Enquiry.state == State(chosen.state))
    if chosen.text:
        like = f"%{chosen.text}%"
        query = query.where(
            or_(Enquiry.subject.ilike(like), Enquiry.sender_name.ilike(like), Enquiry.case.has(number=chosen.text))
        )
    return query


def counts(session: Session, account: Account) -> dict[str, int]:
    """How many enquiries stand in each state, and in quarantine."""
    by_state = select(Enquiry.state, func.count(Enquiry.id)).where(~Enquiry.imported)
    query = _narrowed(cast(Select[Any], by_state), account, Filter()).group_by(Enquiry.state)
    found = {str(state): count for state, count in session.execute(query)}
    unread = _narrowed(select(func.count(Enquiry.id)).where(~Enquiry.imported), account, Filter(QUARANTINE))
    round_and_round = _narrowed(select(func.count(Enquiry.id)).where(~Enquiry.imported), account, Filter(CIRCULATING))
    return found | {QUARANTINE: session.scalar(unread) or 0, CIRCULATING: session.scalar(round_and_round) or 0}


def story(session: Session, enquiry: Enquiry) -> Story:
    events = select(Event).where(Event.enquiry_id == enquiry.id).order_by(Event.id)
    documents = select(CaseDocument).where(CaseDocument.case_id == enquiry.case_id).order_by(CaseDocument.filed_at)
    decisions = select(Decision).where(Decision.enquiry_id == enquiry.id).order_by(Decision.id)
    followers = select(Enquiry).where(Enquiry.follows_id == enquiry.id).order_by(Enquiry.received_at)
    return Story(
        events=list(session.scalars(events)),
        documents=list(session.scalars(documents)) if enquiry.case_id else [],
        deadline=session.get(Deadline, enquiry.id),
        decision=session.scalars(decisions).first(),
        followers=[each for each in session.scalars(followers) if each.reason != SetAside.TWIN],
        twins=[each for each in session.scalars(followers) if each.reason == SetAside.TWIN],
        path=paths(session, [enquiry.id]).get(enquiry.id, []) if enquiry.returns else [],
        answered=session.scalar(select(Reply.raw_mail_id).where(Reply.enquiry_id == enquiry.id)) is not None,
    )


def paths(session: Session, enquiry_ids: Sequence[int]) -> dict[int, list[str]]:
    """The units that each mail was sent to, in order."""
    routed = ("routed", "confirmed", "corrected")
    query = select(Event.enquiry_id, Event.data).where(Event.enquiry_id.in_(enquiry_ids), Event.kind.in_(routed))
    names = dict(unit_names(session))
    found: dict[int, list[str]] = {}
    for enquiry_id, data in session.execute(query.order_by(Event.id)):
        if data.get("unit_id"):
            found.setdefault(enquiry_id, []).append(names.get(data["unit_id"], "?"))
    return found


def unit_names(session: Session) -> list[tuple[int, str]]:
    """(id, name) of every unit."""
    return [(unit_id, name) for unit_id, name in session.execute(select(Unit.id, Unit.name))]
