"""What figures count of one enquiry, from its events."""

from datetime import UTC, datetime

import pytest

from app.domain.decision_times import DecisionKind
from app.domain.enquiry_facts import PastEvent, Way, facts
from app.domain.events.base import DomainEvent
from app.domain.events.casework import DocumentFiled
from app.domain.events.inbound import (
    EnquiryRouted,
    EnquirySentToTriage,
    FollowUpLinked,
    MailPutBack,
    MailReceived,
    MailSetAside,
)
from app.domain.events.triage import (
    DecisionUndone,
    EnquiryDismissed,
    EnquiryMerged,
    EnquiryRecalled,
    EnquiryReturned,
    SuggestionConfirmed,
    SuggestionCorrected,
)

CAME = MailReceived(sha256="", size=1)
TRIAGE = EnquirySentToTriage(unit_id=None, reason="unsure")
BACK = EnquiryReturned(unit_id=1, why="", reason=None, belongs_id=None)
FILED = DocumentFiled(case="S-1", document="D-1", what="mail")


def by_robot(unit: int, reason: str = "confident") -> EnquiryRouted:
    return EnquiryRouted(unit_id=unit, reason=reason)


def chosen(unit: int, seconds: float | None = None) -> SuggestionConfirmed:
    more = {} if seconds is None else {"seconds": seconds, "blind": False}
    return SuggestionConfirmed(hop=0, unit_id=unit, suggested=unit, confidence=0.5, **more)


def taken_back(event_id: int, way: str) -> DecisionUndone:
    return DecisionUndone(event_id=event_id, way=way)


RECALLED = EnquiryRecalled(unit_id=1)


def log(*events: tuple[int, DomainEvent]) -> list[PastEvent]:
    """Events on days of November 2026 (the 2nd is a Monday), numbered from 1."""
    return [PastEvent(n, datetime(2026, 11, day, 12, tzinfo=UTC), each) for n, (day, each) in enumerate(events, 1)]


@pytest.mark.parametrize(
    ("events", "way", "reason"),
    [
        ([CAME], Way.WAITING, ""),
        ([CAME, TRIAGE], Way.WAITING, ""),
        ([CAME, by_robot(1)], Way.AUTOMATIC, "confident"),
        ([CAME, by_robot(1, "rule_unit"), BACK, chosen(2)], Way.AUTOMATIC, "rule_unit"),
        ([CAME, by_robot(1, "direct")], Way.DIRECT, "direct"),
        ([CAME, FollowUpLinked(follows=9), by_robot(1, "follow_up")], Way.FOLLOW_UP, ""),
        ([CAME, MailSetAside(reason="newsletter")], Way.ASIDE, "newsletter"),
        ([CAME, MailSetAside(reason="newsletter"), MailPutBack(reason="", follows=None, remembered=False)], Way.WAITING, ""),
        ([CAME, TRIAGE, EnquiryDismissed(hop=None, reason="spam")], Way.MANUAL, ""),
        ([CAME, TRIAGE, chosen(1), DecisionUndone(event_id=3)], Way.WAITING, ""),
        ([CAME, TRIAGE, chosen(1), DecisionUndone(event_id=3), chosen(2)], Way.MANUAL, ""),
    ],
)  # fmt: skip
def test_how_its_first_place_was_found(events: list[DomainEvent], way: Way, reason: str) -> None:
    found = facts(log(*((2, each) for each in events)))
    assert (found.way, found.reason) == (way, reason)


