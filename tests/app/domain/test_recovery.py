"""What a reorganisation cost in accuracy, and for how long."""

from datetime import date

import pytest

from app.domain.events.platform import MilestoneNoted
from app.domain.figures import Share
from app.domain.recovery import Recovery, total

DAY = date(2026, 9, 1)
BEFORE = Share(360, 400)
"""90 %, of which Wilson's interval reaches down to 86.7 %."""


def around(*weeks: tuple[int, int], before: Share = BEFORE) -> Recovery:
    return Recovery(DAY, MilestoneNoted(text="Storm"), before, tuple(Share(*week) for week in weeks))


@pytest.mark.parametrize(
    ("weeks", "below", "back"),
    [
        ([(90, 100)], 0, True),
        ([(87, 100), (50, 100)], 2, False),
        ([(86, 100), (87, 100)], 1, True),
        ([(70, 100), (80, 100), (90, 100), (60, 100)], 4, False),
        ([(70, 100), (90, 100), (84, 100), (88, 100), (90, 100), (0, 100)], 1, True),
        ([(70, 100), (0, 0), (90, 100)], 2, True),
        ([(70, 100), (75, 100)], 2, False),
        ([], 0, False),
    ],
)
def test_weeks_until_accuracy_was_back(weeks: list[tuple[int, int]], below: int, back: bool) -> None:
    found = around(*weeks)
    assert (found.weeks_below, found.back) == (below, back)


def test_four_weeks_are_compared_with_four() -> None:
    found = around((70, 100), (70, 100), (70, 100), (70, 100), (0, 100))
    assert found.after == Share(280, 400)
    assert found.beyond_chance
    assert not around((88, 100)).beyond_chance
    assert not around().beyond_chance


def test_the_share_since_it_was_back_and_whether_it_fell() -> None:
    found = around((70, 100), (90, 100), (84, 100), (88, 100), (90, 100), (0, 100))
    assert found.afterwards == Share(352, 400)
    assert found.fell
    assert not around((99, 100)).fell
    assert not around((80, 100), before=Share(300, 400)).fell


def test_too_little_before_or_nothing_after_says_nothing() -> None:
    assert around((1, 2)).known
    assert not around((0, 0)).known
    assert not around((70, 100), before=Share(50, 58)).known


def test_shares_add_up() -> None:
    assert total([Share(1, 2), Share(0, 0), Share(3, 4)]) == Share(4, 6)
