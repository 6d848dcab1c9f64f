"""Invented mails for measuring time and exactness: any number, any length, any number of units, the same for a seed.

Words follow Zipf's law over a vocabulary of about 30,000, spelt from Danish-like syllables; each unit has words of its
own and lends some to its neighbour. They are made for their sizes; nothing is said here about accuracy.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np

from learning.example import Example

VOCABULARY, OWN = 30_000, 400
WORLD = 11
"""Decides words and units; the seed of the mails is another one."""
MAILBOX = "post@town.example.org"
OWN_SHARE, NEIGHBOURS = 0.05, 0.3
"""Of a mail's words, those of its unit; of those, the part that comes from the neighbour's."""
_ONSETS, _NUCLEI = (
    each.split()
    for each in (
        "b bl br d dr f fl fr g gr h hv j k kl kn kr l m n p pr r s sk skr sl sp st str t tr v",
        "a a e e e i o u y æ ø å ej",
    )
)
_CODAS = ["", "", "", "", "", "", "d", "g", "l", "n", "r", "s", "t", "nd", "st"]


@cache
def vocabulary() -> tuple[str, ...]:
    """Distinct words, most frequent first; frequent ones are short, as in any language."""
    chance = np.random.default_rng(WORLD)
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        syllables = 1 + int(chance.integers(0, 1 + sum(len(found) > each for each in (1000, 6000, 16_000))))
        parts = (_ONSETS, _NUCLEI, _CODAS)
        word = "".join(part[chance.integers(len(part))] for _ in range(syllables) for part in parts)
        found[word] = None
    return tuple(found)


def mails(count: int, units: int, size: int, seed: int = 11) -> Iterator[tuple[Example, str]]:
    """(mail, unit) one by one; the text has about `size` bytes in UTF-8, units are named "1", "2", …"""
    chance, words = np.random.default_rng([seed, units, size]), vocabulary()
    own = np.random.default_rng([WORLD, units]).integers(200, VOCABULARY, (units, OWN))
    for n in range(count):
        unit = int(chance.integers(units))
        text = _text(chance, words, own, unit, size)
        subject = " ".join(words[w] for w in _zipf(chance, OWN, 4, own[unit]))
        yield Example(str(n + 1), subject, text, MAILBOX), str(unit + 1)


def _text(chance: np.random.Generator, words: tuple[str, ...], own: np.ndarray, unit: int, size: int) -> str:
    """Sentences until there are `size` bytes."""
    said, length = [], 0
    while length < size:
        places = _zipf(chance, VOCABULARY, 40, None)
        mine = chance.random(40) < OWN_SHARE
        neighbour = chance.random(40) < NEIGHBOURS
        for n in np.flatnonzero(mine):
            whose = own[(unit + 1) % len(own)] if neighbour[n] else own[unit]
            places[n] = _zipf(chance, OWN, 1, whose)[0]
        sentence = " ".join(words[w] for w in places).capitalize() + ".\n"
        said.append(sentence)
        length += len(sentence.encode())
    return "".join(said).encode()[:size].decode("utf-8", "ignore")


def _zipf(chance: np.random.Generator, of: int, count: int, among: np.ndarray | None) -> np.ndarray:
    """Ranks by Zipf's law with exponent 1 over `of` words: log-uniform."""
    ranks = np.minimum(of - 1, np.exp(chance.random(count) * np.log(of)).astype(np.int64) - 1)
    return ranks if among is None else among[ranks]
