"""The states of an enquiry and their transitions. One table says which may follow which."""

from enum import StrEnum


class State(StrEnum):
    RECEIVED = "received"
    TRIAGE = "triage"
    ROUTED = "routed"
    ANSWERED = "answered"
    CLOSED = "closed"
    SET_ASIDE = "set_aside"
    REFERRED = "referred"


class LabelSource(StrEnum):
    """The sources of a label.

    That is how we came to know where an enquiry belongs; the robot's own routes are never among them.
    """

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    RETURNED = "returned"
    """Corrected after a unit sent it back."""
    ANSWERED = "answered"
    """Routed automatically and answered by that unit."""
    HISTORY = "history"


FOLLOWING: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.TRIAGE, State.ROUTED, State.SET_ASIDE}),
    State.TRIAGE: frozenset({State.RECEIVED, State.ROUTED, State.REFERRED, State.SET_ASIDE}),
    State.ROUTED: frozenset({State.TRIAGE, State.ANSWERED}),
    State.ANSWERED: frozenset({State.CLOSED, State.ROUTED}),
    State.SET_ASIDE: frozenset({State.TRIAGE}),
    State.REFERRED: frozenset({State.TRIAGE}),
    State.CLOSED: frozenset({State.ROUTED}),
}
"""TRIAGE → RECEIVED is "reprocess" of a mail that could not be read; the way back to TRIAGE is undo or a return, from
ANSWERED and CLOSED back to ROUTED an answer that did not arrive."""

OPEN = frozenset({State.RECEIVED, State.TRIAGE, State.ROUTED})
"""Somebody still owes the citizen something."""


def hides_suggestion(*, blind: bool, state: State, returns: int) -> bool:
    """Tell whether the robot's suggestion is hidden. A blind decision is still to be made then.

    After a return everybody knows where the mail has been, and hiding tells nothing any more.
    """
    return blind and not returns and state in (State.RECEIVED, State.TRIAGE)


class TransitionError(Exception):
    """A change of state that the table does not know."""


def follow(state: State, target: State) -> State:
    """Return `target` where the table allows it after `state`.

    Raises:
        TransitionError: it does not.
    """
    if target not in FOLLOWING[state]:
        raise TransitionError(f"{state} cannot become {target}")
    return target
