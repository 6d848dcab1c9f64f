"""The rules of undo. They say whether a decision can still be taken back, and what that costs outside the house."""

from collections.abc import Iterable
from enum import StrEnum

from app.domain import events
from app.domain.enquiry import State
from app.domain.events.base import EventGroup
from app.domain.events.triage import EnquiryDismissed, EnquiryReferred, SuggestionConfirmed, SuggestionCorrected


class UndoPlan(StrEnum):
    """The ways to undo, or the obstacles."""

    PLAIN = "plain"
    """Nothing has left the house."""
    RECALL = "recall"
    """The unit has the mail: it is told that the mail is taken back."""
    REOPEN = "reopen"
    """The robot has closed the case, or is about to: it is opened again."""
    LEAVING = "leaving"
    """The robot is sending the mail at this moment."""
    SENT_ON = "sent_on"
    """Another authority, or the citizen, has been written to."""
    ANSWERED = "answered"
    MOVED = "moved"
    """Somebody else has decided since, or the mail waits again already."""

    @property
    def possible(self) -> bool:
        return self in (UndoPlan.PLAIN, UndoPlan.RECALL, UndoPlan.REOPEN)


DECIDED = {
    SuggestionConfirmed.kind: State.ROUTED,
    SuggestionCorrected.kind: State.ROUTED,
    EnquiryDismissed.kind: State.SET_ASIDE,
    EnquiryReferred.kind: State.REFERRED,
}
"""Kind of event → the state the decision led to."""
KINDS = events.kinds(EventGroup.DECISION)
"""Kinds of event that tell of a decision in triage."""


def together(ways: Iterable[UndoPlan]) -> UndoPlan:
    """Return the way to undo what was decided as one.

    The first obstacle, where one of them cannot be undone or none is left; a recall where one must be.
    """
    found = list(ways) or [UndoPlan.MOVED]
    stuck = (each for each in found if not each.possible)
    costly = (each for each in (UndoPlan.RECALL, UndoPlan.REOPEN) if each in found)
    return next(stuck, None) or next(costly, UndoPlan.PLAIN)


def plan(kind: str, state: State, *, same_route: bool, leaving: bool, sent: bool, case: bool) -> UndoPlan:
    """Return the way to undo a decision. The decision was of `kind`, on an enquiry that stands in `state` now.

    Args:
        same_route: it has not been routed again since.
        leaving: the robot has begun to send it to the unit.
        sent: it has been sent.
        case: it has a case.
    """
    decided = DECIDED[kind]
    if same_route and decided is State.ROUTED and state in (State.ANSWERED, State.CLOSED):
        return UndoPlan.ANSWERED
    if not same_route or state is not decided:
        return UndoPlan.MOVED
    if state is State.ROUTED:
        return UndoPlan.RECALL if sent else UndoPlan.LEAVING if leaving else UndoPlan.PLAIN
    return UndoPlan.REOPEN if case else UndoPlan.PLAIN
