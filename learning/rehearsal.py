"""The one evaluation: predict, then learn. Over labelled history, with the delay that labels have in real life."""

import resource
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

from learning import out_of_scope
from learning.budget import KnownOutcome, confidence_limit, most_automatic
from learning.example import Example, Ranking, TaughtLabel
from learning.features import Prepared, prepare
from learning.feedback import Answer, Feedback, Full
from learning.interval import wilson
from learning.outcome import (
    CurvePoint,
    Outcome,
    UnitFigures,
    accuracy,
    belongs_to_none,
    by_unit,
    learning_curve,
    out_of_scope_counts,
)
from learning.salt import UNSALTED, Salt

RENEWED_EVERY = 50
"""Scored mails between two choices of the confidence limit."""
TOP = 5
Mails = Sequence[tuple[Example, str | None]]
"""Mails and the unit each belongs to, in order; None is a mail of no class of which nothing is taught, one that is taught has the
name of a class outside the units."""

Automatic = Callable[[Ranking, float | None], bool]
"""Whether a mail with this ranking would be routed without a human at this confidence limit."""
Progress = Callable[[int, int], None]
"""Told (mails done, mails in all) now and then."""
Stopwatch = Callable[[], float]
WARM = Answer(automatic=False, known=True, weight=1.0)
"""A human decided it, as all of the warm start."""


class Router(Protocol):
    """The interface of what can be rehearsed. The project's model, or a baseline behind the same verbs."""

    def learn(self, prepared: Prepared, label: TaughtLabel) -> None: ...

    def rank(self, prepared: Prepared, top: int = 5, out_of_scope_share: float = 0.0) -> Ranking: ...


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The figures of a rehearsal. Shares are in 0..1, times in milliseconds, memory in MiB of the whole process.

    `auto_precision_low` and `_high` are Wilson's 95 % interval. `oracle_auto_share` is what the best limit would have
    automated, chosen in hindsight; `late_` is of the last half of the scored mails alone. `labels_known` counts the
    scored mails whose label came, or would have in time. `out_of_scope` belong to no unit; `out_of_scope_auto_share` is of
    them, `accuracy` and `top3` are of the others.
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
    late_auto_share: float
    late_oracle_auto_share: float
    out_of_scope: int
    out_of_scope_auto_share: float | None
    learning_curve: list[CurvePoint]
    units: dict[str, UnitFigures]

    def to_json(self) -> dict[str, Any]:
        """Return the fields by name. The benchmark's tables have them so."""
        return asdict(self)


@dataclass(slots=True)
class Course:
    """A rehearsal that has been played. Each scored mail, and how long predicting and learning took, in ms."""

    outcomes: list[Outcome] = field(default_factory=list)
    predict_ms: list[float] = field(default_factory=list)
    learn_ms: list[float] = field(default_factory=list)
    ms_per_mail: float = 0.0
    _evidence: list[KnownOutcome] = field(default_factory=list)
    """One entry a scored mail; its weight is 0 where its label never comes."""
    _seen: list[tuple[bool, float]] = field(default_factory=list)
    """One entry a mail, those of the warm start too: whether it is a mail of no class, and its weight as above."""

    def score(self, example: Example, unit: str | None, ranking: Ranking, answer: Answer) -> None:
        first = ranking.all[0].unit if ranking.all else None
        in_top3 = unit in {suggestion.unit for suggestion in ranking.all[:3]}
        self.outcomes.append(
            Outcome(
                example.id, unit, first, ranking.confidence, in_top3, answer.automatic, answer.known, len(self.learn_ms)
            )
        )
        # What is strange, or known to be no unit's, is never routed, so it says nothing about what is.
        weight = 0.0 if ranking.out_of_scope or ranking.elsewhere else answer.weight
        self._evidence.append(KnownOutcome(ranking.confidence, self.outcomes[-1].right, weight, first or ""))

    def see(self, unit: str | None, weight: float) -> None:
        """Note a mail for the share of out-of-scope ones. One of the warm start, or a scored one."""
        self._seen.append((belongs_to_none(unit), weight))

    def limit(self, delay: int, max_error: float) -> float | None:
        """Return the confidence limit, by delayed evidence. By what is known `delay` mails late."""
        return confidence_limit(self._evidence[: max(0, len(self._evidence) - delay)], max_error)

    def out_of_scope_share(self, delay: int) -> float:
        """Return the share of out-of-scope mails, by delayed evidence. By what is known `delay` mails late."""
        return out_of_scope.out_of_scope_share(self._seen[: max(0, len(self._seen) - delay)])


