"""Example → hashed sparse features. Any classifier here learns from them; they are made once per mail.

Words, words of the subject, pairs of words with the fields (mailbox, kinds of attachments), and characters within words
(3- to 5-grams): each hashed into a range of buckets of its own with MurmurHash3, the same in every process and version.
The installation's salt then gives each bucket another place in its range (docs/decisions/0048).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import mmh3
import numpy as np
from numpy.typing import NDArray

from learning.example import Example
from learning.salt import UNSALTED, Salt
from learning.text import WORD_CAP, clean

VERSION = 4
"""Raise it whenever the same mail gives other features: older snapshots are then refused, and the model rebuilt."""
BITS = 19
SIZE = 2**BITS
WORDS, SUBJECT, PAIRS, CHARACTERS = (
    (0, SIZE // 8),
    (SIZE // 8, SIZE // 4),
    (SIZE // 4, SIZE // 2),
    (SIZE // 2, SIZE),
)
"""The ranges [from, to) of the buckets, so that a bucket tells what kind of feature it is."""
SHORT = 60
"""Words of a mail up to which words at a distance are paired too: a short mail has few others to go by."""
FARTHEST = 5
WORDS_CACHED = 30_000
ARRAY_BYTES, WORD_BYTES = 112, 60
"""What an array and a word take besides their content."""

_WORD = re.compile(r"\w+")
_WORD_SEED, _CHARS_SEED, _MAILBOX_SEED, _KIND_SEED = 1, 2, 3, 4
_SUBJECT_SALT = np.array([0x9E3779B9], np.uint32)
_DISTANT_SALT = np.array([0x85EBCA77], np.uint32)

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Hashes = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One mail as sparse features. With the way back to its words. The arrays are read-only.

    indices: int32 [n], sorted, unique, in 0..SIZE-1.
    counts: float32 [n], how often each feature occurs; always above 0.
    words: the mail's distinct words, lower case, in order of appearance.
    word_of, feature_of, share: [m], one entry per word and feature that it carries: positions in `words` and in
        `indices`, and the part of that feature's count that is the word's. A 2-gram is shared by its two words.
    """

    id: str
    indices: Ints
    counts: Floats
    words: tuple[str, ...]
    word_of: Ints
    feature_of: Ints
    share: Floats

    @property
    def nbytes(self) -> int:
        """Return about how much memory it takes, in bytes."""
        arrays = (self.indices, self.counts, self.word_of, self.feature_of, self.share)
        return sum(array.nbytes + ARRAY_BYTES for array in arrays) + sum(WORD_BYTES + len(word) for word in self.words)

    def as_dict(self) -> dict[int, float]:
        """Return the features as river's sparse dict. River's classifiers take it."""
        return dict(zip(self.indices.tolist(), self.counts.tolist(), strict=True))


def prepare(example: Example, salt: Salt = UNSALTED) -> Prepared:
    """Clean a mail and hash what is left. The same example and salt give the same features everywhere."""
    subject, body = clean(example.subject, example.text)
    heading, text = _words(subject), _words(body)
    ids: dict[str, int] = {}
    sequence = np.array([ids.setdefault(word, len(ids)) for word in chain(heading, text)], np.int32)
    words = tuple(ids)
    carried = [_of_word(word) for word in words]
    hashes = np.array([h for h, _ in carried], np.uint32)
    entries = _Entries()
    entries.add_words(sequence, [features for _, features in carried])
    entries.add_subject(sequence[: len(heading)], hashes)
    entries.add_pairs(sequence, hashes)
    return entries.finish(example.id, words, _fields(example), salt)


