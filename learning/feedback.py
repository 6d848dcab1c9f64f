"""Feedback: which labels come back in real life.

Human decisions always come back, the robot's routes almost never.
"""

import random
from collections import Counter, deque
from dataclasses import dataclass
from typing import Protocol

from learning.sampling import FIRST, FLOOR, probability

RECENT = 2_000
"""A blind check older than so many mails says little about the model of today."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The consequences of one prediction.

    automatic: the robot routed it alone. known: its label will come. weight: how many mails it stands for when the
    confidence limit is chosen; 0 where its label came because it was wrong, which would tell too bad a tale.
    """

    automatic: bool
    known: bool
    weight: float


class Feedback(Protocol):
    """The interface of feedback.

    It is asked once for every scored mail, in order. `unit` is the one that was suggested, "" where none was.
    """

    def answer(self, *, confident: bool, right: bool, unit: str) -> Answer: ...


class Full:
    """Full feedback: every mail gets its label. So it is on a history that people decided."""

    def answer(self, *, confident: bool, right: bool, unit: str) -> Answer:
        return Answer(automatic=confident, known=True, weight=1.0)


class Partial:
    """Partial feedback: the robot's own routes are no labels.

    A blind check makes one human-decided; a wrong one may be sent back.

    Checks are as frequent as in the house (`sampling.probability`): many where few were made lately.

    Args:
        checked: of the mails that could go automatically, at least this share is decided blind by a human, in (0, 1].
            One of them stands for 1 / probability mails (Horvitz and Thompson, JASA 47 (1952), 663-685).
        returned: of the wrong automatic routes, the share that comes back.
        seed: decides both coins; they are tossed for every mail, so that they do not depend on the model.
    """

    def __init__(self, checked: float = FLOOR, returned: float = 0.5, seed: int = 11, first: float = FIRST) -> None:
        self._checked, self._first, self._returned = checked, first, returned
        self._chance = random.Random(seed)  # noqa: S311 - coins of an experiment
        self._mails = 0
        self._checks = deque[tuple[int, str]]()
        self._units = Counter[str]()

    def answer(self, *, confident: bool, right: bool, unit: str) -> Answer:
        coin, back = self._chance.random(), self._chance.random() < self._returned
        self._forget()
        if not confident:
            return Answer(automatic=False, known=True, weight=1.0)
        chance = probability(self._units[unit], len(self._checks), floor=self._checked, first=self._first)
        if coin < chance:
            self._checks.append((self._mails, unit))
            self._units[unit] += 1
            return Answer(automatic=False, known=True, weight=1 / chance)
        return Answer(automatic=True, known=back and not right, weight=0.0)

    def _forget(self) -> None:
        self._mails += 1
        while self._checks and self._checks[0][0] <= self._mails - RECENT:
            self._units[self._checks.popleft()[1]] -= 1
