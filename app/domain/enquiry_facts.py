"""Derive what figures count of one enquiry from its events.

All that a manager's page, its JSON and its spreadsheet say is counted over these facts, and nothing of them names a person. They
follow from the audit log and can be made anew from it at any time (app/services/reports/enquiry_facts.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from app.domain.deadline_status import working_days
from app.domain.deadlines import STANDARD, Calendar, local_day
from app.domain.decision_times import DecisionKind
from app.domain.events.base import DomainEvent
from app.domain.events.casework import DocumentFiled
from app.domain.events.inbound import EnquiryRouted, FollowUpLinked, MailPutBack, MailSetAside
from app.domain.events.triage import (
    DecisionUndone,
    EnquiryDismissed,
    EnquiryMerged,
    EnquiryReferred,
    EnquiryReturned,
    MailSplit,
    TriageDecision,
    UnitChosen,
)
from app.domain.routing import Reason
from app.domain.undo import UndoPlan


class Way(StrEnum):
    """How the first place of a mail was found. A decision that was undone before it left the house counts for nothing."""

    AUTOMATIC = "automatic"
    """The robot's: by confidence or by a rule."""
    FOLLOW_UP = "follow_up"
    """It went with the mail that it continues."""
    DIRECT = "direct"
    """It came to the unit's own mailbox."""
    MANUAL = "manual"
    ASIDE = "aside"
    """The robot saw that it asked nothing of us."""
    WAITING = "waiting"


SORTED = (Way.AUTOMATIC, Way.MANUAL, Way.FOLLOW_UP)
"""What somebody had to find a place for before there was a robot, or knew that it belonged to an earlier mail."""

BY_REASON: dict[str, Way] = {Reason.DIRECT: Way.DIRECT, Reason.FOLLOW_UP: Way.FOLLOW_UP}
"""Reasons of the robot's that judge nothing; all others say that it chose the unit."""


AT_THE_UNIT = (UndoPlan.RECALL, UndoPlan.REOPEN)
"""Ways of undoing a decision whose mail a unit has had."""


class PastEvent(NamedTuple):
    """An event of one enquiry: its number in the log, when it was, and what it says."""

    id: int
    at: datetime
    content: DomainEvent


class Routing(NamedTuple):
    """One time that an enquiry was given to a unit."""

    at: datetime
    unit_id: int


@dataclass(frozen=True, slots=True)
class EnquiryFacts:
    """What figures count of one enquiry.

    Attributes:
        way: how its first place was found; `reason` with which the robot did (app/domain/routing.py), or "".
        first_unit_id, first_routed_at: of the first routing that was not taken back.
        unit_id, routed_at: of the latest, which stands.
        hops: units it was given to before the one it is with, or was last with.
        returns: how often a unit gave it back.
        days_lost: working days from the first routing until the latest, where they are of different units.
        journaled_at: when the first document of it was filed.
        seconds: that people took to decide it in triage, together; None where nobody's time was taken.
        decided_as: how people decided it, the last time that they looked at it; None where it was not looked at.
    """

    way: Way
    reason: str
    first_unit_id: int | None
    first_routed_at: datetime | None
    unit_id: int | None
    routed_at: datetime | None
    hops: int
    returns: int
    days_lost: int
    journaled_at: datetime | None
    seconds: float | None
    decided_as: DecisionKind | None


def facts(events: Sequence[PastEvent], calendar: Calendar = STANDARD) -> EnquiryFacts:
    """Return the facts of an enquiry from its events, in the order of the log."""
    standing = _standing(events)
    routings = _routings(standing)
    first, latest = (routings[0], routings[-1]) if routings else (None, None)
    way, reason = _way(standing)
    return EnquiryFacts(
        way=way,
        reason=reason,
        first_unit_id=first.unit_id if first else None,
        first_routed_at=first.at if first else None,
        unit_id=latest.unit_id if latest else None,
        routed_at=latest.at if latest else None,
        hops=_hops(routings),
        returns=sum(isinstance(e.content, EnquiryReturned) for e in events),
        days_lost=_days_lost(routings, calendar),
        journaled_at=next((e.at for e in events if isinstance(e.content, DocumentFiled)), None),
        seconds=_seconds(events),
        decided_as=next((kind for e in reversed(events) if (kind := _decided_as(e.content))), None),
    )


