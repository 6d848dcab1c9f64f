"""Crafted mails and a hostile labeller: how much of the macro-F1 on clean mails they take, and who notices.

The model sees every label, the false ones too, and none is taken back: the worst an attack can do. Beside it stands what
watches in the app: the breaker of each unit over blind checks and returns, and the watch for drift over the labels.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sklearn.metrics import f1_score

from app.domain.breaker import BreakerOutcome, judge
from app.services.learning.drift_monitor import SHORTEST
from app.services.platform import settings
from learning import sampling
from learning.drift import DriftDetector, DriftKind, Observation
from learning.example import Example, Ranking, TaughtLabel
from learning.features import Prepared, prepare
from learning.model import Model

Key = TypeVar("Key")

Mails = list[tuple[Example, str]]
STUFFED = 50
"""Words that a crafted mail is stuffed with."""
WARM = 1 / 3
"""Share of a set that is learned before the attack begins; what comes after is judged."""
MAX_ERROR = 0.05
RETURNED = 0.5
"""Of the wrong automatic routes, the share that a unit sends back."""
PACE = settings.LABEL_CAP.default
"""Labels of one account that may be learned at once; the next one raises an alarm."""
SOON = 50
"""Poisoned items within which the house shall act where the attack takes more than two points."""

Moment = tuple[int, int]
"""(which mail of the clean stream, how many poisoned items were learned until then)."""


@dataclass
class House:
    """What watches over the model, each thing with the first time it acted.

    `breaker` holds the units that fell back to suggestions, by checks and returns or because their errors rose (an
    alarm of that kind drops its unit too); `alarms` everything that drift told of.
    """

    seed: int
    breaker: dict[str, Moment] = field(default_factory=dict)
    alarms: dict[tuple[DriftKind, str | None], Moment] = field(default_factory=dict)
    _past: list[tuple[float, bool]] = field(default_factory=list)
    _limit: float | None = None

    def __post_init__(self) -> None:
        self._watch = DriftDetector()
        self._known: dict[str, list[BreakerOutcome]] = defaultdict(list)
        self._routed: Counter[str] = Counter()
        self._checks: Counter[str] = Counter()

    def open(self) -> None:
        """Let the robot route from now on, as surely as the mails until now ask for."""
        self._limit = limit(self._past[len(self._past) // 2 :])

    def see(self, prepared: Prepared, ranking: Ranking, label: TaughtLabel, at: Moment) -> None:
        """A mail, what the model says, and what its label says."""
        first = ranking.first
        suggested, right = (first.unit if first else None), first is not None and first.unit == label.unit
        if first and self._limit is None:
            self._past.append((ranking.confidence, right))
        elif first and ranking.confidence >= (self._limit or 0.0) and first.unit not in self.breaker:
            self._route(first.unit, right, label.id, at)
        words = tuple(word for word in prepared.words if len(word) >= SHORTEST and word.isalpha())
        seen = Observation(at[0], label.unit, suggested, right, ranking.confidence, words)
        for change in self._watch.observe(seen):
            self.alarms.setdefault((change.kind, change.unit), at)
            if change.kind is DriftKind.ERROR and change.unit is not None:
                self.breaker.setdefault(change.unit, at)

    def _route(self, unit: str, right: bool, name: str, at: Moment) -> None:
        """The coins belong to the mail: with and without an attack, the same clean mails are checked and sent back."""
        probability = sampling.probability(self._checks[unit], self._checks.total())
        checked, returned = (
            self._coin(why, name) < share for why, share in (("check", probability), ("back", RETURNED))
        )
        if checked:
            self._checks[unit] += 1
            self._known[unit].append(BreakerOutcome(right, probability))
        else:
            self._routed[unit] += 1
            if not right and returned:
                self._known[unit].append(BreakerOutcome(False))
        if judge(self._known[unit], self._routed[unit], MAX_ERROR).trips:
            self.breaker[unit] = at

    def _coin(self, why: str, name: str) -> float:
        return random.Random(f"{self.seed} {why} {name}").random()


def limit(past: Sequence[tuple[float, bool]]) -> float:
    """The lowest confidence from which on the past was wrong in at most the error budget; beyond all where there is none."""
    wrong, lowest = 0, 2.0
    for n, (confidence, right) in enumerate(sorted(past, reverse=True), 1):
        wrong += not right
        lowest = confidence if wrong <= MAX_ERROR * n else lowest
    return lowest


@dataclass(frozen=True, slots=True)
class Run:
    """Macro-F1 on the clean mails, and how the house fared: `poisoned` items were learned."""

    f1: float
    poisoned: int
    house: House

    def acted(self, clean: "Run") -> int | None:
        """Poisoned items until a unit fell back to suggestions that had not by then without the attack."""
        return _first(self.house.breaker, clean.house.breaker)

    def alarmed(self, clean: "Run") -> int | None:
        """Poisoned items until an alarm that was not raised by then without the attack."""
        return _first(self.house.alarms, clean.house.alarms)


def _first(found: dict[Key, Moment], usual: dict[Key, Moment]) -> int | None:
    """Poisoned items at the first event that did not come as early in the usual course."""
    own = [poisoned for key, (n, poisoned) in found.items() if poisoned and (key not in usual or usual[key][0] > n)]
    return min(own, default=None)


def attacked(mails: Mails, *, crafted: float = 0.0, flipped: float = 0.0, burst: int = 0, seed: int = 11) -> Run:
    """The clean mails in order, each ranked before it is learned, under an attack.

    Args:
        mails: in the order of learning.
        crafted: chance that a clean mail is followed by a crafted copy of an earlier one, truly labelled.
        flipped: chance that a clean mail's label says the set's most frequent unit.
        burst: so many earlier mails are labelled as that unit at once, when the attack begins.
    """
    dice, model, house, begin = random.Random(seed), Model(), House(seed), int(len(mails) * WARM)
    telling, common = _vocabularies(mails[:begin])
    target = Counter(unit for _, unit in mails[:begin]).most_common(1)[0][0]
    truth, said, poisoned = [], [], 0

    def take(prepared: Prepared, name: str, label: str, n: int) -> str:
        ranking, given = model.rank(prepared, 1), TaughtLabel(name, label)
        house.see(prepared, ranking, given, (n, poisoned))
        model.learn(prepared, given)
        return ranking.first.unit if ranking.first else ""

    for n, (example, unit) in enumerate(mails):
        hit, followed = dice.random() < flipped, dice.random() < crafted
        if n == begin:
            house.open()
            for k, (source, _) in enumerate(mails[:burst]):
                poisoned += 1
                take(prepare(source), f"{source.id}-burst-{k}", target, n)
        poisoned += hit and n >= begin
        suggested = take(prepare(example), example.id, target if hit and n >= begin else unit, n)
        if n >= begin:
            truth.append(unit)
            said.append(suggested)
        if followed and n >= begin:
            source, owner = mails[dice.randrange(n)]
            poisoned += 1
            take(_crafted(source, owner, telling, common, dice), f"{example.id}-crafted", owner, n)
    f1 = float(f1_score(truth, said, labels=sorted(set(truth)), average="macro", zero_division=0.0))
    return Run(f1, poisoned, house)


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
    return telling, sorted(everywhere, key=lambda word: (-everywhere[word], word))[:500]


@dataclass(frozen=True, slots=True)
class Attack:
    name: str
    crafted: float = 0.0
    flipped: float = 0.0
    burst: int = 0


ATTACKS = (
    Attack("1 % crafted", crafted=0.01),
    Attack("5 % crafted", crafted=0.05),
    Attack("5 % flipped", flipped=0.05),
    Attack("one account at once, as many false labels as its pace lets through", burst=PACE),
)


@dataclass(frozen=True, slots=True)
class Harm:
    """What an attack took, in points of macro-F1, and after how many of its items the house noticed; None: never."""

    points: float
    poisoned: int
    acted: int | None
    alarmed: int | None

    @property
    def withstood(self) -> bool:
        return self.points <= 2 or (self.acted is not None and self.acted <= SOON)

    def __str__(self) -> str:
        acted, alarmed = (f"after {n}" if n is not None else "never" for n in (self.acted, self.alarmed))
        return f"{self.points:.1f} points by {self.poisoned} items; a unit falls back {acted}, an alarm {alarmed}"


def harms(mails: Mails) -> tuple[Run, dict[str, Harm]]:
    """(the run without attack, what each attack does)."""
    clean = attacked(mails)
    found = {}
    for each in ATTACKS:
        run = attacked(mails, crafted=each.crafted, flipped=each.flipped, burst=each.burst)
        points, alarmed = 100 * (clean.f1 - run.f1), run.alarmed(clean)
        # The label after the last one of the pace is held back and raises an alarm whatever the model says.
        alarmed = min(alarmed or PACE, PACE) if each.burst >= PACE else alarmed
        found[each.name] = Harm(points, run.poisoned, run.acted(clean), alarmed)
    return clean, found
