"""The online classifier: a mixture of experts. Each looks at hashed features, and learns from every label at once."""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import mmh3
import numpy as np
from numpy.typing import NDArray
from river import base
from scipy import sparse

from learning import loops
from learning.bayes import Bayes
from learning.calibration import Calibration, OutOfScopeDetector
from learning.example import is_outside
from learning.expert_mixture import ExpertMixture
from learning.features import SIZE, Floats, Ints
from learning.recent_mails import LATEST, RecentMails, subject_of, words_of
from learning.reservoir import ReplaySample, Reservoir
from learning.rows import Mail, Rows, grown
from learning.softmax import linear, log_softmax, softmax, step

_KEY_SEED = 5
EXPERTS = ("words", "characters", "bayes words", "bayes characters", "neighbours", "subject")
INITIAL_WEIGHTS = (1.0, 1.0, 0.1, 0.1, 0.1, 0.1)
"""What each expert weighs in the mixture before it has a record."""
HASHED = 4096
"""Rows of an array that are hashed at once."""
CONFIDENCE_FEATURES = 7
"""Features of a suggestion that its confidence follows from; see `_confidence_features`."""


RELUCTANCE, EASE = 1.0, 0.03
"""By how much a class outside the units is held back once it claims a mail whose unit was known, and let go once it misses
one of its own: about one unit's mail may be lost for thirty that are found to be no unit's."""


ARGUMENTS = {"replay": "replay_samples", "insist": "correction_steps"}
"""Settings as snapshots and hashes name them → arguments: a name may be bettered, what is stored stays."""


class EnsemblePrediction(NamedTuple):
    """The mixture's output for one mail.

    values float32 [n] of the mail's features; experts float64 [experts, units], log probabilities; probabilities float64
    [units] of the mixture; evidence float32 [units], what the words and characters say for a unit, whatever they say for
    others; nearest float64 [units], the likeness to the nearest of each unit's latest mails; known, the share of what
    the mail says that was ever learned.
    """

    values: Floats
    experts: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    evidence: Floats
    nearest: NDArray[np.float64]
    known: float

    @property
    def first(self) -> int:
        """Return the column of the likeliest unit."""
        return int(np.argmax(self.probabilities))