def lag_days(received_at: datetime, until: datetime | None, calendar: Calendar = STANDARD) -> int | None:
    """Count the working days from the receipt until something was done; None where it was not."""
    return None if until is None else working_days(local_day(received_at), local_day(until), calendar)


def _standing(events: Sequence[PastEvent]) -> list[PastEvent]:
    """Return the events without what was taken back before it had left the house.

    What a unit had already stays: it was there, and days went by. A follow-up is undone by the number of its thread's decision.
    """
    found: list[PastEvent] = []
    for event in events:
        undone = event.content
        if isinstance(undone, DecisionUndone) and undone.way not in AT_THE_UNIT:
            found = found[: _beginning(found, undone.event_id)]
        else:
            found.append(event)
    return found


def _beginning(events: Sequence[PastEvent], decision: int) -> int:
    """Return where a decision begins. A merge is told of behind the link and the route that it brought."""
    start = next((n for n, event in enumerate(events) if event.id >= decision), len(events))
    if start < len(events) and isinstance(events[start].content, EnquiryMerged):
        while start and isinstance(events[start - 1].content, EnquiryRouted | FollowUpLinked):
            start -= 1
    return start


def _routings(events: Iterable[PastEvent]) -> list[Routing]:
    found: list[Routing] = []
    for event in events:
        match event.content:
            case EnquiryRouted(unit_id=int(unit)):
                found.append(Routing(event.at, unit))
            case UnitChosen(unit_id=unit):
                found.append(Routing(event.at, unit))
    return found


def _way(events: Sequence[PastEvent]) -> tuple[Way, str]:
    for event in events:
        match event.content:
            case EnquiryRouted(reason=reason):
                return BY_REASON.get(reason, Way.AUTOMATIC), reason
            case FollowUpLinked():
                return Way.FOLLOW_UP, ""
            case MailSetAside(reason=reason):
                if not _put_back(events, event.id):
                    return Way.ASIDE, reason
            case UnitChosen() | EnquiryDismissed() | EnquiryReferred() | EnquiryMerged() | MailSplit():
                return Way.MANUAL, ""
    return Way.WAITING, ""


def _put_back(events: Sequence[PastEvent], since: int) -> bool:
    """Tell whether a human put a mail back that the robot had set aside."""
    return any(isinstance(e.content, MailPutBack) and e.id > since for e in events)


def _hops(routings: Sequence[Routing]) -> int:
    """Count the changes of unit."""
    return sum(one.unit_id != other.unit_id for one, other in pairwise(routings))


def _days_lost(routings: Sequence[Routing], calendar: Calendar) -> int:
    if not _hops(routings) or routings[0].unit_id == routings[-1].unit_id:
        return 0
    return working_days(local_day(routings[0].at), local_day(routings[-1].at), calendar)


def _seconds(events: Sequence[PastEvent]) -> float | None:
    taken = [e.content.seconds for e in events if isinstance(e.content, TriageDecision)]
    known = [each for each in taken if isinstance(each, int | float)]
    return sum(known) if known else None


def _decided_as(content: DomainEvent) -> DecisionKind | None:
    """Return how something was decided. What went with another mail has no word on blindness, and took nobody's time."""
    match content:
        case EnquiryMerged():
            return DecisionKind.ENDED
        case TriageDecision(blind=True):
            return DecisionKind.BLIND
        case UnitChosen(blind=False):
            return DecisionKind(content.kind)
        case TriageDecision(blind=False):
            return DecisionKind.ENDED
    return None
