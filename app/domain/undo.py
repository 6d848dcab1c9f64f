"""Whether a decision can still be taken back, and what that costs outside the house."""

from enum import StrEnum

from app.domain.enquiry import State


class Way(StrEnum):
    """What undo does, or why it cannot."""

    PLAIN = "plain"
    """Nothing has left the house."""
    RECALL = "recall"
    """The unit has the mail: it is told that the mail is taken back."""
    REOPEN = "reopen"
    """The robot has closed the case, or is about to: it is opened again."""
    LEAVING = "leaving"
    """The robot is sending the mail at this moment."""
    ANSWERED = "answered"
    MOVED = "moved"
    """Somebody else has decided since, or the mail waits again already."""

    @property
    def possible(self) -> bool:
        return self in (Way.PLAIN, Way.RECALL, Way.REOPEN)


DECIDED = {
    "confirmed": State.ROUTED,
    "corrected": State.ROUTED,
    "dismissed": State.SET_ASIDE,
    "referred": State.REFERRED,
}
"""Kind of event → the state the decision led to."""


def way(kind: str, state: State, *, same_route: bool, leaving: bool, sent: bool, case: bool) -> Way:
    """How the decision `kind` on an enquiry that stands in `state` now can be taken back.

    Args:
        same_route: it has not been routed again since.
        leaving: the robot has begun to send it to the unit.
        sent: it has been sent.
        case: it has a case.
    """
    decided = DECIDED[kind]
    if same_route and decided is State.ROUTED and state in (State.ANSWERED, State.CLOSED):
        return Way.ANSWERED
    if not same_route or state is not decided:
        return Way.MOVED
    if state is State.ROUTED:
        return Way.RECALL if sent else Way.LEAVING if leaving else Way.PLAIN
    return Way.REOPEN if case else Way.PLAIN
