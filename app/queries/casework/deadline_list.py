"""The status of deadlines, and their page. The page shows the types, and what was changed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.deadline_status import Status, Today
from app.domain.deadlines import Clock, local_day
from app.domain.enquiry import OPEN, State
from app.domain.events.casework import CalendarChanged, DeadlineTypeChanged
from app.models.case import InterimReply
from app.models.deadline import DeadlineType
from app.models.enquiry import Enquiry
from app.models.event import Event

CHANGES = 20


@dataclass(frozen=True, slots=True)
class Statuses:
    """The status of an enquiry's deadlines, if any. `next` is the one that comes first, while one is open."""

    clocks: dict[Clock, Status]
    next: Clock | None

    @property
    def next_status(self) -> Status | None:
        return self.clocks[self.next] if self.next else None


def statuses(enquiry: Enquiry, today: Today) -> Statuses:
    """Return how an enquiry's deadlines stand. A mail that asked nothing of us, or is another authority's, has none."""
    if enquiry.state in (State.SET_ASIDE, State.REFERRED):
        return Statuses({}, None)
    answered = local_day(enquiry.answered_at) if enquiry.answered_at else None
    met = {Clock.FEEDBACK: local_day(enquiry.feedback_at) if enquiry.feedback_at else answered, Clock.ANSWER: answered}
    found = {clock: today.status(due, met[clock]) for clock, due in enquiry.clocks.days.items() if due is not None}
    return Statuses(found, enquiry.next_clock if enquiry.state in OPEN else None)


def types(session: Session, *, retired: bool = True) -> list[DeadlineType]:
    query = select(DeadlineType).order_by(DeadlineType.retired, DeadlineType.id)
    return list(session.scalars(query if retired else query.where(~DeadlineType.retired)))


def changes(session: Session) -> list[Event]:
    """Return the latest changes to calendar and types. The newest come first."""
    query = select(Event).where(Event.kind.in_((CalendarChanged.kind, DeadlineTypeChanged.kind)))
    return list(session.scalars(query.order_by(Event.id.desc()).limit(CHANGES)))


def interim_reply(session: Session, enquiry_id: int) -> InterimReply | None:
    """Return the interim reply to the citizen, if any. The letter names who handles the matter."""
    return session.get(InterimReply, enquiry_id)
