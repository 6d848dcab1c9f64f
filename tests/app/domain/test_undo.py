"""Which decisions can be taken back, and how."""

import pytest

from app.domain.enquiry import State
from app.domain.undo import Way, way


@pytest.mark.parametrize(("kind", "state", "same", "leaving", "sent", "case", "expected"), [
    ("confirmed", State.ROUTED, True, False, False, False, Way.PLAIN),
    ("corrected", State.ROUTED, True, False, False, True, Way.PLAIN),
    ("corrected", State.ROUTED, True, True, False, True, Way.LEAVING),
    ("corrected", State.ROUTED, True, True, True, True, Way.RECALL),
    ("confirmed", State.ROUTED, False, False, False, True, Way.MOVED),
    ("confirmed", State.TRIAGE, True, True, True, True, Way.MOVED),
    ("confirmed", State.SET_ASIDE, True, True, True, True, Way.MOVED),
    ("confirmed", State.ANSWERED, True, True, True, True, Way.ANSWERED),
    ("confirmed", State.CLOSED, True, True, True, True, Way.ANSWERED),
    ("confirmed", State.CLOSED, False, True, True, True, Way.MOVED),
    ("dismissed", State.SET_ASIDE, True, False, False, False, Way.PLAIN),
    ("dismissed", State.SET_ASIDE, True, True, True, True, Way.REOPEN),
    ("referred", State.REFERRED, True, False, False, True, Way.REOPEN),
    ("referred", State.TRIAGE, True, False, False, False, Way.MOVED),
])  # fmt: skip
def test_ways(kind: str, state: State, same: bool, leaving: bool, sent: bool, case: bool, expected: Way) -> None:
    found = way(kind, state, same_route=same, leaving=leaving, sent=sent, case=case)
    assert found is expected
    assert found.possible == (expected in (Way.PLAIN, Way.RECALL, Way.REOPEN))
