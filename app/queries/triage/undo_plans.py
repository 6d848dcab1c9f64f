"""Plan the undo of a decision: the mails it concerns, and what it costs outside or what stands against it.

The one place that tells whether a decision can be taken back: the pages show it, and app/services/triage/undoing.py, which has
the other half of each kind, refuses by it. Nothing is changed here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import undo
from app.domain.enquiry import State
from app.domain.events.base import DomainEvent
from app.domain.events.inbound import MailPutBack
from app.domain.events.triage import (
    DecisionUndone,
    EnquiryDismissed,
    EnquiryMerged,
    EnquiryReferred,
    MailSplit,
    SuggestionConfirmed,
    SuggestionCorrected,
    TriageDecision,
    WaveDecided,
)
from app.domain.recognition import SetAside
from app.domain.undo import UndoPlan
from app.models.authority import Referral
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.event import Event


@dataclass(frozen=True, slots=True)
class MailPlan:
    """The undo of a decision for one of its mails. `event` decided this mail; follow-ups may share their thread root's."""

    event: Event
    enquiry: Enquiry
    way: UndoPlan


@dataclass(frozen=True, slots=True)
class DecisionPlan:
    """The undo of a decision, from where its mails stand now. `enquiry` is its own mail, the first of `mails`."""

    decision: Event
    enquiry: Enquiry
    mails: tuple[MailPlan, ...]
    """None where nothing of the decision stands any more."""

    @property
    def way(self) -> UndoPlan:
        return undo.together(each.way for each in self.mails)

    @property
    def obstacle(self) -> MailPlan | None:
        """The first mail that cannot be had back: then none of the decision can."""
        return next((each for each in self.mails if not each.way.possible), None)


def plan(session: Session, decision: Event) -> DecisionPlan:
    """Return the plan to undo a decision. Whether it has been undone already is not asked."""
    enquiry = session.get_one(Enquiry, decision.enquiry_id)
    mails = PLANS[type(decision.content)](session, decision, enquiry)
    return DecisionPlan(decision, enquiry, tuple(mails))


def routing_no_of(content: DomainEvent, enquiry: Enquiry) -> int:
    """Return at which routing a decision was made; a row that does not say is from before an enquiry could be routed again."""
    routing_no = content.hop if isinstance(content, TriageDecision | EnquiryMerged | MailSplit) else None
    return enquiry.routing_no if routing_no is None else routing_no


def members_of(session: Session, wave_decision: Event) -> list[Event]:
    """Return the decisions of a wave still standing. Those that were undone one by one are left out."""
    members = [session.get_one(Event, event_id) for event_id in WaveDecided.read(wave_decision.data).decisions]
    undone = select(Event.data).where(
        Event.kind == DecisionUndone.kind, Event.enquiry_id.in_([each.enquiry_id for each in members])
    )
    before = {DecisionUndone.read(data).event_id for data in session.scalars(undone)}
    return [each for each in members if each.id not in before]


def _route(session: Session, decision: Event, enquiry: Enquiry) -> Iterator[MailPlan]:
    """A route or a dismissal, with the follow-ups that stand where the enquiry stands, each at its own latest route."""
    own = _of_route(session, decision.kind, enquiry, routing_no_of(decision.content, enquiry))
    yield MailPlan(decision, enquiry, own)
    if own.possible:
        for each in _gone_with(session, enquiry, enquiry.state):
            yield MailPlan(decision, each, _of_route(session, decision.kind, each, each.routing_no))


def _of_route(session: Session, kind: str, enquiry: Enquiry, routing_no: int) -> UndoPlan:
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


def _gone_with(session: Session, enquiry: Enquiry, state: State) -> Iterator[Enquiry]:
    """Follow-ups that stand where the enquiry stands, also follow-ups to those."""
    query = select(Enquiry).where(Enquiry.follow_up_of_id == enquiry.id, Enquiry.state == state).order_by(Enquiry.id)
    for follower in session.scalars(query).all():
        yield follower
        yield from _gone_with(session, follower, state)


