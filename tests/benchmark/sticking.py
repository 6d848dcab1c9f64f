"""A correction sticks: after one, the same mail is right, its kin moves the right way, and the rest stays as it was.

A model learns the first half of a set. Mails of the second half that it then gets wrong are its confusions; each one
sampled is corrected on a copy of that model. Kin is another mail of the second half with the same true unit: of the
same thread (subject without `Re:` and the like) where there is one, else the one with the most similar features.
"""

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from scipy import sparse

from learning import snapshot
from learning.example import Example, TaughtLabel
from learning.features import SIZE, Prepared, prepare
from learning.model import Model
from learning.rehearsal import Mails
from tests.benchmark.section import Section, table
from tests.benchmark.sets import FIRST, JUDGED

SAMPLED, REST = 50, 1000
"""Confusions of each of the four sets; mails of its second half on which accuracy is compared."""
_PREFIX = re.compile(r"^\s*((re|sv|fw|fwd|vs|aw)(\[\d+\])?\s*:|\[[^\]]*\])\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tried:
    """One correction. `kin` says how the other mail was found; its position is 0 where its unit is first."""

    first: bool
    kin: str
    position: tuple[int, int]
    confidence: tuple[float, float]
    lost: float
    """Points of accuracy on the rest."""

    @property
    def higher(self) -> bool:
        """Its unit stands higher in the kin's ranking, or as high with more confidence."""
        before, after = self.position
        return after < before or (after == before and self.confidence[1] > self.confidence[0])


@dataclass(frozen=True, slots=True)
class Half:
    """The second half of a set: nothing of it was learned."""

    examples: list[Example]
    prepared: list[Prepared]
    units: list[str]
    features: sparse.csr_matrix
    """[mails, SIZE], rows of length 1, common features weighing less."""


def make(*, play: bool = True) -> Section:
    section, tried, rows = Section("A correction sticks"), [], []
    section.say(__doc__.split("\n\n", 1)[1].replace("\n", " "))
    for chosen in (each for each in JUDGED if each.here):
        found = tries(chosen.load(FIRST), SAMPLED, REST)
        tried += found
        rows.append([chosen.name, *_figures(found)])
    if tried:
        rows.append(["all", *_figures(tried)])
        counts = (len(tried), SAMPLED * len(JUDGED))
        share, higher = fmean(t.first for t in tried), fmean(t.higher for t in tried if t.kin)
        lost = fmean(t.lost for t in tried)
        section.judge("corrected unit first for the same mail", f"{share:.1%}", "100 %", share == 1, runs=counts)
        section.judge("its kin ranks the unit higher", f"{higher:.1%}", ">= 80 %", higher >= 0.8, runs=counts)
        section.judge(
            "accuracy lost on the rest", f"{lost:+.3f} points, mean", "<= 0.1 point", lost <= 0.1, runs=counts
        )
    heads = [
        "set",
        "corrections",
        "first at once",
        "kin by thread",
        "kin by likeness",
        "higher",
        "of those not first before",
        "points lost, mean",
        "most",
    ]
    section.say(table(heads, rows))
    return section


def _figures(tried: Sequence[Tried]) -> list[str]:
    kin = [t for t in tried if t.kin]
    behind = [t for t in kin if t.position[0] > 0]
    return [
        str(len(tried)), f"{fmean(t.first for t in tried):.1%}", str(sum(t.kin == "thread" for t in kin)),
        str(sum(t.kin == "likeness" for t in kin)), f"{fmean(t.higher for t in kin):.1%}" if kin else "-",
        f"{fmean(t.higher for t in behind):.1%} of {len(behind)}" if behind else "-",
        f"{fmean(t.lost for t in tried):+.3f}", f"{max(t.lost for t in tried):+.1f}",
    ]  # fmt: skip


def tries(labelled: Mails, count: int, rest: int) -> list[Tried]:
    """Up to `count` sampled confusions of the set, each corrected on a copy."""
    mails = [(example, unit) for example, unit in labelled if unit is not None]
    model, half, chance = Model(), len(mails) // 2, random.Random(FIRST)
    for example, unit in mails[:half]:
        model.learn(prepare(example), TaughtLabel(example.id, unit))
    late = _half(mails[half:])
    said = [ranking.first.unit if ranking.first else "" for ranking in model.rank_many(late.prepared, 1)]
    wrong = [n for n, unit in enumerate(late.units) if said[n] != unit]
    others = sorted(chance.sample(range(len(late.units)), min(rest, len(late.units))))
    content = snapshot.dump(model)
    sampled = sorted(chance.sample(wrong, min(count, len(wrong))))
    return [_try(content, model, late, said, n, others) for n in sampled]


def _half(mails: Sequence[tuple[Example, str]]) -> Half:
    prepared = [prepare(example) for example, _ in mails]
    lengths = np.cumsum([0, *(len(p.indices) for p in prepared)])
    indices = np.concatenate([p.indices for p in prepared])
    common = np.bincount(indices, minlength=SIZE)
    data = np.concatenate([1 + np.log1p(p.counts) for p in prepared]) * np.log((1 + len(mails)) / (1 + common[indices]))
    features = sparse.csr_matrix((data, indices, lengths), (len(mails), SIZE))
    norms = np.sqrt(np.asarray(features.multiply(features).sum(axis=1)).ravel())
    features = sparse.diags(1 / np.maximum(norms, 1e-12)) @ features
    return Half([example for example, _ in mails], prepared, [unit for _, unit in mails], features.tocsr())


def _try(content: bytes, before: Model, late: Half, said: Sequence[str], n: int, others: Sequence[int]) -> Tried:
    copy, unit = snapshot.load(content), late.units[n]
    copy.learn(late.prepared[n], TaughtLabel(late.examples[n].id, unit))
    first = copy.rank(late.prepared[n], 1).first
    how, kin = _kin(late, n)
    places = [_place(model, late.prepared[kin], unit) if how else (0, 0.0) for model in (before, copy)]
    rest = [other for other in others if other != n]
    now = [
        ranking.first.unit if ranking.first else "" for ranking in copy.rank_many([late.prepared[m] for m in rest], 1)
    ]
    lost = sum((said[m] == late.units[m]) - (now[at] == late.units[m]) for at, m in enumerate(rest))
    return Tried(
        first=first is not None and first.unit == unit, kin=how, position=(places[0][0], places[1][0]),
        confidence=(places[0][1], places[1][1]), lost=100 * lost / max(1, len(rest)),
    )  # fmt: skip


def _place(model: Model, prepared: Prepared, unit: str) -> tuple[int, float]:
    """(position, confidence) of the unit in the whole ranking; below all where the model has never heard of it."""
    ranking = model.rank(prepared, len(model.units)).suggestions
    found = [(at, each.confidence) for at, each in enumerate(ranking) if each.unit == unit]
    return found[0] if found else (len(ranking), 0.0)


def thread(subject: str) -> str:
    """The subject without what answering and lists put before it; "" where nothing is left."""
    before = None
    while before != subject:
        before, subject = subject, _PREFIX.sub("", subject)
    return " ".join(subject.lower().split())


def _kin(late: Half, n: int) -> tuple[str, int]:
    """How another mail of the same true unit was found, and which; ("", 0) where there is none."""
    same = [m for m, unit in enumerate(late.units) if unit == late.units[n] and m != n]
    if not same:
        return "", 0
    own = thread(late.examples[n].subject)
    threads: dict[str, list[int]] = defaultdict(list)
    for m in same:
        threads[thread(late.examples[m].subject)].append(m)
    if own and threads[own]:
        return "thread", min(threads[own], key=lambda m: abs(m - n))
    likeness = (late.features[same] @ late.features[n].T).toarray().ravel()
    return "likeness", same[int(likeness.argmax())]
