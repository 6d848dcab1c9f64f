"""Undo of decisions.

The mail waits again with its deadline, the model forgets, and the unit that has the mail is told.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events.inbound import MailPutBack
from app.domain.events.triage import (
    CaseReopening,
    DecisionUndone,
    EnquiryMerged,
    EnquiryRecalled,
    EnquiryReferred,
    MailSplit,
    WaveDecided,
)
from app.domain.undo import UndoPlan
from app.errors import RefusedError
from app.models.case import Recall
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.queries.triage import recent_decisions
from app.services.inbound import aside
from app.services.learning import labels
from app.services.platform import events
from app.services.platform.robot import Robot
from app.services.triage import merging, referring, returns, splitting

REFUSALS = {
    UndoPlan.LEAVING: "leaving_now",
    UndoPlan.ANSWERED: "answered_already",
    UndoPlan.MOVED: "decided_since",
    UndoPlan.SENT_ON: "referral_left",
}
OWN_WAY = {MailSplit.kind: splitting.undo, EnquiryMerged.kind: merging.undo, MailPutBack.kind: aside.undo}
"""Kinds of decision that are more than a route or a dismissal: what takes each back."""


def undo(session: Session, robot: Robot, *, by: Actor, now: datetime, event_id: int | None = None) -> Enquiry:
    """Undo one of a person's latest decisions. The default is the very latest. Return the enquiry that waits again.

    The robot's work that has not begun finds out by itself: it begins with a look whether the route still stands.

    Raises:
        RefusedError: there is nothing to undo, or it is too late; nothing was changed.
    """
    made = recent_decisions.find(session, by.email, event_id)
    if made is None:
        raise RefusedError("nothing_to_undo")
    decision = made.event
    if decision.kind == WaveDecided.kind:
        return _take_back_wave(session, robot, decision, by=by, now=now)
    if decision.kind == EnquiryReferred.kind and EnquiryReferred.read(decision.data).referral_id:
        return referring.undo(session, decision, by=by, now=now)
    if decision.kind in OWN_WAY:
        return OWN_WAY[decision.kind](session, decision, by=by, now=now)
    return take_back(session, robot, decision, by=by, now=now)


def take_back(session: Session, robot: Robot, decision: Event, *, by: Actor, now: datetime) -> Enquiry:
    """Undo a route or a dismissal, with its follow-ups.

    Raises:
        RefusedError: it is too late.
    """
    enquiry = session.get_one(Enquiry, decision.enquiry_id)
    ways = {each: _way(session, each, decision) for each in (enquiry, *_gone_with(session, enquiry, enquiry.state))}
    for each, way in ways.items():
        if not way.possible:
            raise RefusedError(REFUSALS[way], enquiry_id=each.id)
    for each, way in ways.items():
        _amend_outside(session, robot, each, way, by=by, now=now)
        _put_back(each, by)
        events.record(session, DecisionUndone(event_id=decision.id, way=way), by=by, now=now, enquiry_id=each.id)
    labels.revoke(session, enquiry.id, by=by, now=now)
    return enquiry


def _take_back_wave(session: Session, robot: Robot, decision: Event, *, by: Actor, now: datetime) -> Enquiry:
    """Undo what was decided for a whole wave; returns the first of its mails."""
    members = recent_decisions.members_of(session, decision)
    if not members:
        raise RefusedError("nothing_to_undo")
    back = [
        referring.undo(session, each, by=by, now=now)
        if each.kind == EnquiryReferred.kind
        else take_back(session, robot, each, by=by, now=now)
        for each in members
    ]
    events.record(session, DecisionUndone(event_id=decision.id), by=by, now=now, enquiry_id=back[0].id)
    return back[0]


def _way(session: Session, enquiry: Enquiry, decision: Event) -> UndoPlan:
    """Return the plan of an undo for one mail.

    The decision's own mail has the decision's route; a follow-up may have come later, and has its own.
    """
    own = enquiry.id == decision.enquiry_id
    made_at = recent_decisions.routing_no_of(decision.content, enquiry)
    routing_no = made_at if own else enquiry.routing_no
    return recent_decisions.undo_plan_of_route(session, decision.kind, enquiry, routing_no)


def _amend_outside(
    session: Session, robot: Robot, enquiry: Enquiry, way: UndoPlan, *, by: Actor, now: datetime
) -> None:
    """Order what must be told outside the house."""
    if way is UndoPlan.RECALL:
        session.add(Recall(enquiry_id=enquiry.id, routing_no=enquiry.routing_no, unit_id=enquiry.unit_id, at=now))
        events.record(session, EnquiryRecalled(unit_id=enquiry.unit_id), by=by, now=now, enquiry_id=enquiry.id)
        robot.enqueue(session, "recall", enquiry.id, enquiry.routing_no)
    elif way is UndoPlan.REOPEN:
        event = events.record(session, CaseReopening(), by=by, now=now, enquiry_id=enquiry.id)
        robot.enqueue(session, f"reopen-{event.id}", enquiry.id, enquiry.routing_no, workflow="reopen")


def _put_back(enquiry: Enquiry, by: Actor) -> None:
    """Into triage again. No return: the unit has not refused it, and its deadline never moved."""
    returns.wait_again(enquiry, by)
    enquiry.unit = enquiry.routed_at = None
    enquiry.automatic = enquiry.direct = False


def _gone_with(session: Session, enquiry: Enquiry, state: State) -> Iterator[Enquiry]:
    """Follow-ups that stand where the enquiry stands, also follow-ups to those."""
    query = select(Enquiry).where(Enquiry.follow_up_of_id == enquiry.id, Enquiry.state == state).order_by(Enquiry.id)
    for follower in session.scalars(query).all():
        yield follower
        yield from _gone_with(session, follower, state)
