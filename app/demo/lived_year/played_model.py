"""Learn a played year's labels in order, and unlearn what is revoked. The model is the replay of the labels that stand."""

import copy
from dataclasses import dataclass

from app.services.learning.learner import TOP
from learning.example import Ranking, TaughtLabel
from learning.features import Prepared
from learning.model import Model

MARKS = 20
"""More are not kept: without one, all is learned again."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A label that was learned, at its position."""

    position: int
    prepared: Prepared
    taught: TaughtLabel


class PlayedModel:
    """A model that knows the way back.

    Who is about to teach something that may turn out wrong sets a mark; unlearning goes back to the latest mark before
    the label and learns what came after it again, as the learner does from a snapshot.
    """

    def __init__(self) -> None:
        self.model = Model()
        self.position = 0
        self.forgotten: int | None = None
        """The earliest position that counts differently since `saved` was called."""
        self._lessons: list[Lesson] = []
        self._marks: dict[int, Model] = {}

    def rank(self, prepared: Prepared, out_of_scope_share: float) -> Ranking:
        """Rank one mail by what has been learned until now."""
        return self.model.rank(prepared, TOP, out_of_scope_share)

    def mark(self) -> None:
        """Keep the model as it is before the next label."""
        self._marks[self.position] = copy.deepcopy(self.model)
        if len(self._marks) > MARKS:
            del self._marks[min(self._marks)]

    def learn(self, prepared: Prepared, taught: TaughtLabel) -> int:
        """Learn a label; return its position."""
        self.position += 1
        self.model.learn(prepared, taught)
        self._lessons.append(Lesson(self.position, prepared, taught))
        return self.position

    def unlearn(self, position: int) -> int:
        """Forget the label of a position; return the position of its revocation."""
        self.position += 1
        start = max((marked for marked in self._marks if marked < position), default=0)
        self._lessons = [lesson for lesson in self._lessons if lesson.position != position]
        self.model = copy.deepcopy(self._marks[start]) if start in self._marks else Model()
        self._marks = {marked: model for marked, model in self._marks.items() if marked < position - 1}
        for lesson in self._lessons:
            if lesson.position > start:
                self.model.learn(lesson.prepared, lesson.taught)
        self.forgotten = min(position, self.forgotten or position)
        return self.position

    def saved(self) -> None:
        """Note that a snapshot holds the model as it is."""
        self.forgotten = None
