"""The one evaluation: predict, then learn, over labelled history, with the delay that labels have in real life."""

import resource
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Protocol

import numpy as np

from learning.budget import confidence_limit, most_automatic
from learning.example import Example, Label, Ranking
from learning.features import Prepared, prepare
from learning.interval import wilson

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
    automated, chosen in hindsight. Predicting includes cleaning and features; learning starts from prepared features.
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

    def to_json(self) -> dict[str, str | int | float | None]:
        """The fields by name, as the benchmark's tables have them."""
        return asdict(self)


@dataclass(slots=True)
class _Record:
    seen: list[tuple[float, bool]] = field(default_factory=list)
    in_top3: int = 0
    automatic: int = 0
    automatic_right: int = 0
    predict_ms: list[float] = field(default_factory=list)
    learn_ms: list[float] = field(default_factory=list)


def rehearse(
    model: Router,
    mails: Sequence[tuple[Example, str]],
    *,
    automatic: Automatic,
    warm: int = 0,
    delay: int = 0,
    max_error: float = 0.05,
    peer: str = "sluse",
    progress: Progress | None = None,
    stopwatch: Stopwatch = time.perf_counter,
) -> Rehearsal:
    """Play labelled history through a model that knows nothing yet.

    Each mail is predicted before its label is shown, and the label comes `delay` mails later. The confidence limit is
    chosen every 50 scored mails, from scored mails whose labels have come.

    Args:
        model: empty; it has learned the history afterwards.
        mails: mails and their units, in order.
        automatic: the routing policy; it lives with the rules of the house, not here.
        warm: so many mails at the start are labelled history: learned at once and not scored.
        delay: mails between a prediction and its label.
        max_error: the error budget, 0..1.
        peer: name in the result.
        progress: told every 50 mails.
        stopwatch: seconds, for the times in the result.
    """
    record, pending = _Record(), deque[tuple[Prepared, Label]]()
    limit: float | None = None
    begun = stopwatch()
    for n, (example, unit) in enumerate(mails):
        started = stopwatch()
        prepared = prepare(example)
        if n >= warm:
            ranking = model.rank(prepared)
            record.predict_ms.append((stopwatch() - started) * 1e3)
            _score(record, ranking, unit, automatic(ranking, limit))
            if len(record.seen) % RENEWED_EVERY == 0:
                limit = confidence_limit(record.seen[: max(0, len(record.seen) - delay)], max_error)
        pending.append((prepared, Label(example.id, unit)))
        if len(pending) > delay or n < warm:
            started = stopwatch()
            model.learn(*pending.popleft())
            record.learn_ms.append((stopwatch() - started) * 1e3)
        if progress and (n + 1) % RENEWED_EVERY == 0:
            progress(n + 1, len(mails))
    return _result(record, peer, max_error, (stopwatch() - begun) * 1e3 / max(1, len(mails)))


def _score(record: _Record, ranking: Ranking, unit: str, automatic: bool) -> None:
    right = ranking.first is not None and ranking.first.unit == unit
    record.seen.append((ranking.confidence, right))
    record.in_top3 += unit in {suggestion.unit for suggestion in ranking.suggestions[:3]}
    record.automatic += automatic
    record.automatic_right += automatic and right


def _result(record: _Record, peer: str, max_error: float, ms_per_mail: float) -> Rehearsal:
    scored = len(record.seen)
    low, high = wilson(record.automatic_right, record.automatic)
    predict = np.percentile(record.predict_ms or [0.0], [50, 99]).tolist()
    learn = np.percentile(record.learn_ms or [0.0], [50, 99]).tolist()
    return Rehearsal(
        peer=peer,
        scored=scored,
        accuracy=sum(right for _, right in record.seen) / max(1, scored),
        auto_share=record.automatic / max(1, scored),
        auto_precision=record.automatic_right / record.automatic if record.automatic else None,
        auto_precision_low=low,
        auto_precision_high=high,
        oracle_auto_share=most_automatic(record.seen, max_error) / max(1, scored),
        ms_per_mail=ms_per_mail,
        top3=record.in_top3 / max(1, scored),
        ms_predict_p50=predict[0],
        ms_predict_p99=predict[1],
        ms_learn_p50=learn[0],
        ms_learn_p99=learn[1],
        peak_rss_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )
