"""Which open enquiries are still to be scored again, and in what order; and which lessons wait for that."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Waiting:
    """A label that has been learned; its receipt is due once every open enquiry has been scored since."""

    label_id: int
    changed: list[int] = field(default_factory=list)


class Scoring:
    """One pass after the other over the open enquiries, each cut short where a new lesson comes in between.

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
        """Whether a pass has begun, or is to begin, that has not come to its end."""
        return self._under_way

    def lesson(self, label_ids: Sequence[int]) -> None:
        """The model has changed: every enquiry is to be scored again."""
        self._lesson, self._under_way = self._lesson + 1, True
        self._waiting += [Waiting(label_id) for label_id in label_ids]

    def open(self, ids: Sequence[int]) -> None:
        """These are open now, the most pressing first."""
        self._scored = {n: self._scored.get(n, 0) for n in ids}
        stale = [n for n in ids if self._scored[n] < self._lesson]
        pressing, rest = stale[: self._first], stale[self._first :]
        self._queue = pressing + sorted(rest, key=self._scored.__getitem__)

    def next(self, count: int) -> list[int]:
        """The next ones to score; none once the pass is through."""
        return self._queue[:count]

    def scored(self, ids: Sequence[int], changed: Sequence[int]) -> None:
        """These are done; `changed` have another first suggestion now."""
        done = set(ids)
        self._queue = [n for n in self._queue if n not in done]
        self._scored |= dict.fromkeys(ids, self._lesson)
        for each in self._waiting:
            each.changed += [n for n in changed if n not in each.changed]

    def finish(self) -> list[tuple[int, list[int]]]:
        """(label, enquiries that changed) of every lesson whose pass has ended."""
        ended, self._waiting, self._under_way = self._waiting, [], False
        return [(each.label_id, sorted(each.changed)) for each in ended]
