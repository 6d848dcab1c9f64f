"""A person's latest decisions in triage. Each tells how it can be taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.domain import undo
from app.domain.enquiry import State
from app.domain.events.base import ABSENT, DomainEvent
from app.domain.events.inbound import MailPutBack
from app.domain.events.triage import (
    DecisionUndone,
    EnquiryMerged,
    EnquiryReferred,
    MailSplit,
    TriageDecision,
    UnitChosen,
    WaveDecided,
)
from app.domain.recognition import SetAside
from app.domain.undo import UndoPlan
from app.models.authority import Referral
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Unit

LATEST = 10
LOOKBACK = 600
"""Events of one person that are looked through: decisions, also each one of a wave's, and their undoing."""


@dataclass(frozen=True, slots=True)
class UndoableDecision:
    """One decision that has not been undone. `subject` still holds identities; `unit` is where it went, in the house or outside."""

    event: Event
    enquiry_id: int
    at: datetime
    kind: str
    subject: str
    unit: str
    way: UndoPlan
    sent_at: datetime | None


def undoable(session: Session, email: str, *, limit: int = LATEST) -> list[UndoableDecision]:
    """Return a person's latest decisions that stand. The newest come first."""
    found = []
    for event, enquiry in _standing(session, email):
        found.append(_of(session, event, enquiry))
        if len(found) == limit:
            break
    return found


def find(session: Session, email: str, event_id: int | None = None) -> UndoableDecision | None:
    """Return one of a person's latest decisions.

    Only those that stand are meant; without an id it is the latest of all.
    """
    recent = undoable(session, email)
    return next((each for each in recent if event_id in (None, each.event.id)), None)


def _standing(session: Session, email: str) -> Iterator[tuple[Event, Enquiry]]:
    kinds = [*undo.KINDS, DecisionUndone.kind]
    query = (
        select(Event, Enquiry)
        .join(Enquiry, Enquiry.id == Event.enquiry_id)
        .where(Event.by == email, Event.kind.in_(kinds))
        .order_by(Event.id.desc())
        .limit(LOOKBACK)
    )
    undone: set[int] = set()
    for event, enquiry in session.execute(query):
        if event.kind == DecisionUndone.kind:
            undone.add(DecisionUndone.read(event.data).event_id)
        elif event.id not in undone and not _is_part(session, event, enquiry):
            yield event, enquiry


def _is_part(session: Session, event: Event, enquiry: Enquiry) -> bool:
    """Tell whether an event belongs to another one's decision.

    A follow-up's event belongs to its thread root's, one of a wave's to the wave's: those are the ones to undo.
    """
    content = event.content
    if isinstance(content, WaveDecided):
        return False
    if isinstance(content, TriageDecision) and content.wave_id is not ABSENT:
        return True
    if enquiry.follow_up_of_id is None:
        return False
    thread_root = select(Event.id).where(
        Event.enquiry_id == enquiry.follow_up_of_id, Event.at == event.at, Event.kind == event.kind
    )
    return session.scalar(thread_root) is not None


def _of(session: Session, event: Event, enquiry: Enquiry) -> UndoableDecision:
    content = event.content
    routing_no = routing_no_of(content, enquiry)
    sent = session.execute(
        select(Unit.name, Forward.sent_at)
        .select_from(Unit)
        .outerjoin(Forward, and_(Forward.enquiry_id == enquiry.id, Forward.routing_no == routing_no))
        .where(Unit.id == _unit_id(content))
    ).first()
    return UndoableDecision(
        event=event,
        enquiry_id=enquiry.id,
        at=event.at,
        kind=event.kind,
        subject=enquiry.subject,
        unit=sent.name if sent else _authority(content),
        way=undo_plan_of(session, event, enquiry),
        sent_at=sent.sent_at if sent else None,
    )


def _unit_id(content: DomainEvent) -> int | None:
    return content.unit_id or None if isinstance(content, UnitChosen | WaveDecided) else None


def _authority(content: DomainEvent) -> str:
    return content.authority or "" if isinstance(content, EnquiryReferred) else ""


def routing_no_of(content: DomainEvent, enquiry: Enquiry) -> int:
    """Return at which routing a decision was made; a row that does not say is from before an enquiry could be routed again."""
    routing_no = content.hop if isinstance(content, TriageDecision | EnquiryMerged | MailSplit) else None
    return enquiry.routing_no if routing_no is None else routing_no


def undo_plan_of(session: Session, event: Event, enquiry: Enquiry) -> UndoPlan:
    """Return the plan to undo an event's decision. It starts from where the decision's enquiry stands now."""
    if event.kind == WaveDecided.kind:
        return undo.together(
            undo_plan_of(session, each, session.get_one(Enquiry, each.enquiry_id))
            for each in members_of(session, event)
        )
    if event.kind == MailSplit.kind:
        return (
            UndoPlan.PLAIN
            if enquiry.reason == SetAside.SPLIT and _all_wait(session, MailSplit.read(event.data).parts)
            else UndoPlan.MOVED
        )
    if event.kind == EnquiryMerged.kind:
        return UndoPlan.PLAIN if enquiry.follow_up_of_id == EnquiryMerged.read(event.data).follows else UndoPlan.MOVED
    if event.kind == MailPutBack.kind:
        return UndoPlan.PLAIN if enquiry.state is State.TRIAGE else UndoPlan.MOVED
    content = event.content
    if isinstance(content, EnquiryReferred) and content.referral_id:
        return _referral_way(session, content.referral_id, enquiry)
    return undo_plan_of_route(session, event.kind, enquiry, routing_no_of(content, enquiry))


def members_of(session: Session, wave_decision: Event) -> list[Event]:
    """Return the decisions of a wave still standing. Those that were undone one by one are left out."""
    members = [session.get_one(Event, event_id) for event_id in WaveDecided.read(wave_decision.data).decisions]
    undone = select(Event.data).where(
        Event.kind == DecisionUndone.kind, Event.enquiry_id.in_([each.enquiry_id for each in members])
    )
    before = {DecisionUndone.read(data).event_id for data in session.scalars(undone)}
    return [each for each in members if each.id not in before]


def _all_wait(session: Session, enquiry_ids: list[int]) -> bool:
    waiting = select(func.count(Enquiry.id)).where(Enquiry.id.in_(enquiry_ids), Enquiry.state == State.TRIAGE)
    return session.scalar(waiting) == len(enquiry_ids)


def _referral_way(session: Session, referral_id: int, enquiry: Enquiry) -> UndoPlan:
    row = session.get_one(Referral, referral_id)
    if row.begun_at is not None:
        return UndoPlan.SENT_ON
    return UndoPlan.PLAIN if enquiry.state is State.REFERRED else UndoPlan.MOVED


def undo_plan_of_route(session: Session, kind: str, enquiry: Enquiry, routing_no: int) -> UndoPlan:
    """Return the plan to undo one mail's routing. The decision is of `kind`, made at `hop`."""
    query = select(Forward).where(Forward.enquiry_id == enquiry.id, Forward.routing_no == routing_no)
    forward = session.scalars(query).first()
    return undo.plan(
        kind,
        enquiry.state,
        same_route=enquiry.routing_no == routing_no,
        leaving=forward is not None,
        sent=forward is not None and forward.sent_at is not None,
        case=enquiry.case_id is not None,
    )
