"""Which labels come back in real life: what a human decided always, what the robot routed almost never."""

import random
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What follows from one prediction.

    automatic: the robot routed it alone. known: its label will come. weight: how many mails it stands for when the
    confidence limit is chosen; 0 where its label came because it was wrong, which would tell too bad a tale.
    """

    automatic: bool
    known: bool
    weight: int


class Feedback(Protocol):
    """Asked once for every scored mail, in order."""

    def answer(self, *, confident: bool, right: bool) -> Answer: ...


class Full:
    """Every mail gets its label, as on a history that people decided."""

    def answer(self, *, confident: bool, right: bool) -> Answer:
        return Answer(automatic=confident, known=True, weight=1)


class Partial:
    """The robot's own routes are never labels. A blind check makes one human-decided; a wrong one may be sent back.

    Args:
        checked: of the mails that could go automatically, the share that a human decides blind instead, in (0, 1].
            One of them stands for all that were not checked (Horvitz and Thompson, JASA 47 (1952), 663-685).
        returned: of the wrong automatic routes, the share that comes back.
        seed: decides both coins; they are tossed for every mail, so that they do not depend on the model.
    """

    def __init__(self, checked: float = 0.05, returned: float = 0.5, seed: int = 11) -> None:
        self._checked, self._returned = checked, returned
        self._chance = random.Random(seed)  # noqa: S311 - coins of an experiment

    def answer(self, *, confident: bool, right: bool) -> Answer:
        blind, back = self._chance.random() < self._checked, self._chance.random() < self._returned
        if not confident:
            return Answer(automatic=False, known=True, weight=1)
        if blind:
            return Answer(automatic=False, known=True, weight=round(1 / self._checked))
        return Answer(automatic=True, known=back and not right, weight=0)
