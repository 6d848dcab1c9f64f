from dataclasses import replace

import pytest

from app.domain.routing import Mode, Reason, decide
from app.domain.rules import RoutingRule
from learning.example import Ranking, Suggestion


def ranking(*confidences: float) -> Ranking:
    return Ranking(tuple(Suggestion(str(n), c) for n, c in enumerate(confidences, 1)))


MODES = {"1": Mode.AUTOMATIC, "2": Mode.SUGGEST, "3": Mode.OBSERVE}
SUGGEST, OBSERVE = {"1": Mode.SUGGEST}, {"1": Mode.OBSERVE}


@pytest.mark.parametrize(
    ("first", "running", "modes", "limit", "unit", "reason"),
    [
        (ranking(0.9), True, MODES, 0.9, "1", Reason.CONFIDENT),
        (ranking(0.89), True, MODES, 0.9, None, Reason.UNSURE),
        (ranking(1.0), True, MODES, None, None, Reason.NO_LIMIT),
        (ranking(1.0), False, MODES, 0.5, None, Reason.STOPPED),
        (ranking(), True, MODES, 0.5, None, Reason.NO_MODEL),
        (ranking(1.0), True, SUGGEST, 0.5, None, Reason.MODE_SUGGEST),
        (ranking(1.0), True, OBSERVE, 0.5, None, Reason.MODE_OBSERVE),
        (ranking(1.0), True, {}, 0.5, None, Reason.UNIT_STOPPED),
    ],
)
def test_decide(
    first: Ranking, running: bool, modes: dict[str, Mode], limit: float | None, unit: str | None, reason: Reason
) -> None:
    route = decide(first, running=running, modes=modes, limit=limit)
    assert (route.unit, route.reason) == (unit, reason)


@pytest.mark.parametrize(
    ("rule", "running", "unit", "reason"),
    [
        (RoutingRule(1, "to a unit on suggestions", unit="2"), True, "2", Reason.RULE_UNIT),
        (RoutingRule(1, "to a unit that is stopped", unit="9"), True, None, Reason.UNIT_STOPPED),
        (RoutingRule(1, "to a human, however sure the model is"), True, None, Reason.RULE_HUMAN),
        (RoutingRule(1, "the switch comes first", unit="2"), False, None, Reason.STOPPED),
    ],
)
def test_a_rule_comes_before_the_model(rule: RoutingRule, running: bool, unit: str | None, reason: Reason) -> None:
    route = decide(ranking(1.0), running=running, modes=MODES, limit=0.5, rule=rule)
    assert (route.unit, route.reason) == (unit, reason)


@pytest.mark.parametrize(
    ("looks", "several", "reason"),
    [
        ({"out_of_scope": True}, False, Reason.OUT_OF_SCOPE),
        ({}, True, Reason.SEVERAL),
        ({"out_of_scope": True}, True, Reason.OUT_OF_SCOPE),
    ],
)
def test_no_confidence_is_enough(looks: dict[str, bool], several: bool, reason: Reason) -> None:
    """For what looks like no unit's mail, and for what may be about several matters."""
    route = decide(replace(ranking(1.0), **looks), running=True, modes=MODES, limit=0.5, several=several)
    assert (route.unit, route.reason) == (None, reason)
