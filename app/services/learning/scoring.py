"""The order in which open enquiries are scored again. The lessons that wait for it are kept, too."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Waiting:
    """A learned label that waits for its receipt. Due once every open enquiry has been scored since."""

    label_id: int
    changed: list[int] = field(default_factory=list)


class Scoring:
    """Passes over the open enquiries to score them again. Each is cut short where a new lesson comes in between.

    A cut pass is not begun anew: after the most pressing ones, those come first that have waited the longest.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._lesson, self._under_way = 0, False
        self._scored: dict[int, int] = {}
        """Open enquiry → the lesson since which it has been scored."""
        self._queue: list[int] = []
        self._waiting: list[Waiting] = []

    @property
    def due(self) -> bool:
        """Tell whether a pass is due or unfinished."""
        return self._under_way

    def lesson(self, label_ids: Sequence[int]) -> None:
        """Note new lessons: every enquiry is scored again. The model has changed."""
        self._lesson, self._under_way = self._lesson + 1, True
        self._waiting += [Waiting(label_id) for label_id in label_ids]

    def open(self, ids: Sequence[int]) -> None:
        """Set the open enquiries, the most pressing first."""
        self._scored = {n: self._scored.get(n, 0) for n in ids}
        stale = [n for n in ids if self._scored[n] < self._lesson]
        pressing, rest = stale[: self._first], stale[self._first :]
        self._queue = pressing + sorted(rest, key=self._scored.__getitem__)

    def next(self, count: int) -> list[int]:
        """Return the next enquiries to score. None once the pass is through."""
        return self._queue[:count]

    def scored(self, ids: Sequence[int], changed: Sequence[int]) -> None:
        """Note scored enquiries. `changed` have another first suggestion now."""
        done = set(ids)
        self._queue = [n for n in self._queue if n not in done]
        self._scored |= dict.fromkeys(ids, self._lesson)
        for each in self._waiting:
            each.changed += [n for n in changed if n not in each.changed]

    def finish(self) -> list[tuple[int, list[int]]]:
        """Return the lessons whose pass has ended. Each is (label, enquiries that changed)."""
        ended, self._waiting, self._under_way = self._waiting, [], False
        return [(each.label_id, sorted(each.changed)) for each in ended]
