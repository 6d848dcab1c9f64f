"""Years in which nothing changed, and years in which some words did, made of mails that others wrote.

A year in which nothing changed: the mails of a set are shuffled over two quarters, each whole, so that words that stand together
stay together. Senders are invented: some write once, a few very often, and a campaign writes dozens of alike mails. Every word
that is found in such a year is a false one.
"""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.domain import content_words
from app.domain.content_words import Case
from app.models.topics import Level, TermKind
from app.services.reports.quarter_mails import Counted
from app.services.reports.topics import changes
from learning.salt import UNSALTED
from learning.text import clean_written
from learning.topics import Ints, Mails

PLANTED, RARE, OFTEN = 20, 0.02, 0.05
"""Invented words that stand in 2 % of the mails of one quarter and in 5 % of the other's."""
CAMPAIGN = 40


@dataclass(frozen=True, slots=True)
class Corpus:
    """The mails of a set: their words, and the unit of each."""

    words: Sequence[Ints]
    units: Ints


@dataclass(frozen=True, slots=True)
class Rates:
    """What was found over many years: the mean share of false words among those found, and of the planted ones found."""

    years: int
    house: float
    units: float
    planted: float
    """The share of false ones, in years with planted words."""
    power: float


def corpus(file: Path, most: int) -> Corpus:
    """Read a labelled set (tests/shared.py) as the worker reads mails."""
    with gzip.open(file, "rt") as lines:
        mails = [json.loads(line) for line in lines][:most]
    return of_texts(
        [(each.get("subject", ""), each.get("body") or each.get("text", ""), each["label"]) for each in mails]
    )


def of_texts(mails: Sequence[tuple[str, str, str]]) -> Corpus:
    words, units = [], dict[str, int]()
    of = []
    for subject, body, unit in mails:
        words = content_words.words_of(*clean_written(subject, body))
        found = {UNSALTED.number(key) for key, each in words.items() if each.case is not Case.NAME}
        if found:
            words.append(np.array(sorted(found), np.int64))
            of.append(units.setdefault(unit, len(units)))
    return Corpus(words, np.array(of, np.int64))


def invented(count: int, seed: int) -> Corpus:
    """Invent mails of six units: each has words of its own, and some stand together more often than not."""
    chance = np.random.default_rng(seed)
    units = chance.integers(0, 6, count)
    words = []
    for unit in units.tolist():
        own = 1_000 * (unit + 1) + chance.zipf(1.6, 8) % 60
        shared = chance.zipf(1.4, 8) % 200
        pair = own[own % 2 == 0] + 500
        words.append(np.unique(np.concatenate([own, shared, pair])).astype(np.int64))
    return Corpus(words, units.astype(np.int64))


def rates(of: Corpus, years: int, seed: int, *, every: int = 10, often: float = OFTEN) -> Rates:
    """Shuffle a set into so many years; into every tenth, or as said, words are planted as well."""
    chance = np.random.default_rng(seed)
    house, units, planted, power = [], [], [], []
    for n in range(years):
        this, before = shuffled(of, chance)
        house.append(bool(found(this, before, Level.HOUSE)))
        units.append(bool(found(this, before, Level.UNIT)))
        if n % every == 0:
            this, before = shuffled(of, chance, often)
            got = found(this, before, Level.HOUSE)
            planted.append(sum(key >= 0 for key in got) / max(1, len(got)))
            power.append(len({key for key in got if key < 0}) / PLANTED)
    return Rates(years, *(float(np.mean(each)) for each in (house, units, planted, power)))


def found(this: Counted, before: Counted, level: Level) -> list[int]:
    return [each.key for each in changes(this, before, TermKind.WORD, levels=(level,)).shown if each.found]


def shuffled(of: Corpus, chance: np.random.Generator, often: float | None = None) -> tuple[Counted, Counted]:
    """Divide the mails over two quarters; with planted words, which have negative numbers."""
    count = len(of.words)
    order = chance.permutation(count)
    sent_often = chance.zipf(2.0, count) % (count // 3)
    voices = np.where(chance.random(count) < 0.3, sent_often, np.arange(count) + count)
    cut = int(count * chance.uniform(0.35, 0.65))
    return (
        _quarter(of, np.sort(order[:cut]), voices, chance, often),
        _quarter(of, np.sort(order[cut:]), voices, chance, None if often is None else RARE),
    )


def _quarter(of: Corpus, which: Ints, voices: Ints, chance: np.random.Generator, share: float | None) -> Counted:
    words = [of.words[n] for n in which.tolist()]
    if share is not None:
        stands = chance.random((len(which), PLANTED)) < share
        words = [np.concatenate([each, -1 - np.flatnonzero(row)]) for each, row in zip(words, stands, strict=True)]
    campaign = [np.array([10**12, 10**12 + 1], np.int64)] * (CAMPAIGN if share is None and chance.random() < 0.5 else 0)
    words, total = [*words, *campaign], len(which) + len(campaign)
    told = np.concatenate([voices[which], np.full(len(campaign), 10**9)])
    units = np.concatenate([of.units[which], np.zeros(len(campaign), np.int64)])
    numbers = np.arange(total, dtype=np.int64)
    at = np.repeat(numbers, [len(each) for each in words])
    none = np.zeros(0, np.int64)
    mails = Mails(numbers, told, numbers, (at, np.concatenate(words)), none, (none, none))
    parts = {level: np.zeros(total, np.int64) for level in Level} | {Level.UNIT: units}
    return Counted(mails, parts, np.full(total, -1, np.int64))