def _referral(session: Session, decision: Event, enquiry: Enquiry) -> Iterator[MailPlan]:
    """A referral, with the ones of the follow-ups that ended with it. Rows from before letters were sent on are as a dismissal."""
    if not EnquiryReferred.read(decision.data).referral_id:
        yield from _route(session, decision, enquiry)
        return
    shared = select(Event).where(Event.kind == EnquiryReferred.kind, Event.at == decision.at, Event.by == decision.by)
    ids = {enquiry.id}
    for event in session.scalars(shared.order_by(Event.id)).all():
        each = session.get_one(Enquiry, event.enquiry_id)
        if each.id in ids or each.follow_up_of_id in ids:  # the same moment may have ended a whole wave
            ids.add(each.id)
            yield MailPlan(event, each, _of_referral(session, event, each))


def _of_referral(session: Session, event: Event, enquiry: Enquiry) -> UndoPlan:
    row = session.get_one(Referral, EnquiryReferred.read(event.data).referral_id)
    if row.begun_at is not None:
        return UndoPlan.SENT_ON
    return UndoPlan.PLAIN if enquiry.state is State.REFERRED else UndoPlan.MOVED


def _merging(session: Session, decision: Event, enquiry: Enquiry) -> Iterator[MailPlan]:
    """A mail made a follow-up: until it has gone on, with the other one or to its unit."""
    merged = EnquiryMerged.read(decision.data)
    sent = select(Forward.message_id).where(Forward.enquiry_id == enquiry.id, Forward.routing_no == enquiry.routing_no)
    stays = enquiry.state is State.TRIAGE or (
        enquiry.state is State.ROUTED and enquiry.routing_no == merged.hop and session.scalar(sent) is None
    )
    stands = stays and enquiry.follow_up_of_id == merged.follows and not enquiry.returns
    yield MailPlan(decision, enquiry, UndoPlan.PLAIN if stands else UndoPlan.MOVED)


def _splitting(session: Session, decision: Event, enquiry: Enquiry) -> Iterator[MailPlan]:
    """A mail split up: as long as all its parts wait, as they were made."""
    ids = MailSplit.read(decision.data).parts
    untouched = select(func.count(Enquiry.id)).where(
        Enquiry.id.in_(ids),
        Enquiry.state == State.TRIAGE,
        Enquiry.returns == 0,
        Enquiry.case_id.is_(None) | (Enquiry.case_id == enquiry.case_id),
    )
    is_split = enquiry.state is State.SET_ASIDE and enquiry.reason == SetAside.SPLIT
    stands = is_split and session.scalar(untouched) == len(ids)
    yield MailPlan(decision, enquiry, UndoPlan.PLAIN if stands else UndoPlan.MOVED)


def _put_back(session: Session, decision: Event, enquiry: Enquiry) -> Iterator[MailPlan]:
    """A mail that the robot had set aside: as long as it waits."""
    yield MailPlan(decision, enquiry, UndoPlan.PLAIN if enquiry.state is State.TRIAGE else UndoPlan.MOVED)


def _wave(session: Session, decision: Event, _enquiry: Enquiry) -> Iterator[MailPlan]:
    """Similar mails decided as one: all of them, each with its own follow-ups, or none."""
    for each in members_of(session, decision):
        yield from plan(session, each).mails


PLANS: Mapping[type[DomainEvent], Callable[[Session, Event, Enquiry], Iterator[MailPlan]]] = {
    SuggestionConfirmed: _route,
    SuggestionCorrected: _route,
    EnquiryDismissed: _route,
    EnquiryReferred: _referral,
    EnquiryMerged: _merging,
    MailSplit: _splitting,
    MailPutBack: _put_back,
    WaveDecided: _wave,
}
"""Each kind of decision → its plan. What takes it back stands in app/services/triage/undoing.py under the same kind."""
