"""When a unit's breaker trips."""

import pytest

from app.domain.breaker import BreakerOutcome, judge

R, W = BreakerOutcome(True), BreakerOutcome(False)


def checks(right: int, wrong: int, probability: float = 0.1) -> list[BreakerOutcome]:
    return [BreakerOutcome(True, probability)] * right + [BreakerOutcome(False, probability)] * wrong


@pytest.mark.parametrize(
    ("outcomes", "routed", "max_error", "trips"),
    [
        ([], 0, 0.05, False),
        ([W, W], 1000, 0.05, False),
        ([W, W, W], 1000, 0.05, True),
        ([W, W, W] + [R] * 50, 1000, 0.05, False),
        ([W, W, W] + [R] * 47, 1000, 0.05, True),
        (checks(40, 2), 400, 0.05, False),
        (checks(40, 3), 400, 0.05, True),
        (checks(0, 2) + [R] * 10, 100, 0.05, True),  # two of two checks: surely above 5 %
        (checks(0, 1), 100, 0.05, False),
        (checks(0, 1), 100, 0.02, True),  # one of one: 2.5-100 %
        ([W], 1, 0.05, False),  # the only route came back: 2.5-100 %
        ([W, W], 2, 0.05, True),  # both routes came back
        ([W, W], 2, 0.4, False),
        ([W] * 20 + [R] * 50, 100, 0.05, True),  # long ago, but a fifth of all routes came back
    ],
)
def test_when_the_breaker_trips(outcomes: list[BreakerOutcome], routed: int, max_error: float, trips: bool) -> None:
    assert judge(outcomes, routed, max_error).trips is trips
