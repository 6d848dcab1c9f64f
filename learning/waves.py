"""Which mails tell of the same event: how many of their telling words they share, and how to find such mails by an index.

A storm is told in everybody's own words, so that runs of words (learning/likeness.py) are too strict here. MinHash over
sets of words: Broder, SEQUENCES (1997), 21-29; banding: Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, 3.4.
"""

import re
from collections.abc import Sequence

import mmh3
import numpy as np

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
_EVERYDAY = """
aldrig alle alt altså anden andet andre bare begge bliver blive blevet burde både ca de dem den denne der deres derfor
dermed det dette dig din disse dit dog efter eller ellers end endnu er et fandt flere for fordi foran fra få får gang
ganske gerne gør gøre går gået ham han hans har havde have hej hel helt hen hende hendes henvendelse her hos hun hvad
hvem hver hvilken hvis hvor hvordan hvorfor hvornår idag igen ikke ind ingen jeg jer jeres kan kom komme kommer kommet
kommune kommunen kunne kære lidt lige man mange med meget mellem men mens mere mig min mine mit mod måske nogen noget
nogle nok nu når nær nede ned nej ofte også om omkring op oppe os over på samme sammen samt selv ser ses side siden sig
sin sit skal skete skrive skriver skulle som stadig står stået sådan så tak til tilbage tror ud uden under var ved vejen
vel vi vil ville virkelig vore vores være været venlig venligst venlige hilsen hilsner mvh vh håber allerede ligger lå
lagt taget tage tager sendt sende dag dage uge ugen morgen aften nat tid problem problemet dear hello please thank
thanks regards with that this have from your there what when which would could about into been also they them were our
"""
_COMMON = frozenset(_EVERYDAY.split())


def marks(subject: str, text: str, salt: Salt = UNSALTED) -> tuple[int, ...]:
    """A mail's telling words, each as a number, sorted; empty where there are too few to tell anything by.

    No name, number or identity is among them, no greeting, nothing quoted, and none of the words that every mail has.
    """
    words: dict[int, None] = {}
    for word in _WORD.findall(" ".join(clean_written(subject, text)).lower()):
        if len(word) >= SHORTEST and word not in _COMMON and len(words) < MOST:
            words.setdefault(salt.number(word[:STEM]))
    words.pop(salt.number("name"), None)
    return tuple(sorted(words)) if len(words) >= FEWEST else ()


def bands(marked: Sequence[int]) -> tuple[int, ...]:
    """Where a mail stands in the index: `BANDS` whole numbers of 63 bits. Mails that are alike share one, most likely."""
    values = np.array(marked, np.uint64)
    smallest = ((values[:, None] * _FACTORS[0] + _FACTORS[1]) >> np.uint64(32)).min(axis=0).reshape(BANDS, ROWS)
    return tuple(
        mmh3.hash64(bytes([band]) + row.tobytes(), 11, signed=False)[0] >> 1 for band, row in enumerate(smallest)
    )


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """The Jaccard index of two mails' words, 0 to 1."""
    left, right = set(one), set(other)
    return len(left & right) / len(left | right) if left and right else 0.0