@pytest.mark.parametrize(
    ("events", "units", "hops", "returns", "lost"),
    [
        ([(2, by_robot(1))], (1, 1), 0, 0, 0),
        ([(2, by_robot(1)), (3, BACK), (5, chosen(2))], (1, 2), 1, 1, 3),
        ([(6, by_robot(1)), (9, EnquiryRecalled(unit_id=1)), (9, chosen(2))], (1, 2), 1, 0, 1),
        ([(2, by_robot(1)), (3, BACK), (4, chosen(1))], (1, 1), 0, 1, 0),
        ([(2, by_robot(1)), (3, BACK), (4, chosen(2)), (5, BACK), (6, chosen(3))], (1, 3), 2, 2, 4),
        ([(2, by_robot(1)), (3, BACK), (4, chosen(2)), (5, BACK), (6, chosen(1))], (1, 1), 2, 2, 0),
        ([(2, chosen(1)), (2, DecisionUndone(event_id=1)), (3, chosen(2))], (2, 2), 0, 0, 0),
        ([(2, TRIAGE)], (None, None), 0, 0, 0),
        ([(2, chosen(1)), (5, RECALLED), (5, taken_back(1, "recall")), (5, chosen(2))], (1, 2), 1, 0, 3),
        ([(2, chosen(1)), (9, taken_back(1, "reopen")), (9, chosen(2))], (1, 2), 1, 0, 5),
        ([(2, FollowUpLinked(follows=9)), (2, chosen(1)), (2, taken_back(2, "plain")), (3, chosen(2))], (2, 2), 0, 0, 0),
    ],
)  # fmt: skip
def test_where_it_went_and_what_that_cost(
    events: list[tuple[int, DomainEvent]], units: tuple[int | None, int | None], hops: int, returns: int, lost: int
) -> None:
    found = facts(log(*events))
    assert (found.first_unit_id, found.unit_id) == units
    assert (found.hops, found.returns, found.days_lost) == (hops, returns, lost)


def test_the_first_document_counts_and_all_seconds_together() -> None:
    events = log((2, chosen(1, 4.5)), (3, FILED), (3, BACK), (4, chosen(2, 10)), (5, FILED))
    found = facts(events)
    assert found.journaled_at == datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert found.seconds == 14.5
    assert facts(log((2, chosen(1)))).seconds is None


def test_how_people_decided_it_the_last_time() -> None:
    hidden = SuggestionConfirmed(hop=0, unit_id=1, suggested=1, confidence=0.5, seconds=9.0, blind=True)
    corrected = SuggestionCorrected(hop=1, unit_id=2, suggested=1, confidence=0.5, seconds=3.0, blind=False)
    dismissed = EnquiryDismissed(hop=None, reason="spam", seconds=2.0, blind=False)
    merged = EnquiryMerged(follows=1, resembled=None, hop=0)
    for events, kind in (
        ([by_robot(1)], None),
        ([chosen(1)], None),
        ([chosen(1, 4.0)], DecisionKind.CONFIRMED),
        ([hidden], DecisionKind.BLIND),
        ([hidden, BACK, corrected], DecisionKind.CORRECTED),
        ([dismissed], DecisionKind.ENDED),
        ([merged], DecisionKind.ENDED),
        ([dismissed, DecisionUndone(event_id=1), chosen(1, 4.0)], DecisionKind.CONFIRMED),
    ):
        assert facts(log(*((2, each) for each in events))).decided_as is kind


def test_a_correction_counts_as_a_choice() -> None:
    corrected = SuggestionCorrected(hop=0, unit_id=3, suggested=1, confidence=0.2)
    assert facts(log((2, corrected))).way is Way.MANUAL


def test_a_follow_up_is_taken_back_with_its_thread() -> None:
    """The undo names the thread's decision, number 7; the follow-up's own stands behind it in the log."""
    at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    content = ((5, TRIAGE), (8, chosen(1)), (9, taken_back(7, "plain")), (12, chosen(2)))
    found = facts([PastEvent(number, at, each) for number, each in content])
    assert (found.first_unit_id, found.hops) == (2, 0)


def test_a_merge_that_was_taken_back_waits_again() -> None:
    merged = EnquiryMerged(follows=9, resembled=None, hop=1)
    events = log(*((2, each) for each in (CAME, TRIAGE, FollowUpLinked(follows=9), by_robot(1, "follow_up"), merged)))
    undone = [
        *events,
        *(PastEvent(n, events[0].at, each) for n, each in ((6, DecisionUndone(event_id=5)), (7, chosen(2)))),
    ]
    assert (facts(events).way, facts(events).unit_id) == (Way.FOLLOW_UP, 1)
    assert facts(undone[:6]).way is Way.WAITING
    assert (facts(undone).way, facts(undone).hops, facts(undone).first_unit_id) == (Way.MANUAL, 0, 2)
