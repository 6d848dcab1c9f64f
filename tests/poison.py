"""Crafted mails and a hostile labeller: how much of the macro-F1 on clean mails they take."""

import random
from collections import Counter
from dataclasses import replace

from sklearn.metrics import f1_score

from learning.example import Example, Label
from learning.features import Prepared, prepare
from learning.model import Model

Mails = list[tuple[Example, str]]
STUFFED = 50
"""Words that a crafted mail is stuffed with."""
WARM = 1 / 3
"""Share of a set that is learned before the attack begins; what comes after is judged."""


def attacked(mails: Mails, *, crafted: float = 0.0, flipped: float = 0.0, seed: int = 11) -> float:
    """Macro-F1 on the clean mails, each ranked before it is learned.

    Args:
        mails: in the order of learning.
        crafted: chance that a clean mail is followed by a crafted copy of an earlier one, truly labelled.
        flipped: chance that a clean mail's label says the set's most frequent unit.
    """
    dice, model, begin = random.Random(seed), Model(), int(len(mails) * WARM)
    telling, common = _vocabularies(mails[:begin])
    target = Counter(unit for _, unit in mails[:begin]).most_common(1)[0][0]
    truth, said = [], []
    for n, (example, unit) in enumerate(mails):
        prepared = prepare(example)
        first = model.rank(prepared, 1).first
        hit, followed = dice.random() < flipped, dice.random() < crafted
        if n >= begin:
            truth.append(unit)
            said.append(first.unit if first else "")
        model.learn(prepared, Label(example.id, target if hit and n >= begin else unit))
        if followed and n >= begin:
            source, owner = mails[dice.randrange(n)]
            model.learn(_crafted(source, owner, telling, common, dice), Label(f"{example.id}-crafted", owner))
    return float(f1_score(truth, said, labels=sorted(set(truth)), average="macro", zero_division=0.0))


def _crafted(
    source: Example, owner: str, telling: dict[str, list[str]], common: list[str], dice: random.Random
) -> Prepared:
    """A mail with the words that tell of another unit, or, every other time, with random common ones."""
    other = dice.choice(sorted(telling.keys() - {owner}))
    words = telling[other] if dice.random() < 0.5 else dice.sample(common, min(STUFFED, len(common)))
    return prepare(replace(source, id=f"{source.id}+", text=f"{source.text}\n{' '.join(words)}"))


def _vocabularies(mails: Mails) -> tuple[dict[str, list[str]], list[str]]:
    """The most telling words of each unit, and the words most common everywhere."""
    everywhere: Counter[str] = Counter()
    own: dict[str, Counter[str]] = {}
    for example, unit in mails:
        words = set(prepare(example).words)
        everywhere.update(words)
        own.setdefault(unit, Counter()).update(words)
    telling = {
        unit: sorted(counts, key=lambda w: (-(counts[w] ** 2) / everywhere[w], w))[:STUFFED]
        for unit, counts in own.items()
    }
    return telling, [word for word, _ in everywhere.most_common(500)]


ATTACKS: dict[str, dict[str, float]] = {
    "1 % crafted": {"crafted": 0.01},
    "5 % crafted": {"crafted": 0.05},
    "5 % flipped": {"flipped": 0.05},
}


def losses(mails: Mails) -> tuple[float, dict[str, float]]:
    """(macro-F1 without attack, points of it that each attack takes)."""
    clean = attacked(mails)
    return clean, {name: 100 * (clean - attacked(mails, **how)) for name, how in ATTACKS.items()}
