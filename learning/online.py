"""The online classifier: softmax regression on hashed features, one gradient step per label and a few on earlier ones.

Every sum is a plain loop of numpy or scipy, none is handed to BLAS: its result would depend on the number of threads.
"""

import hashlib
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river import base
from scipy import sparse
from sklearn.utils import murmurhash3_32

from learning.features import SIZE, Floats, Ints
from learning.reservoir import Lesson, Reservoir

_KEY_SEED = 5
_RARITY = 1.25
"""Power of the idf: what is rare says more than its plain idf, most of all in long mails."""
_FIRST_ROWS, _FIRST_COLUMNS = 1024, 8


class OnlineClassifier(base.Classifier):
    """Sublinear term frequency x running idf, length 1, softmax, stochastic gradient descent with replay.

    Features that were never learned share row 0 of the weights, which stays zero; a feature gets a row of its own when
    it is first learned, a unit a column. Weights take at most 4 * (SIZE + 1) bytes a column, and columns double.

    Parameters
    ----------
    step
        Length of a gradient step; mails have length 1.
    replay
        Earlier lessons revisited with each label.
    insist
        Further steps on the new lesson, at most, while the model would still make the mistake that was corrected.
    memory
        Capacity of the reservoir, in lessons.

    References
    ----------
    Replay: Rolnick et al., Experience Replay for Continual Learning, NeurIPS 2019.

    """

    def __init__(self, step: float = 6.0, replay: int = 10, insist: int = 10, memory: int = 4000) -> None:
        self.step = step
        self.replay = replay
        self.insist = insist
        self.memory = memory
        self.columns: dict[Hashable, int] = {}
        self.seen = 0
        self.rows = 1
        self.row_of = np.zeros(SIZE, np.int32)
        self.weights = np.zeros((_FIRST_ROWS, _FIRST_COLUMNS), np.float32)
        self.frequency = np.zeros(_FIRST_ROWS, np.int32)
        self.reservoir = Reservoir(memory)

    @property
    def settings(self) -> dict[str, float]:
        """The constructor's arguments, by name."""
        return {"step": self.step, "replay": self.replay, "insist": self.insist, "memory": self.memory}

    @property
    def _multiclass(self) -> bool:
        return True

    def learn_one(self, x: Mapping[Any, Any], y: Hashable) -> None:
        self.learn(*_from_dict(x), y, key=f"#{self.seen}")

    def predict_proba_one(self, x: Mapping[Any, Any], **kwargs: Any) -> dict[Any, float]:
        indices, counts = _from_dict(x)
        probabilities = softmax(self.scores(self.weigh(indices, counts), self.weights_of(indices)))
        return dict(zip(self.columns, probabilities.tolist(), strict=True))

    def learn(self, indices: Ints, counts: Floats, unit: Hashable, key: str) -> None:
        """Learn that these features belong to the unit; `key` is the label's id and decides what is revisited.

        The new lesson is taken before and after the earlier ones, so that they do not wear it off at once.
        """
        self.seen += 1
        rows = self._rows_for(indices)
        self.frequency[rows] += 1
        lesson = Lesson(rows, _damped(counts), self._column_for(unit))
        for revisited in (lesson, *self.reservoir.picks(key, self.replay), lesson):
            self._descend(revisited)
        for _ in range(self.insist):
            if not self._mistakes(lesson):
                break
            self._descend(lesson)
        self.reservoir.offer(key, lesson)

    def weigh(self, indices: Ints, counts: Floats) -> Floats:
        """The features' values, float32 [n], with a Euclidean length of 1 (or 0 without features)."""
        return self._weighed(self.row_of[indices], _damped(counts))

    def weights_of(self, indices: Ints) -> Floats:
        """A copy of the features' weights, float32 [n, units]; zero for features never learned."""
        weights: Floats = self.weights[self.row_of[indices], : len(self.columns)]
        return weights

    def scores(self, values: Floats, weights: Floats) -> Floats:
        """Linear scores float32 [units] of one mail."""
        return np.asarray(np.einsum("i,ij->j", values, weights), np.float32)

    def predict_proba_many(self, counts: sparse.csr_matrix) -> NDArray[np.float64]:
        """Probabilities float64 [mails, units] for counts [mails, SIZE]; columns as in `columns`."""
        rows = self.row_of[counts.indices]
        data = np.empty(len(rows), np.float32)
        for start, end in zip(counts.indptr[:-1], counts.indptr[1:], strict=True):
            data[start:end] = self._weighed(rows[start:end], _damped(counts.data[start:end]))
        values = sparse.csr_matrix((data, rows, counts.indptr), (counts.shape[0], len(self.weights)))
        return softmax((values @ self.weights)[:, : len(self.columns)])

    def state_hash(self) -> str:
        """sha256 over everything that can bear on what comes next."""
        digest = hashlib.sha256(repr((self.settings, self.seen, list(self.columns))).encode())
        digest.update(self.row_of.tobytes())
        digest.update(self.frequency[: self.rows].tobytes())
        digest.update(np.ascontiguousarray(self.weights[: self.rows, : len(self.columns)]).tobytes())
        for key, lesson in self.reservoir.entries:
            digest.update(repr((key, lesson.column, len(lesson.rows))).encode())
            digest.update(lesson.rows.tobytes() + lesson.values.tobytes())
        return digest.hexdigest()

    def _descend(self, lesson: Lesson) -> None:
        """One gradient step of the log loss on one mail."""
        values = self._weighed(lesson.rows, lesson.values)
        weights = self.weights[lesson.rows]
        error = np.zeros(weights.shape[1], np.float32)
        known = len(self.columns)
        error[:known] = softmax(self.scores(values, weights)[:known])
        error[lesson.column] -= 1
        weights -= (np.float32(self.step) * values)[:, None] * error
        self.weights[lesson.rows] = weights

    def _mistakes(self, lesson: Lesson) -> bool:
        """Whether another unit scores at least as high as the lesson's own."""
        scores = self.scores(self._weighed(lesson.rows, lesson.values), self.weights[lesson.rows])[: len(self.columns)]
        own = scores[lesson.column]
        return len(lesson.rows) > 0 and int((scores >= own).sum()) > 1

    def _weighed(self, rows: Ints, values: Floats) -> Floats:
        idf = np.log((1 + self.seen) / (1.0 + self.frequency[rows])) + 1
        weighed = values * idf**_RARITY
        length = float(np.sqrt(np.sum(weighed * weighed)))
        return np.asarray(weighed / (length or 1.0), np.float32)

    def _rows_for(self, indices: Ints) -> Ints:
        rows = self.row_of[indices]
        new = np.flatnonzero(rows == 0)
        if len(new):
            end = self.rows + len(new)
            rows[new] = np.arange(self.rows, end, dtype=np.int32)
            self.row_of[indices[new]] = rows[new]
            self.rows = end
            self.make_room(end, self.weights.shape[1])
        return rows

    def _column_for(self, unit: Hashable) -> int:
        column = self.columns.setdefault(unit, len(self.columns))
        self.make_room(len(self.weights), len(self.columns))
        return column

    def make_room(self, rows: int, columns: int) -> None:
        """Double whatever is too small, so that growing costs little per label."""
        height, width = self.weights.shape
        while height < rows:
            height = min(2 * height, SIZE + 1)
        while width < columns:
            width *= 2
        if (height, width) != self.weights.shape:
            larger = np.zeros((height, width), np.float32)
            larger[: self.weights.shape[0], : self.weights.shape[1]] = self.weights
            self.weights = larger
            self.frequency = np.concatenate([self.frequency, np.zeros(height - len(self.frequency), np.int32)])


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Probabilities over the last axis, in float64 so that they sum to 1."""
    if not scores.shape[-1]:
        return np.zeros(scores.shape)
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _damped(counts: Floats) -> Floats:
    """Sublinear term frequency that also takes what is no count: log(1 + |x|) with the sign of x."""
    return np.asarray(np.sign(counts) * np.log1p(np.abs(counts)), np.float32)


def _from_dict(x: Mapping[Any, Any]) -> tuple[Ints, Floats]:
    """A river dict as sorted unique buckets and counts. Keys that are no bucket are hashed by their text."""
    buckets = [
        k if type(k) is int and 0 <= k < SIZE else murmurhash3_32(str(k), _KEY_SEED, positive=True) % SIZE for k in x
    ]
    indices, inverse = np.unique(np.array(buckets, np.int32), return_inverse=True)
    values = np.array([float(value) for value in x.values()])
    return indices, np.bincount(inverse, values, len(indices)).astype(np.float32)
