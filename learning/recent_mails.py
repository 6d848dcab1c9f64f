"""The latest mails that are like this one.

The unit that had them has probably this one too. Threads and waves are found by it.
"""

import numpy as np
from numpy.typing import NDArray

from learning import loops
from learning.features import Floats, Ints
from learning.rows import Mail, grown

Likeness = NDArray[np.float64]

LATEST = 4000
"""Mails that are remembered."""
SHARPNESS = 25.0
NOBODY = 1e-4
"""Likeness that every unit has from the start."""


class RecentMails:
    """The top words of the latest mails, in a ring.

    rows int32 and values float32 [LATEST, most]; a gist has length 1 and is filled up with row 0. units int32 [LATEST].
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.rows = np.zeros((LATEST, most), np.int32)
        self.values = np.zeros((LATEST, most), np.float32)
        self.units = np.zeros(LATEST, np.int32)
        self._query = np.zeros(1024, np.float32)

    def make_room(self, rows: int) -> None:
        self._query = grown(self._query, rows)

    def learn(self, rows: Ints, values: Floats, column: int, place: int) -> None:
        """Store a mail's words in the ring. They replace the mail that was at this place."""
        chosen = self._telling(values)
        self.rows[place], self.values[place], self.units[place] = 0, 0, column
        self.rows[place, : len(chosen)] = rows[chosen]
        self.values[place, : len(chosen)] = _unit_length(values[chosen])

    def scores(self, rows: Ints, values: Floats, units: int, used: int) -> tuple[Floats, Likeness]:
        """Score units by their latest similar mails.

        Return (scores float32 [units], likeness float64 [units] to the nearest of each unit's among `used` mails,
        0..1).
        """
        chosen = self._telling(values)
        known = chosen[rows[chosen] > 0]
        near, most = np.full(units, NOBODY), np.zeros(units)
        # What has not been learned yet is in no gist, but it makes the mail less like any of them.
        self._query[rows[known]] = _unit_length(values[chosen])[rows[chosen] > 0]
        loops.similar(self._query, self.rows, self.values, self.units, used, SHARPNESS, near, most)
        self._query[rows[known]] = 0
        return np.log(near).astype(np.float32), most

    def _telling(self, values: Floats) -> Ints:
        return np.argsort(-values, kind="stable")[: self.most].astype(np.int32)


def _unit_length(values: Floats) -> Floats:
    length = float(np.sqrt(np.sum(values * values, dtype=np.float64)))
    return np.asarray(values / (length or 1.0), np.float32)


def words_of(mail: Mail, values: Floats) -> tuple[Ints, Floats]:
    return mail.rows[: mail.words], values[: mail.words]


def subject_of(mail: Mail, values: Floats) -> tuple[Ints, Floats]:
    return mail.rows[mail.words : mail.subject], values[mail.words : mail.subject]
