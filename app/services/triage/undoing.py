"""Undo decisions: look up what takes a kind of decision back, ask its plan, and call it.

The mail waits again with its deadline, the model forgets, and the unit that has the mail gets word. Whether that is possible says
the kind's plan alone (app/queries/triage/undo_plans.py), which the pages show as well.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from app.domain.actor import Actor
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
    WaveDecided,
)
from app.domain.undo import UndoPlan
from app.errors import RefusedError
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.queries.triage import recent_decisions, undo_plans
from app.queries.triage.undo_plans import DecisionPlan
from app.services.inbound import aside
from app.services.platform import events
from app.services.platform.robot import Robot
from app.services.triage import decisions, merging, referring, splitting

REFUSALS = {
    UndoPlan.LEAVING: "leaving_now",
    UndoPlan.ANSWERED: "answered_already",
    UndoPlan.MOVED: "decided_since",
    UndoPlan.SENT_ON: "referral_left",
}
OWN_REFUSALS = {(MailSplit.kind, UndoPlan.MOVED): "part_decided"}
"""Where a kind of decision has a word of its own for an obstacle."""


class TakeBack(Protocol):
    """Take back a decision of one kind, and record that; returns the enquiry that waits again."""

    def __call__(
        self, session: Session, robot: Robot, plan: DecisionPlan, /, *, by: Actor, now: datetime
    ) -> Enquiry: ...


def undo(session: Session, robot: Robot, *, by: Actor, now: datetime, event_id: int | None = None) -> Enquiry:
    """Undo one of a person's latest decisions. The default is the very latest. Return the enquiry that waits again.

    The robot's work that has not begun finds out by itself: it begins with a look whether the route still stands.

    Raises:
        RefusedError: there is nothing to undo, or it is too late; nothing was changed.
    """
    made = recent_decisions.find(session, by.email, event_id)
    if made is None:
        raise RefusedError("nothing_to_undo")
    return _take_back(session, robot, made.event, by=by, now=now)


def _take_back(session: Session, robot: Robot, decision: Event, *, by: Actor, now: datetime) -> Enquiry:
    plan = undo_plans.plan(session, decision)
    if not plan.mails:
        raise RefusedError("nothing_to_undo")
    if stuck := plan.obstacle:
        own = OWN_REFUSALS.get((stuck.event.kind, stuck.way))
        raise RefusedError(own or REFUSALS[stuck.way], enquiry_id=stuck.enquiry.id)
    return TAKE_BACK[type(decision.content)](session, robot, plan, by=by, now=now)


def _take_back_wave(session: Session, robot: Robot, plan: DecisionPlan, *, by: Actor, now: datetime) -> Enquiry:
    """Undo what was decided for a whole wave; returns the first of its mails."""
    members = undo_plans.members_of(session, plan.decision)
    back = [_take_back(session, robot, each, by=by, now=now) for each in members]
    events.record(session, DecisionUndone(event_id=plan.decision.id), by=by, now=now, enquiry_id=back[0].id)
    return back[0]


TAKE_BACK: Mapping[type[DomainEvent], TakeBack] = {
    SuggestionConfirmed: decisions.take_back,
    SuggestionCorrected: decisions.take_back,
    EnquiryDismissed: decisions.take_back,
    EnquiryReferred: referring.take_back,
    EnquiryMerged: merging.take_back,
    MailSplit: splitting.take_back,
    MailPutBack: aside.take_back,
    WaveDecided: _take_back_wave,
}
"""Each kind of decision → what takes it back, once its plan (`undo_plans.PLANS`) says that this is possible."""
