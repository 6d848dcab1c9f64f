"""A rule for the confidence limit, run over a stream as it would have been in life: from known suggestions only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from learning.baselines import naive_limit
from learning.budget import KnownOutcome, confidence_limit, most_automatic
from learning.rehearsal import RENEWED_EVERY
from learning.sampling import exact
from tests.benchmark.streams import Stream

Rule = Callable[[Sequence[KnownOutcome], float], float | None]
"""Evidence, oldest first, and the budget → the limit, or None while it supports none."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a rule let through: how many of `mails`, how many of those wrong, and the same of the last half alone."""

    mails: int
    automatic: int
    wrong: int
    oracle: int
    late_mails: int
    late_automatic: int
    late_oracle: int

    @property
    def share(self) -> float:
        return self.automatic / max(1, self.mails)

    @property
    def error(self) -> float | None:
        """Of what went alone, how much was wrong; None where nothing did."""
        return self.wrong / self.automatic if self.automatic else None

    @property
    def oracle_share(self) -> float:
        return self.oracle / max(1, self.mails)

    @property
    def late_share(self) -> float:
        return self.late_automatic / max(1, self.late_mails)

    @property
    def late_oracle_share(self) -> float:
        return self.late_oracle / max(1, self.late_mails)

    def beyond(self, budget: float) -> bool:
        """Whether the error is over budget by more than chance explains: its exact 95 % interval lies above."""
        return self.automatic > 0 and exact(self.wrong, self.automatic)[0] > budget


def ours(evidence: Sequence[KnownOutcome], budget: float) -> float | None:
    return confidence_limit(evidence, budget)


def naive(evidence: Sequence[KnownOutcome], budget: float) -> float | None:
    return naive_limit([(known.confidence, known.right) for known in evidence if known.weight > 0], budget)


def kept(stream: Stream, rule: Rule, budget: float, delay: int = 0) -> Kept:
    """What the rule lets through, chosen anew every 50 mails from labels that have come, as in a rehearsal."""
    evidence = [
        KnownOutcome(confidence, right, weight, suggested or "")
        for (confidence, right), weight, suggested in zip(stream.pairs, stream.weight, stream.suggested, strict=True)
    ]
    limit, automatic = None, []
    for n, known in enumerate(evidence):
        if n and n % RENEWED_EVERY == 0:
            limit = rule(evidence[: max(0, n - delay)], budget)
        automatic.append(limit is not None and known.confidence >= limit)
    return counted(stream, automatic, budget)


def as_played(stream: Stream, budget: float) -> Kept:
    """What the run itself let through."""
    return counted(stream, stream.automatic, budget)


def counted(stream: Stream, automatic: Sequence[bool], budget: float) -> Kept:
    half, right, pairs = len(stream) // 2, stream.right, stream.pairs
    return Kept(
        mails=len(stream),
        automatic=sum(automatic),
        wrong=sum(alone and not ok for alone, ok in zip(automatic, right, strict=True)),
        oracle=most_automatic(pairs, budget),
        late_mails=len(stream) - half,
        late_automatic=sum(automatic[half:]),
        late_oracle=most_automatic(pairs[half:], budget),
    )