class _Entries:
    """Collects (word, feature, amount) from each namespace. A word of -1 is no word of the mail."""

    def __init__(self) -> None:
        self._word: list[Ints] = []
        self._feature: list[Ints] = []
        self._amount: list[Floats] = []

    def add(self, word: Ints, feature: Ints, amount: Floats) -> None:
        self._word.append(word)
        self._feature.append(feature)
        self._amount.append(amount)

    def add_words(self, sequence: Ints, features: list[Ints]) -> None:
        """Each distinct word with its characters, once, weighted by how often the word occurs."""
        if features:
            lengths = np.fromiter(map(len, features), np.int32, len(features))
            times = np.bincount(sequence, minlength=len(features)).astype(np.float32)
            self.add(
                np.repeat(np.arange(len(features), dtype=np.int32), lengths),
                np.concatenate(features),
                np.repeat(times, lengths),
            )

    def add_subject(self, heading: Ints, hashes: Hashes) -> None:
        feature = _bucket(_mixed(hashes[heading], _SUBJECT_SALT), SUBJECT)
        self.add(heading, feature, np.ones(len(heading), np.float32))

    def add_pairs(self, sequence: Ints, hashes: Hashes) -> None:
        """Add pairs of words near each other.

        Words and the next ones; in short mails also those up to FARTHEST words on, whatever the distance.
        """
        distances = range(1, FARTHEST + 1) if len(sequence) <= SHORT else (1,)
        for distance in distances:
            left, right = sequence[:-distance], sequence[distance:]
            mixed = _mixed(hashes[left], hashes[right])
            feature = _bucket(mixed if distance == 1 else _mixed(mixed, _DISTANT_SALT), PAIRS)
            half = np.full(len(left), 0.5, np.float32)
            self.add(left, feature, half)
            self.add(right, feature, half)

    def finish(self, example_id: str, words: tuple[str, ...], fields: Ints, salt: Salt) -> Prepared:
        self.add(np.full(len(fields), -1, np.int32), fields, np.ones(len(fields), np.float32))
        word, amount = np.concatenate(self._word), np.concatenate(self._amount)
        feature = np.concatenate(self._feature)
        placed = _places(salt)[feature] if salt.key else feature
        indices, inverse = np.unique(placed, return_inverse=True)
        counts = np.bincount(inverse, amount, len(indices)).astype(np.float32)
        spoken = word >= 0
        position = inverse[spoken].astype(np.int32)
        share = amount[spoken] / counts[position]
        prepared = Prepared(example_id, indices, counts, words, word[spoken], position, share)
        for array in (indices, counts, prepared.word_of, position, share):
            array.setflags(write=False)
        return prepared


def _words(text: str) -> list[str]:
    return [word[:WORD_CAP] for word in _WORD.findall(text.lower())]


@lru_cache(maxsize=WORDS_CACHED)
def _of_word(word: str) -> tuple[int, Ints]:
    """Return a word's hash and its features. These are itself and its characters' 3- to 5-grams, ends marked."""
    own = mmh3.hash(word, _WORD_SEED, signed=False)
    padded = f" {word} "
    grams = [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]
    hashed = [mmh3.hash(gram, _CHARS_SEED, signed=False) for gram in grams]
    features = np.append(_bucket(np.array([own], np.uint32), WORDS), _bucket(np.array(hashed, np.uint32), CHARACTERS))
    features.setflags(write=False)
    return own, features


@lru_cache(maxsize=2)
def _places(salt: Salt) -> Ints:
    """Return the place of each bucket. int32 [SIZE]: each range is shuffled within itself.

    Whatever shares a bucket does so with any salt, so that the model learns the same; and a shuffle has no seed to guess.
    """
    drawn = np.frombuffer(salt.stream(8 * SIZE), "<u8")
    ranges = (WORDS, SUBJECT, PAIRS, CHARACTERS)
    return np.concatenate([a + np.argsort(drawn[a:b], kind="stable") for a, b in ranges]).astype(np.int32)


def _fields(example: Example) -> Ints:
    """Features of what is known about the mail besides its words."""
    hashed = [mmh3.hash(_bytes(example.mailbox.lower()), _MAILBOX_SEED, signed=False)] if example.mailbox else []
    kinds = sorted({kind.lower() for kind in example.attachment_kinds})
    hashed += [mmh3.hash(_bytes(kind), _KIND_SEED, signed=False) for kind in kinds]
    return _bucket(np.array(hashed, np.uint32), PAIRS)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _mixed(left: Hashes, right: Hashes) -> Hashes:
    """One hash of two, order kept; the constants are MurmurHash3's."""
    mixed: Hashes = left * np.uint32(0xCC9E2D51) + right * np.uint32(0x1B873593)
    mixed ^= mixed >> np.uint32(16)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    return mixed


def _bucket(hashes: Hashes, among: tuple[int, int]) -> Ints:
    start, end = among
    return (start + (hashes & np.uint32(end - start - 1))).astype(np.int32)