def rehearse(
    model: Router,
    mails: Mails,
    *,
    automatic: Automatic,
    warm: int = 0,
    delay: int = 0,
    max_error: float = 0.05,
    peer: str = "sluse",
    feedback: Feedback | None = None,
    progress: Progress | None = None,
    stopwatch: Stopwatch = time.perf_counter,
    salt: Salt = UNSALTED,
) -> Rehearsal:
    """Play labelled history through an empty model. The result sums it up.

    Args:
        model: empty; it has learned the history afterwards.
        mails: mails and their units, in order; those of no class among them are scored, and learned where they have a name.
        automatic: the routing policy; it lives with the rules of the house, not here.
        warm: so many mails at the start are labelled history: learned at once and not scored.
        delay: mails between a prediction and its label.
        max_error: the error budget, 0..1.
        peer: name in the result.
        feedback: which labels come; all of them where nothing is said.
        progress: told every 50 mails.
        stopwatch: seconds, for the times in the result.
        salt: where features lie; the result does not depend on it.
    """
    course = play(
        model,
        mails,
        automatic=automatic,
        warm=warm,
        delay=delay,
        max_error=max_error,
        feedback=feedback or Full(),
        progress=progress,
        stopwatch=stopwatch,
        salt=salt,
    )
    return _result(course, peer, max_error)


def play(
    model: Router,
    mails: Mails,
    *,
    automatic: Automatic,
    warm: int = 0,
    delay: int = 0,
    max_error: float = 0.05,
    feedback: Feedback,
    progress: Progress | None = None,
    stopwatch: Stopwatch = time.perf_counter,
    salt: Salt = UNSALTED,
) -> Course:
    """Predict each mail before its label is shown. A label that comes, comes `delay` mails later.

    The confidence limit is chosen every 50 scored mails, from scored mails whose labels have come, and with it the
    share of mails of no class that the model is told. Such a mail that a human sees, or that comes back, was suggested wrongly.
    Arguments as `rehearse` has them.
    """
    course, pending = Course(), deque[tuple[Prepared, TaughtLabel] | None]()
    limit, share = None, course.out_of_scope_share(delay)
    begun = stopwatch()
    for n, (example, unit) in enumerate(mails):
        started = stopwatch()
        prepared, answer = prepare(example, salt), WARM
        if n >= warm:
            ranking = model.rank(prepared, TOP, share)
            course.predict_ms.append((stopwatch() - started) * 1e3)
            answer = _answer(feedback, ranking, unit, confident=automatic(ranking, limit))
            course.score(example, unit, ranking, answer)
        course.see(unit, answer.weight)
        lesson = None if unit is None or not answer.known else (prepared, TaughtLabel(example.id, unit, answer.weight))
        pending.append(lesson)
        if (len(pending) > delay or n < warm) and (lesson := pending.popleft()):
            started = stopwatch()
            model.learn(*lesson)
            course.learn_ms.append((stopwatch() - started) * 1e3)
        if (n + 1 - warm) % RENEWED_EVERY == 0 and n + 1 >= warm:
            limit, share = course.limit(delay, max_error), course.out_of_scope_share(delay)
        if progress and (n + 1) % RENEWED_EVERY == 0:
            progress(n + 1, len(mails))
    course.ms_per_mail = (stopwatch() - begun) * 1e3 / max(1, len(mails))
    return course


def _answer(feedback: Feedback, ranking: Ranking, unit: str | None, *, confident: bool) -> Answer:
    suggested = ranking.first.unit if ranking.first else ""
    return feedback.answer(confident=confident, right=unit is not None and suggested == unit, unit=suggested)


def _result(course: Course, peer: str, max_error: float) -> Rehearsal:
    outcomes = course.outcomes
    scored, routed = len(outcomes), [each.right for each in outcomes if each.automatic]
    late, (outside, let_through) = outcomes[scored // 2 :], out_of_scope_counts(outcomes)
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
        oracle_auto_share=_oracle(outcomes, max_error),
        ms_per_mail=course.ms_per_mail,
        top3=sum(each.in_top3 for each in outcomes if not each.out_of_scope) / max(1, scored - outside),
        ms_predict_p50=predict[0],
        ms_predict_p99=predict[1],
        ms_learn_p50=learn[0],
        ms_learn_p99=learn[1],
        peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        labels_known=sum(each.known for each in outcomes),
        late_auto_share=sum(each.automatic for each in late) / max(1, len(late)),
        late_oracle_auto_share=_oracle(late, max_error),
        out_of_scope=outside,
        out_of_scope_auto_share=let_through / outside if outside else None,
        learning_curve=learning_curve(outcomes),
        units=by_unit(outcomes),
    )


def _oracle(outcomes: Sequence[Outcome], max_error: float) -> float:
    return most_automatic([(each.confidence, each.right) for each in outcomes], max_error) / max(1, len(outcomes))
