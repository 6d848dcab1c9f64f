"""Sluse itself over the sets: what the rehearsal of the house makes of them, kept as streams."""

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from app.domain import routing
from learning import labelled, rehearsal
from learning.feedback import Answer, Feedback, Full, Partial
from learning.model import Model
from tests.benchmark.sets import JUDGED, NAMED, SETS, Set
from tests.benchmark.streams import Stream, cached, digest, place

BUDGETS = (0.02, 0.05, 0.10)
OOS = 0.2
"""Share of the stream that belongs to no unit, in the runs with mails of no class."""
LIBRARIES = ("numba", "numpy", "scipy", "scikit-learn", "river")
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Run:
    """One rehearsal. `budget` bears on what is learned under partial feedback only."""

    chosen: Set
    seed: int
    delay: int = 0
    cold: bool = False
    partial: bool = False
    budget: float = 0.05
    oos: bool = False

    @property
    def name(self) -> str:
        line = f"partial-{self.budget:g}" if self.partial else "full"
        start = "cold" if self.cold else "warm"
        return f"sluse.{self.chosen.name}{'-oos' if self.oos else ''}.{self.seed}.{start}.delay-{self.delay}.{line}"

    @property
    def done(self) -> bool:
        return place(self.name, sources()).exists()

    def stream(self) -> Stream:
        """Played at most once by the same sources of `learning`."""
        return cached(self.name, sources(), lambda: _play(self))


def streams(chosen: Set, *, play: bool, **how: Any) -> dict[int, Stream]:
    """Sluse's stream of each seed; without `play`, of the seeds that were played before. `how` is as in Run."""
    runs = {seed: Run(chosen, seed, **how) for seed in chosen.seeds}
    return {seed: run.stream() for seed, run in runs.items() if play or run.done}


@cache
def sources() -> str:
    """Digest of everything a stream of Sluse depends on: `learning`, the policy, and the libraries' versions."""
    versions = [platform.python_version(), *map(importlib.metadata.version, LIBRARIES)]
    return digest([*(ROOT / "learning").glob("*.py"), ROOT / "app" / "domain" / "routing.py"], " ".join(versions))


@dataclass(slots=True)
class Noted:
    """Feedback that keeps what it answered: how many mails each one stands for."""

    inner: Feedback
    weights: list[float] = field(default_factory=list)

    def answer(self, *, confident: bool, right: bool, unit: str) -> Answer:
        answer = self.inner.answer(confident=confident, right=right, unit=unit)
        self.weights.append(float(answer.weight))
        return answer


def _play(run: Run) -> Stream:
    mails = labelled.load(
        run.chosen.path, order=run.chosen.order, seed=run.seed, limit=run.chosen.limit,
        exclude_oos=run.chosen.oos_left_out and not run.oos, out_of_scope_share=OOS if run.oos else None,
    )  # fmt: skip
    return played(run, mails, Model)


def played(run: Run, mails: rehearsal.Mails, make: Callable[[], rehearsal.Router]) -> Stream:
    """The run's rehearsal of these mails with a new model."""
    feedback = Noted(Partial(seed=run.seed) if run.partial else Full())
    course = rehearsal.play(
        make(), mails, automatic=routing.confident, warm=0 if run.cold else run.chosen.warm, delay=run.delay,
        max_error=run.budget, feedback=feedback,
    )  # fmt: skip
    scored = course.outcomes
    return Stream(
        ids=[each.id for each in scored],
        units=[each.unit for each in scored],
        suggested=[each.suggested for each in scored],
        confidence=[float(each.confidence) for each in scored],
        known=[each.known for each in scored],
        weight=feedback.weights,
        automatic=[each.automatic for each in scored],
        learned=[each.labels for each in scored],
        seconds=course.ms_per_mail * len(mails) / 1e3,
    )


def accuracy_runs() -> list[Run]:
    """Warm, with delay, and cold: every set and seed, the first seed of all sets first."""
    pairs = [(chosen, seed) for chosen in SETS for seed in chosen.seeds[:1]]
    pairs += [(chosen, seed) for chosen in SETS for seed in chosen.seeds[1:]]
    return [Run(c, s, **how) for how in ({}, {"delay": 50}, {"cold": True}) for c, s in pairs]  # type: ignore[arg-type]


def partial_runs() -> list[Run]:
    """The four judged sets with labels as scarce as in real life: what comes depends on the budget."""
    return [Run(c, s, partial=True, budget=b) for b in (0.05, 0.1, 0.02) for c in JUDGED for s in c.seeds]


def oos_runs() -> list[Run]:
    """clinc150 with mails of no class mixed in, never labelled."""
    chosen = NAMED["clinc150"]
    return [Run(chosen, seed, partial=partial, oos=True) for partial in (False, True) for seed in chosen.seeds]
