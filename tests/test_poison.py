"""A small slice of the poison acceptance: an attack changes something, and little."""

import numpy as np

from learning.example import Example
from tests.poison import Mails, losses


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
    clean, lost = losses(made(600))
    assert clean > 0.9
    assert all(points <= 2 for points in lost.values()), lost
