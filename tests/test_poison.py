"""A small slice of the poison acceptance: an attack changes something, and little."""

import numpy as np

from learning.example import Example
from tests.poison import House, Mails, Run, attacked, harms, limit


def made(mails: int) -> Mails:
    random = np.random.default_rng(11)
    found: Mails = []
    for n in range(mails):
        unit = int(random.integers(4))
        words = [f"eget{unit}x{w}" for w in random.integers(30, size=4)] + [
            f"ord{w}" for w in random.integers(200, size=15)
        ]
        found.append((Example(str(n), words[0], " ".join(words)), str(unit)))
    return found


def test_an_attack_takes_at_most_two_points() -> None:
    clean, found = harms(made(600))
    assert clean.f1 > 0.9
    assert clean.poisoned == 0
    small = [harm for name, harm in found.items() if "account" not in name]
    assert all(harm.points <= 2 and harm.poisoned > 0 for harm in small), found


def test_a_labeller_who_lies_half_of_the_time_is_noticed_within_fifty_labels() -> None:
    mails = made(900)
    clean, hostile = attacked(mails), attacked(mails, flipped=0.5)
    acted, alarmed = hostile.acted(clean), hostile.alarmed(clean)
    assert alarmed is not None
    assert alarmed <= 50
    # By then the confidences have fallen, so that hardly anything is routed by which a unit could fall back sooner.
    assert acted is not None
    assert acted <= 100
    assert clean.acted(clean) is None


def test_what_happens_without_an_attack_is_not_laid_at_its_door() -> None:
    usual, worse = House(11), House(11)
    usual.breaker, worse.breaker = {"a": (10, 0)}, {"a": (12, 1), "b": (30, 7)}
    assert Run(0.9, 9, worse).acted(Run(0.9, 0, usual)) == 7
    worse.breaker["a"] = (9, 1)
    assert Run(0.9, 9, worse).acted(Run(0.9, 0, usual)) == 1


def test_the_limit_is_the_lowest_that_keeps_the_budget() -> None:
    assert limit([(0.9, True)] * 19 + [(0.8, False), (0.7, True), (0.6, False)]) == 0.7
    assert limit([(0.9, False)]) > 1
