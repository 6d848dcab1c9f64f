"""The one evaluation: predict, then learn, over labelled history, with the delay that labels have in real life."""

import resource
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

from learning.budget import confidence_limit, most_automatic
from learning.example import Example, Label, Ranking
from learning.features import Prepared, prepare
from learning.feedback import Answer, Feedback, Full
from learning.interval import wilson
from learning.outcome import CurvePoint, Outcome, UnitFigures, accuracy, by_unit, learning_curve

RENEWED_EVERY = 50
"""Scored mails between two choices of the confidence limit."""

Automatic = Callable[[Ranking, float | None], bool]
"""Whether a mail with this ranking would be routed without a human at this confidence limit."""
Progress = Callable[[int, int], None]
"""Told (mails done, mails in all) now and then."""
Stopwatch = Callable[[], float]


class Router(Protocol):
    """What can be rehearsed: the project's model, or a yardstick behind the same verbs."""

    def learn(self, prepared: Prepared, label: Label) -> None: ...

    def rank(self, prepared: Prepared, top: int = 5) -> Ranking: ...


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rehearsal measured: shares in 0..1, times in milliseconds, memory in MiB of the whole process.

    `auto_precision_low` and `_high` are Wilson's 95 % interval. `oracle_auto_share` is what the best limit would have
    automated, chosen in hindsight. `labels_known` counts the scored mails whose label came, or would have in time.
    Predicting includes cleaning and features; learning starts from prepared features.
    """

    peer: str
    scored: int
    accuracy: float
    auto_share: float
    auto_precision: float | None
    auto_precision_low: float
    auto_precision_high: float
    oracle_auto_share: float
    ms_per_mail: float
    top3: float
    ms_predict_p50: float
    ms_predict_p99: float
    ms_learn_p50: float
    ms_learn_p99: float
    peak_rss_mb: float
    labels_known: int
    learning_curve: list[CurvePoint]
    units: dict[str, UnitFigures]

    def to_json(self) -> dict[str, Any]:
        """The fields by name, as the benchmark's tables have them."""
        return asdict(self)


@dataclass(slots=True)
class Course:
    """A rehearsal that has been played: each scored mail, and how long predicting and learning took, in ms."""

    outcomes: list[Outcome] = field(default_factory=list)
    predict_ms: list[float] = field(default_factory=list)
    learn_ms: list[float] = field(default_factory=list)
    ms_per_mail: float = 0.0
    _evidence: list[list[tuple[float, bool]]] = field(default_factory=list)
    """One entry a scored mail: nothing where its label never comes, repeated where it stands for others."""

    def score(self, example: Example, unit: str, ranking: Ranking, answer: Answer) -> None:
        first = ranking.first.unit if ranking.first else None
        in_top3 = unit in {suggestion.unit for suggestion in ranking.suggestions[:3]}
        self.outcomes.append(
            Outcome(
                example.id, unit, first, ranking.confidence, in_top3, answer.automatic, answer.known, len(self.learn_ms)
            )
        )
        self._evidence.append([(ranking.confidence, first == unit)] * answer.weight)

    def limit(self, delay: int, max_error: float) -> float | None:
        """The confidence limit by what is known `delay` mails late."""
        come = self._evidence[: max(0, len(self._evidence) - delay)]
        return confidence_limit([pair for pairs in come for pair in pairs], max_error)


def rehearse(
    model: Router,
    mails: Sequence[tuple[Example, str]],
    *,
    automatic: Automatic,
    warm: int = 0,
    delay: int = 0,
    max_error: float = 0.05,
    peer: str = "sluse",
    feedback: Feedback | None = None,
    progress: Progress | None = None,
    stopwatch: Stopwatch = time.perf_counter,
) -> Rehearsal:
    """Play labelled history through a model that knows nothing yet, and sum up.

    Args:
        model: empty; it has learned the history afterwards.
        mails: mails and their units, in order.
        automatic: the routing policy; it lives with the rules of the house, not here.
        warm: so many mails at the start are labelled history: learned at once and not scored.
        delay: mails between a prediction and its label.
        max_error: the error budget, 0..1.
        peer: name in the result.
        feedback: which labels come; all of them where nothing is said.
        progress: told every 50 mails.
        stopwatch: seconds, for the times in the result.
    """
    course = play(
        model, mails, automatic=automatic, warm=warm, delay=delay, max_error=max_error,
        feedback=feedback or Full(), progress=progress, stopwatch=stopwatch,
    )  # fmt: skip
    return _result(course, peer, max_error)


def play(
    model: Router,
    mails: Sequence[tuple[Example, str]],
    *,
    automatic: Automatic,
    warm: int = 0,
    delay: int = 0,
    max_error: float = 0.05,
    feedback: Feedback,
    progress: Progress | None = None,
    stopwatch: Stopwatch = time.perf_counter,
) -> Course:
    """Each mail is predicted before its label is shown, and a label that comes, comes `delay` mails later.

    The confidence limit is chosen every 50 scored mails, from scored mails whose labels have come. Arguments as
    `rehearse` has them.
    """
    course, pending = Course(), deque[tuple[Prepared, Label] | None]()
    limit: float | None = None
    begun = stopwatch()
    for n, (example, unit) in enumerate(mails):
        started = stopwatch()
        prepared, known = prepare(example), True
        if n >= warm:
            ranking = model.rank(prepared)
            course.predict_ms.append((stopwatch() - started) * 1e3)
            right = ranking.first is not None and ranking.first.unit == unit
            answer = feedback.answer(confident=automatic(ranking, limit), right=right)
            known = answer.known
            course.score(example, unit, ranking, answer)
            if len(course.outcomes) % RENEWED_EVERY == 0:
                limit = course.limit(delay, max_error)
        pending.append((prepared, Label(example.id, unit)) if known else None)
        if (len(pending) > delay or n < warm) and (lesson := pending.popleft()):
            started = stopwatch()
            model.learn(*lesson)
            course.learn_ms.append((stopwatch() - started) * 1e3)
        if progress and (n + 1) % RENEWED_EVERY == 0:
            progress(n + 1, len(mails))
    course.ms_per_mail = (stopwatch() - begun) * 1e3 / max(1, len(mails))
    return course


def _result(course: Course, peer: str, max_error: float) -> Rehearsal:
    outcomes = course.outcomes
    scored, routed = len(outcomes), [each.right for each in outcomes if each.automatic]
    low, high = wilson(sum(routed), len(routed))
    predict = np.percentile(course.predict_ms or [0.0], [50, 99]).tolist()
    learn = np.percentile(course.learn_ms or [0.0], [50, 99]).tolist()
    return Rehearsal(
        peer=peer,
        scored=scored,
        accuracy=accuracy(outcomes),
        auto_share=len(routed) / max(1, scored),
        auto_precision=sum(routed) / len(routed) if routed else None,
        auto_precision_low=low,
        auto_precision_high=high,
        oracle_auto_share=most_automatic([(each.confidence, each.right) for each in outcomes], max_error)
        / max(1, scored),
        ms_per_mail=course.ms_per_mail,
        top3=sum(each.in_top3 for each in outcomes) / max(1, scored),
        ms_predict_p50=predict[0],
        ms_predict_p99=predict[1],
        ms_learn_p50=learn[0],
        ms_learn_p99=learn[1],
        peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        labels_known=sum(each.known for each in outcomes),
        learning_curve=learning_curve(outcomes),
        units=by_unit(outcomes),
    )
