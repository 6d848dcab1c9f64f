"""A person's latest decisions in triage. Each tells how it can be taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.domain import undo
from app.domain.events.base import ABSENT, DomainEvent
from app.domain.events.triage import DecisionUndone, EnquiryReferred, TriageDecision, UnitChosen, WaveDecided
from app.domain.undo import UndoPlan
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import Unit
from app.queries.triage import undo_plans

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
    recent = islice(_standing(session, email), LATEST)
    return next((_of(session, event, own) for event, own in recent if event_id in (None, event.id)), None)


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
    routing_no = undo_plans.routing_no_of(content, enquiry)
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
        way=undo_plans.plan(session, event).way,
        sent_at=sent.sent_at if sent else None,
    )


def _unit_id(content: DomainEvent) -> int | None:
    return content.unit_id or None if isinstance(content, UnitChosen | WaveDecided) else None


def _authority(content: DomainEvent) -> str:
    return content.authority or "" if isinstance(content, EnquiryReferred) else ""
