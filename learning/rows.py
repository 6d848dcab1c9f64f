"""Features → rows.

A feature gets a row of its own when it is first learned, so that memory follows what was learned.
"""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from learning import loops
from learning.features import CHARACTERS, SIZE, SUBJECT, WORDS, Floats, Ints

_FIRST_ROWS = 1024
COMMON = 1024
"""Frequencies whose weights are worked out once a label, not once a feature."""
WIDER = 8
"""Columns are added by so many, since each costs the memory of a float for every row."""
Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Mail:
    """A mail's features as rows.

    rows int32 [n]; damped float32 [n], the sublinear term frequencies. The first `words` are words, up to `subject`
    words of the subject, up to `middle` all that is made of words; the rest are characters.
    """

    rows: Ints
    damped: Floats
    words: int
    subject: int
    middle: int

    def halves(self, values: Floats) -> tuple[tuple[Ints, Floats], tuple[Ints, Floats]]:
        """Return the halves made of words and of characters. Each is (rows, values)."""
        middle = self.middle
        return (self.rows[:middle], values[:middle]), (self.rows[middle:], values[middle:])


class Rows:
    """The row and frequency of each feature. The frequency is how many mails it occurred in.

    Features that were never learned share row 0, whose frequency and weights stay zero.
    """

    def __init__(self) -> None:
        self.seen = 0
        self.count = 1
        self.of = np.zeros(SIZE, np.int32)
        self.frequency = np.zeros(_FIRST_ROWS, np.int32)
        self._common = np.zeros(COMMON, np.float32)
        self._common_of = -1

    def look_up(self, indices: Ints, counts: Floats) -> Mail:
        """Look up the features as known by now. `indices` are sorted; counts may be any numbers."""
        words, subject, middle = np.searchsorted(indices, (WORDS[1], SUBJECT[1], CHARACTERS[0])).tolist()
        damped = np.sign(counts) * np.log1p(np.abs(counts))
        return Mail(self.of[indices], damped.astype(np.float32), words, subject, middle)

    def learn(self, indices: Ints, counts: Floats) -> Mail:
        """Count one more mail with these features. New ones get the next rows."""
        new = indices[self.of[indices] == 0]
        self.of[new] = np.arange(self.count, self.count + len(new), dtype=np.int32)
        self.count += len(new)
        self.frequency = grown(self.frequency, self.count)
        self.seen += 1
        mail = self.look_up(indices, counts)
        self.frequency[mail.rows] += 1
        return mail

    def weigh(self, mail: Mail) -> Floats:
        """Return the features' values float32 [n].

        Term frequency x idf**1.25; words have length 1 together, characters too.

        A rare feature says more than its plain idf, most of all in long mails.
        """
        if self._common_of != self.seen:
            loops.rarity(self.seen, self._common)
            self._common_of = self.seen
        values = np.empty(len(mail.rows), np.float32)
        loops.weigh(mail.rows, mail.damped, mail.middle, self.frequency, self.seen, self._common, values)
        return values

    def by_row(self) -> Ints:
        """Return the feature of each row. int32 [count]; row 0 belongs to none and says 0."""
        found = np.zeros(self.count, np.int32)
        known = np.flatnonzero(self.of).astype(np.int32)
        found[self.of[known]] = known
        return found

    def restore(self, seen: int, by_row: Ints, frequency: Ints) -> None:
        """Take over the state that `seen`, `by_row()` and `frequency` tell."""
        self.seen, self.count = seen, len(by_row)
        self.of[by_row[1:]] = np.arange(1, self.count, dtype=np.int32)
        self.frequency = grown(self.frequency, self.count)
        self.frequency[: self.count] = frequency


def grown(array: NDArray[Number], rows: int, columns: int = 0) -> NDArray[Number]:
    """Return the array, or a larger copy.

    New places hold zeros; rows double, so that growing costs little per label.
    """
    height, *width = array.shape
    while height < rows:
        height = min(2 * height, max(SIZE + 1, rows))
    if width and width[0] < columns:
        width = [-(-columns // WIDER) * WIDER]
    if (height, *width) == array.shape:
        return array
    larger = np.zeros((height, *width), array.dtype)
    larger[tuple(slice(n) for n in array.shape)] = array
    return larger
