"""Mails that tell of the same event. The measure is how many of their top words they share; an index finds them.

A storm is told in everybody's own words, so that runs of words (learning/likeness.py) are too strict here. MinHash over
sets of words: Broder, SEQUENCES (1997), 21-29; banding: Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, 3.4.
"""

import re
from collections.abc import Sequence

import mmh3
import numpy as np

from learning.everyday_words import IN_EVERY_MAIL
from learning.salt import UNSALTED, Salt
from learning.text import clean_written

STEM = 6
"""Letters of a word that count: "væltet" and "vælter" are one."""
SHORTEST = 3
FEWEST, MOST = 5, 60
"""Telling words of a mail: with fewer nothing follows, more are not looked at."""
ALIKE = 0.35
"""Share of common words from which on two mails may tell of one event; docs/decisions/0024 has what that finds."""
BANDS, ROWS = 24, 2
"""Two mails that share 35 % of their words meet in a band with a probability of 0.95, at 50 % with 0.999."""

_WORD = re.compile(r"[^\W\d_]+")
_FACTORS = np.random.default_rng(23).integers(1, 2**63, (2, BANDS * ROWS), np.uint64) | np.uint64(1)


def marks(subject: str, text: str, salt: Salt = UNSALTED) -> tuple[int, ...]:
    """Return a mail's top words as sorted numbers. Empty where there are too few to tell anything by.

    No name, number or identity is among them, no greeting, nothing quoted, and none of the words that every mail has.
    """
    words: dict[int, None] = {}
    for word in _WORD.findall(" ".join(clean_written(subject, text)).lower()):
        if len(word) >= SHORTEST and word not in IN_EVERY_MAIL and len(words) < MOST:
            words.setdefault(salt.number(word[:STEM]))
    words.pop(salt.number("name"), None)
    return tuple(sorted(words)) if len(words) >= FEWEST else ()


def bands(marked: Sequence[int]) -> tuple[int, ...]:
    """Return a mail's places in the index.

    `BANDS` whole numbers of 63 bits. Mails that are alike share one, most likely.
    """
    values = np.array(marked, np.uint64)
    smallest = ((values[:, None] * _FACTORS[0] + _FACTORS[1]) >> np.uint64(32)).min(axis=0).reshape(BANDS, ROWS)
    return tuple(
        mmh3.hash64(bytes([band]) + row.tobytes(), 11, signed=False)[0] >> 1 for band, row in enumerate(smallest)
    )


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """Return the Jaccard index of two mails' words. 0 to 1."""
    left, right = set(one), set(other)
    return len(left & right) / len(left | right) if left and right else 0.0
