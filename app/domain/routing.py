"""The routing policy: what becomes of a new enquiry."""

from dataclasses import dataclass
from enum import StrEnum

from learning.example import Ranking


class Mode(StrEnum):
    """How much a unit trusts the robot."""

    OBSERVE = "observe"
    """The suggestion is kept for the record, a human decides without seeing it marked."""
    SUGGEST = "suggest"
    AUTOMATIC = "automatic"


class Reason(StrEnum):
    """Why an enquiry was routed or sent to a human; the text a person reads is in the web's labels."""

    CONFIDENT = "confident"
    STOPPED = "stopped"
    NO_MODEL = "no_model"
    NO_LIMIT = "no_limit"
    UNSURE = "unsure"
    MODE_OBSERVE = "mode_observe"
    MODE_SUGGEST = "mode_suggest"
    FOLLOW_UP = "follow_up"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Route:
    """`unit` is None where a human decides."""

    unit: str | None
    reason: Reason


def confident(ranking: Ranking, limit: float | None) -> bool:
    """Whether the first suggestion reaches the confidence limit; without a limit nothing does."""
    return limit is not None and ranking.first is not None and ranking.confidence >= limit


def decide(ranking: Ranking, *, running: bool, modes: dict[str, Mode], limit: float | None) -> Route:
    """Route one enquiry.

    Args:
        ranking: units by confidence; unit names are ids as text.
        running: False while the robot is stopped.
        modes: the mode of each unit; a unit that is missing gets nothing automatically.
        limit: the confidence limit, None while past evidence supports none.
    """
    first = ranking.first
    if not running:
        return Route(None, Reason.STOPPED)
    if first is None:
        return Route(None, Reason.NO_MODEL)
    mode = modes.get(first.unit, Mode.OBSERVE)
    if mode is not Mode.AUTOMATIC:
        return Route(None, Reason.MODE_SUGGEST if mode is Mode.SUGGEST else Reason.MODE_OBSERVE)
    if limit is None:
        return Route(None, Reason.NO_LIMIT)
    return Route(first.unit, Reason.CONFIDENT) if confident(ranking, limit) else Route(None, Reason.UNSURE)
