"""What an enquiry waits for while somebody still owes the citizen something."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.enquiry import State


class WaitsFor(StrEnum):
    """What must happen next. One enquiry waits for one of these."""

    READING = "reading"
    """The robot has not read the mail yet."""
    UNREADABLE = "unreadable"
    """A person must look at a mail that could not be read."""
    TRIAGE = "triage"
    OWNER = "owner"
    """Units gave it back, and a named person decides."""
    LETTER = "letter"
    """A person must say whether a letter of the robot's has left."""
    HELD = "held"
    """The robot or the unit is stopped, and its job with it."""
    SYSTEM = "system"
    """The robot's job waits until an outside system answers again."""
    UNIT = "unit"
    """The unit's answer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an enquiry that has not been answered."""

    state: State
    unreadable: bool = False
    owned: bool = False
    letter_unknown: bool = False
    held: bool = False
    system_silent: bool = False


def waits_for(standing: Standing) -> WaitsFor:
    """Return what an open enquiry waits for. What keeps the robot from going on comes before what people do."""
    if standing.letter_unknown:
        return WaitsFor.LETTER
    if standing.system_silent:
        return WaitsFor.SYSTEM
    if standing.held:
        return WaitsFor.HELD
    if standing.state is State.ROUTED:
        return WaitsFor.UNIT
    if standing.unreadable:
        return WaitsFor.UNREADABLE
    if standing.state is State.RECEIVED:
        return WaitsFor.READING
    return WaitsFor.OWNER if standing.owned else WaitsFor.TRIAGE
