"""Complement naive Bayes. A unit is likely where its features would surprise in all other units' mails.

Rennie, Shih, Teevan, Karger: Tackling the Poor Assumptions of Naive Bayes Text Classifiers, ICML 2003. It needs no
steps, so it knows from few labels what the softmax learns from many.
"""

from functools import cache

import numpy as np

from learning import loops
from learning.features import Floats, Ints
from learning.rows import Mail, grown

UNIT = 256
"""A value of 1 as evidence: whole parts of it take half the memory of floats, and only ratios of evidence matter."""
MOST = 2**16 - 1
ALPHA = np.float32(0.05 * UNIT)
"""What every feature has been met with in every unit from the start."""
LOGS = 2**14
"""Evidence whose logarithm is worked out once a process."""


class Bayes:
    """The sums of feature values per unit. In parts of UNIT.

    evidence uint16 [rows, units], never above MOST; total uint32 [rows] over the units; mass int64 [2, units] over the
    rows made of words and of characters, vocabulary int64 [2] how many rows each has.
    """

    def __init__(self) -> None:
        self.evidence = np.zeros((1024, 8), np.uint16)
        self.total = np.zeros(1024, np.uint32)
        self.mass = np.zeros((2, 8), np.int64)
        self.vocabulary = np.zeros(2, np.int64)

    def make_room(self, rows: int, units: int) -> None:
        self.evidence = grown(self.evidence, rows, units)
        self.total = grown(self.total, rows)
        self.mass = grown(self.mass, 2, units)

    def learn(self, mail: Mail, values: Floats, column: int) -> None:
        """Add a mail of the unit in `column`. The values' signs do not count."""
        for part, (rows, held) in enumerate(mail.halves(np.abs(values))):
            room = MOST - self.evidence[rows, column].astype(np.int64)
            added = np.minimum(np.rint(held * UNIT).astype(np.int64), room)
            self.vocabulary[part] += int(((self.total[rows] == 0) & (added > 0)).sum())
            self.evidence[rows, column] += added.astype(np.uint16)
            self.total[rows] += added.astype(np.uint32)
            self.mass[part, column] += int(added.sum())

    def scores(self, mail: Mail, values: Floats, units: int) -> Floats:
        """Return the scores by words and by characters. float32 [2, units]; only differences between units matter."""
        found = np.zeros((2, units), np.float32)
        for part, (rows, held) in enumerate(mail.halves(np.abs(values))):
            known = loops.complement_scores(rows, held, self.evidence, self.total, ALPHA, _logarithms(), found[part])
            found[part] += np.float32(known) * self._surprise(part, units)
        return found

    def weights_of(self, rows: Ints, part: int, units: int) -> Floats:
        """Return what a value of 1 adds to scores.

        The weights are float32 [n, units]: `scores` is linear in the values.
        """
        weights = np.empty((len(rows), units), np.float32)
        rest = self._surprise(part, units)
        loops.complement(rows, self.evidence, self.total, ALPHA, _logarithms(), rest, weights)
        return weights

    def _surprise(self, part: int, units: int) -> Floats:
        """Logarithms of the mass of all other units, float32 [units]."""
        mass = self.mass[part, :units]
        rest = mass.sum() - mass + float(ALPHA) * max(1, int(self.vocabulary[part]))
        return np.asarray(np.log(rest), np.float32)


@cache
def _logarithms() -> Floats:
    made = np.empty(LOGS, np.float32)
    loops.logarithms(ALPHA, made)
    return made