class OnlineClassifier(base.Classifier):
    """An online mixture of six experts.

    Two softmax regressions and two naive Bayes, on words and on characters, and the nearest of the latest mails.

    Their log probabilities are pooled with weights that follow each expert's record; the mixture's probability becomes a
    confidence by what became of earlier suggestions. Everything is learned from labels alone, in their order.

    Parameters
    ----------
    step
        Length of a gradient step; a mail's words have length 1, and so have its characters.
    replay_samples
        Earlier lessons revisited with each label.
    correction_steps
        Further steps on the new lesson, at most, while the mixture would still make the mistake that was corrected.
    memory
        Capacity of the reservoir, in lessons.
    smooth
        Share of a word's label that is spread over all units.

    References
    ----------
    Replay: Rolnick et al., Experience Replay for Continual Learning, NeurIPS 2019.

    """

    def __init__(
        self,
        step: float = 6.0,
        replay_samples: int = 12,
        correction_steps: int = 40,
        memory: int = 3000,
        smooth: float = 0.1,
    ) -> None:
        self.step = step
        self.replay_samples = replay_samples
        self.correction_steps = correction_steps
        self.memory = memory
        self.smooth = smooth
        self.columns: dict[Hashable, int] = {}
        self.labels = np.zeros(0, np.int64)
        self.outside = np.zeros(0, np.bool_)
        """Which columns are no units."""
        self.reluctance = np.zeros(0)
        """Taken off each column's pooled score; 0 for units."""
        self.rows = Rows()
        self.weights = np.zeros((1024, 8), np.float32)
        self.bayes = Bayes()
        self.words, self.subjects = RecentMails(48), RecentMails(12)
        self.mixture = ExpertMixture(INITIAL_WEIGHTS)
        self.calibration = Calibration(CONFIDENCE_FEATURES)
        self.out_of_scope_detector = OutOfScopeDetector()
        self.reservoir = Reservoir(memory)

    @property
    def settings(self) -> dict[str, float]:
        """Return the constructor's arguments, by name."""
        return {
            "step": self.step,
            "replay": self.replay_samples,
            "insist": self.correction_steps,
            "memory": self.memory,
            "smooth": self.smooth,
        }

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "OnlineClassifier":
        """Return an empty classifier with the settings that a snapshot holds."""
        return cls(**{ARGUMENTS.get(name, name): value for name, value in settings.items()})

    @property
    def seen(self) -> int:
        """Return the number of labels learned."""
        return self.rows.seen

    @property
    def _multiclass(self) -> bool:
        return True

    def learn_one(self, x: Mapping[Any, Any], y: Hashable) -> None:
        self.learn(*_from_dict(x), y, key=f"#{self.seen}")

    def predict_proba_one(self, x: Mapping[Any, Any], **kwargs: Any) -> dict[Any, float]:
        prediction = self.predict(self.rows.look_up(*_from_dict(x)))
        return dict(zip(self.columns, prediction.probabilities.tolist(), strict=True))

    def predict_proba_many(self, counts: sparse.csr_matrix) -> NDArray[np.float64]:
        """Predict probabilities of many mails.

        float64 [mails, units] for counts [mails, SIZE]; columns as in `columns`.
        """
        starts = zip(counts.indptr[:-1], counts.indptr[1:], strict=True)
        mails = [self.rows.look_up(counts.indices[a:b], counts.data[a:b]) for a, b in starts]
        return np.array([self.predict(mail).probabilities for mail in mails]).reshape(len(mails), len(self.columns))

    def learn(self, indices: Ints, counts: Floats, unit: Hashable, key: str, weight: float = 1.0) -> None:
        """Learn that these features belong to a unit. `key` is the label's id and decides what is revisited.

        The ensemble is judged first, by what it would have said, and that stands for `weight` suggestions. The new
        lesson is taken before and after the earlier ones, so that they do not wear it off at once.
        """
        was_right = bool(self.columns) and self._learn_from_outcome(
            self.predict(self.rows.look_up(indices, counts)), unit, weight
        )
        mail, column = self.rows.learn(indices, counts), self._column_for(unit)
        self._make_room()
        lesson = ReplaySample(mail, column)
        for revisited in (lesson, *self.reservoir.picks(key, self.replay_samples), lesson):
            self._descend(revisited)
        values = self.rows.weigh(mail)
        self.bayes.learn(mail, values, column)
        place = (self.seen - 1) % LATEST
        self.words.learn(*words_of(mail, values), column, place)
        self.subjects.learn(*subject_of(mail, values), column, place)
        if not was_right:
            self._correct(lesson)
        self.labels[column] += 1
        self.reservoir.offer(key, lesson)

    def predict(self, mail: Mail, *, reluctant: bool = True) -> EnsemblePrediction:
        """Predict for a mail whose rows were looked up. Without reluctance, by what the experts have learned alone."""
        units, used = len(self.columns), min(self.seen, LATEST)
        values = self.rows.weigh(mail)
        scores = np.zeros((len(EXPERTS), units), np.float32)
        for part, (rows, held) in enumerate(mail.halves(values)):
            scores[part] = linear(rows, held, self.weights, units)
        scores[2:4] = self.bayes.scores(mail, values, units)
        scores[4], nearest = self.words.scores(*words_of(mail, values), units, used)
        scores[5], _ = self.subjects.scores(*subject_of(mail, values), units, used)
        experts = log_softmax(scores)
        known = float(np.sum(values[self.rows.frequency[mail.rows] > 0] ** 2, dtype=np.float64) / 2)
        pooled = self.mixture.scores(experts) - (self.reluctance if reluctant else 0.0)
        return EnsemblePrediction(values, experts, softmax(pooled), scores[:2].sum(axis=0), nearest, known)

    def confidence(self, prediction: EnsemblePrediction) -> float:
        """Return how likely the first unit is right. 0..1, if the mail belongs to one."""
        return self.calibration.confidence(self._confidence_features(prediction), prediction.first)

    def out_of_scope(self, prediction: EnsemblePrediction, out_of_scope_share: float) -> bool:
        """Tell whether the mail may be out-of-scope.

        `out_of_scope_share` is that of mails that are, as far as one knows.
        """
        return self.out_of_scope_detector.applies(float(prediction.evidence[prediction.first]), out_of_scope_share)

    def weights_of(self, mail: Mail) -> Floats:
        """Return what a value of 1 adds to pooled scores. float32 [n, units]: the linear experts together."""
        units, middle = len(self.columns), mail.middle
        linear = self.weights[mail.rows, :units]
        weights = self.mixture.weights.astype(np.float32)
        for part, rows in enumerate((slice(None, middle), slice(middle, None))):
            linear[rows] *= weights[part]
            linear[rows] += weights[2 + part] * self.bayes.weights_of(mail.rows[rows], part, units)
        return linear

    def _learn_from_outcome(self, prediction: EnsemblePrediction, unit: Hashable, weight: float) -> bool:
        """Learn from an earlier prediction of a mail.

        Its unit is known now. Return whether the prediction was right.
        """
        column = self.columns.get(unit)
        if weight:
            self.calibration.learn(
                self._confidence_features(prediction), prediction.first, prediction.first == column, weight
            )
        if column is None:
            return False
        self.mixture.learn(prediction.experts, column)
        self._hold_back(prediction, column)
        if not self.outside[column] and (~self.outside).sum() > 2:
            others = np.where(self.outside, 0.0, prediction.probabilities)
            others[column] = 0
            self.out_of_scope_detector.learn(
                float(prediction.evidence[np.argmax(others)]), float(prediction.evidence[column])
            )
        return prediction.first == column

    def _hold_back(self, prediction: EnsemblePrediction, column: int) -> None:
        """Adjust how reluctant classes outside the units are.

        One that takes mails from units becomes more reluctant, and one that misses its own less.

        A mail that is no enquiry may be about anything: without this the class would claim all that the units know
        little of yet.
        """
        first = prediction.first
        if self.outside[first] and not self.outside[column]:
            if column == int(np.argmax(np.where(self.outside, -1.0, prediction.probabilities))):
                self.reluctance[first] += RELUCTANCE
        elif self.outside[column] and not self.outside[first]:
            self.reluctance[column] = max(0.0, self.reluctance[column] - EASE)

    def _confidence_features(self, prediction: EnsemblePrediction) -> NDArray[np.float64]:
        """Return the confidence features of a prediction.

        They are 1, the log odds of the first unit, what the mail's words and characters say for it, the likeness of its
        nearest mail, the share of the weights that agrees, the share of the mail that is known, and how much it has been
        taught.
        """
        first = prediction.first
        chance = min(max(float(prediction.probabilities[first]), 1e-6), 1 - 1e-4)
        agree = self.mixture.weights[prediction.experts.argmax(axis=1) == first].sum() / (
            self.mixture.weights.sum() or 1.0
        )
        taught = np.log1p(float(self.labels[first])) / 5
        evidence, nearest = float(prediction.evidence[first]) / 5, prediction.nearest[first]
        return np.array([1.0, np.log(chance / (1 - chance)), evidence, nearest, agree, prediction.known, taught])

    def _descend(self, lesson: ReplaySample) -> None:
        """One gradient step of each softmax on one mail."""
        mail, units = lesson.mail, len(self.columns)
        values = self.rows.weigh(mail)
        for (rows, held), smooth in zip(mail.halves(values), (self.smooth, 0.0), strict=True):
            step(rows, held, self.weights, units, lesson.column, self.step, smooth)

    def _correct(self, lesson: ReplaySample) -> None:
        """Take the new lesson again while the ensemble would not put its unit first."""
        for _ in range(self.correction_steps):
            prediction = self.predict(lesson.mail, reluctant=False)
            best = prediction.probabilities >= prediction.probabilities[lesson.column]
            if not len(lesson.mail.rows) or best.sum() == 1:
                return
            error = prediction.probabilities.astype(np.float32)
            error[lesson.column] -= 1
            loops.descend(lesson.mail.rows, prediction.values, self.weights, error, self.step)

    def _column_for(self, unit: Hashable) -> int:
        column = self.columns.setdefault(unit, len(self.columns))
        if column == len(self.labels):
            self.labels = np.append(self.labels, 0)
            self.outside = np.append(self.outside, is_outside(unit))
            self.reluctance = np.append(self.reluctance, 0.0)
            self.calibration.make_room(column + 1)
        return column

    def _make_room(self) -> None:
        rows, units = self.rows.count, len(self.columns)
        self.weights = grown(self.weights, rows, units)
        self.bayes.make_room(rows, units)
        self.words.make_room(rows)
        self.subjects.make_room(rows)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return all arrays of the state.

        Whatever can bear on what comes next, but the settings, the units' and the lessons' names.
        """
        count, units, used = self.rows.count, len(self.columns), min(self.seen, LATEST)
        found: dict[str, NDArray[Any]] = {
            "features": self.rows.by_row(),
            "frequency": self.rows.frequency[:count],
            "labels": self.labels,
            "weights": self.weights[:count, :units],
            "evidence": self.bayes.evidence[:count, :units],
            "total": self.bayes.total[:count],
            "mass": self.bayes.mass[:, :units],
            "vocabulary": self.bayes.vocabulary,
            "trust": self.mixture.weights,
            "trust_squares": self.mixture.squares,
            "offsets": self.calibration.offsets,
            "precisions": self.calibration.precisions,
            "right_weights": self.calibration.right.weights,
            "right_covariance": self.calibration.right.covariance,
            "masked": self.out_of_scope_detector.latest,
            "masked_seen": np.array([self.out_of_scope_detector.seen]),
        }
        for name, mails in (("words", self.words), ("subjects", self.subjects)):
            found |= {f"{name}_rows": mails.rows[:used], f"{name}_values": mails.values[:used]}
            found[f"{name}_units"] = mails.units[:used]
        if self.outside.any():
            found["reluctance"] = self.reluctance
        return found | self.reservoir.arrays()

    def restore(self, seen: int, units: Sequence[Hashable], lesson_ids: list[str], arrays: Mapping[str, Any]) -> None:
        """Restore a state on a new classifier. Each of the arrays is read once.

        Raises:
            KeyError, ValueError, IndexError: parts do not fit.
        """
        self.columns = {unit: column for column, unit in enumerate(units)}
        self.rows.restore(seen, arrays["features"], arrays["frequency"])
        self.labels = arrays["labels"]
        self.outside = np.array([is_outside(unit) for unit in units], np.bool_)
        self.reluctance = arrays["reluctance"] if self.outside.any() else np.zeros(len(units))
        self._make_room()
        count, used = self.rows.count, min(seen, LATEST)
        for name, target in (("weights", self.weights), ("evidence", self.bayes.evidence)):
            target[:count, : len(units)] = arrays[name]
        self.bayes.total[:count], self.bayes.mass[:, : len(units)] = arrays["total"], arrays["mass"]
        self.bayes.vocabulary = arrays["vocabulary"]
        self.mixture.weights, self.mixture.squares = arrays["trust"], arrays["trust_squares"]
        self.calibration.offsets, self.calibration.precisions = arrays["offsets"], arrays["precisions"]
        for name, mails in (("words", self.words), ("subjects", self.subjects)):
            for part, held in (("rows", mails.rows), ("values", mails.values), ("units", mails.units)):
                held[:used] = arrays[f"{name}_{part}"]
        right = self.calibration.right
        right.weights, right.covariance = arrays["right_weights"], arrays["right_covariance"]
        self.out_of_scope_detector.latest, self.out_of_scope_detector.seen = (
            arrays["masked"],
            int(arrays["masked_seen"][0]),
        )
        self.reservoir = Reservoir.restored(self.memory, lesson_ids, arrays)

    def state_hash(self) -> str:
        """Return a hash of the state (sha256). Over everything that can bear on what comes next."""
        names = (self.settings, self.seen, list(self.columns), [key for key, _ in self.reservoir.entries])
        digest = hashlib.sha256(repr(names).encode())
        for name, array in self.arrays().items():
            digest.update(repr((name, array.dtype.str, array.shape)).encode())
            for start in range(0, len(array), HASHED):  # what does not lie in one piece is copied
                digest.update(np.ascontiguousarray(array[start : start + HASHED]).data)
        return digest.hexdigest()


def _from_dict(x: Mapping[Any, Any]) -> tuple[Ints, Floats]:
    """A river dict as sorted unique buckets and counts. Keys that are no bucket are hashed by their text."""
    buckets = [k if type(k) is int and 0 <= k < SIZE else mmh3.hash(str(k), _KEY_SEED, signed=False) % SIZE for k in x]
    indices, inverse = np.unique(np.array(buckets, np.int32), return_inverse=True)
    values = np.array([float(value) for value in x.values()])
    return indices, np.bincount(inverse, values, len(indices)).astype(np.float32)
