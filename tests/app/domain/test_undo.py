"""Which decisions can be taken back, and how."""

import pytest

from app.domain.enquiry import State
from app.domain.undo import UndoPlan, plan


@pytest.mark.parametrize(("kind", "state", "same", "leaving", "sent", "case", "expected"), [
    ("confirmed", State.ROUTED, True, False, False, False, UndoPlan.PLAIN),
    ("corrected", State.ROUTED, True, False, False, True, UndoPlan.PLAIN),
    ("corrected", State.ROUTED, True, True, False, True, UndoPlan.LEAVING),
    ("corrected", State.ROUTED, True, True, True, True, UndoPlan.RECALL),
    ("confirmed", State.ROUTED, False, False, False, True, UndoPlan.MOVED),
    ("confirmed", State.TRIAGE, True, True, True, True, UndoPlan.MOVED),
    ("confirmed", State.SET_ASIDE, True, True, True, True, UndoPlan.MOVED),
    ("confirmed", State.ANSWERED, True, True, True, True, UndoPlan.ANSWERED),
    ("confirmed", State.CLOSED, True, True, True, True, UndoPlan.ANSWERED),
    ("confirmed", State.CLOSED, False, True, True, True, UndoPlan.MOVED),
    ("dismissed", State.SET_ASIDE, True, False, False, False, UndoPlan.PLAIN),
    ("dismissed", State.SET_ASIDE, True, True, True, True, UndoPlan.REOPEN),
    ("referred", State.REFERRED, True, False, False, True, UndoPlan.REOPEN),
    ("referred", State.TRIAGE, True, False, False, False, UndoPlan.MOVED),
])  # fmt: skip
def test_ways(kind: str, state: State, same: bool, leaving: bool, sent: bool, case: bool, expected: UndoPlan) -> None:
    found = plan(kind, state, same_route=same, leaving=leaving, sent=sent, case=case)
    assert found is expected
    assert found.possible == (expected in (UndoPlan.PLAIN, UndoPlan.RECALL, UndoPlan.REOPEN))
