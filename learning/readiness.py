"""The worth of a labelled history before it is learned. Plain values go in, plain values come out."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import pairwise
from math import ceil
from typing import Any

from learning import likeness
from learning.budget import most_automatic
from learning.example import Example
from learning.interval import wilson
from learning.language import language_of
from learning.outcome import CurvePoint, Outcome, accuracy, by_unit, learning_curve
from learning.text import clean

LEAST = 50
"""Suggestions for a unit at or above a confidence that it takes to say anything about it."""
GAP_DAYS = 14
WEEKS = 52
"""Nobody can say what will be after more than a year."""
LATEST = 3
"""What is expected is what the last third of the history gave."""


@dataclass(frozen=True, slots=True)
class HistoryMail:
    """A mail whose unit is known. `name` says where it lies, `digest` tells its bytes from all others."""

    name: str
    unit: str
    at: datetime | None
    digest: str
    example: Example


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Mails that say the same for different units. (name, unit) of each. The subject is given by its hash only."""

    subject_hash: str
    mails: tuple[tuple[str, str], ...]

    @property
    def outvoted(self) -> int:
        """Return how many mails contradict the majority. They went elsewhere than most of them did."""
        return len(self.mails) - max(Counter(unit for _, unit in self.mails).values())


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without any mail."""

    after: date
    before: date
    days: int


@dataclass(frozen=True, slots=True)
class UnitReadiness:
    """One unit. `evidence`: its suggestions at or above the confidence from which on they kept the error budget.

    `weeks` until there are enough of those (0: now), None where it is not to be within a year or cannot be said.
    """

    labels: int
    first: date | None
    last: date | None
    accuracy: float | None
    precision: float | None
    evidence: int
    weeks: int | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """The readiness of a history to be learned.

    `expected_*` are measured on the last third, each mail predicted from what came before it.
    """

    mails: int
    units: dict[str, UnitReadiness]
    without_mails: list[str]
    contradictions: list[Contradiction]
    duplicates: list[list[str]]
    first: date | None
    last: date | None
    gaps: list[Gap]
    undated: list[str]
    languages: dict[str, int]
    max_error: float
    expected_from: int
    expected_accuracy: float
    expected_accuracy_low: float
    expected_accuracy_high: float
    expected_auto_share: float
    expected_auto_precision: float | None
    learning_curve: list[CurvePoint]

    @property
    def outvoted(self) -> int:
        return sum(each.outvoted for each in self.contradictions)

    @property
    def surplus(self) -> int:
        """Count the copies beyond the first."""
        return sum(len(names) - 1 for names in self.duplicates)

    def to_json(self) -> dict[str, Any]:
        """Return the values by name, dates as text."""
        made = asdict(self) | {"outvoted": self.outvoted, "surplus": self.surplus}
        return {name: _plain(value) for name, value in made.items()}


def assess(
    past: Sequence[HistoryMail], outcomes: Sequence[Outcome], organisation: Sequence[str], max_error: float
) -> Readiness:
    """Sum up a history.

    Args:
        past: the readable mails, in the order they are to be learned.
        outcomes: of the rehearsal that predicted each of them before learning it.
        organisation: every unit there is.
        max_error: the error budget, 0..1.
    """
    days = sorted(mail.at.date() for mail in past if mail.at)
    latest = outcomes[-max(50, ceil(len(outcomes) / LATEST)) :]
    routed = [each.right for each in latest if each.automatic]
    low, high = wilson(sum(each.right for each in latest), len(latest))
    present = {mail.unit for mail in past}
    return Readiness(
        mails=len(past),
        units=_units(past, outcomes, max_error, days),
        without_mails=[unit for unit in organisation if unit not in present],
        contradictions=_contradictions(past),
        duplicates=_duplicates(past),
        first=days[0] if days else None,
        last=days[-1] if days else None,
        gaps=[Gap(a, b, (b - a).days) for a, b in pairwise(days) if (b - a).days >= GAP_DAYS],
        undated=[mail.name for mail in past if mail.at is None],
        languages=dict(Counter(map(_language, past)).most_common()),
        max_error=max_error,
        expected_from=len(latest),
        expected_accuracy=accuracy(latest),
        expected_accuracy_low=low,
        expected_accuracy_high=high,
        expected_auto_share=len(routed) / max(1, len(latest)),
        expected_auto_precision=sum(routed) / len(routed) if routed else None,
        learning_curve=learning_curve(outcomes),
    )


def _units(
    past: Sequence[HistoryMail], outcomes: Sequence[Outcome], max_error: float, days: Sequence[date]
) -> dict[str, UnitReadiness]:
    dates: dict[str, list[date]] = defaultdict(list)
    for mail in past:
        if mail.at:
            dates[mail.unit].append(mail.at.date())
    suggested: dict[str | None, list[tuple[float, bool]]] = defaultdict(list)
    for each in outcomes:
        suggested[each.suggested].append((each.confidence, each.right))
    labels, figures = Counter(mail.unit for mail in past), by_unit(outcomes)
    aside = len(days) // 100  # a few mails from clocks that were wrong must not stretch the rate over decades
    weeks = max(1.0, (days[-1 - aside] - days[aside]).days / 7) if days else None
    made = {}
    for unit, count in sorted(labels.items(), key=lambda item: (-item[1], item[0])):
        evidence = most_automatic(suggested[unit], max_error)
        own = figures[unit]
        made[unit] = UnitReadiness(
            labels=count,
            first=min(dates[unit], default=None),
            last=max(dates[unit], default=None),
            accuracy=own.recall,
            precision=own.precision,
            evidence=evidence,
            weeks=weeks_until(evidence, weeks),
        )
    return made


def weeks_until(evidence: int, weeks: float | None) -> int | None:
    """Return the weeks until a unit has enough evidence. At the rate at which it came in the `weeks` of the history."""
    if evidence >= LEAST:
        return 0
    if not evidence or weeks is None:
        return None
    missing = ceil((LEAST - evidence) / (evidence / weeks))
    return missing if missing <= WEEKS else None


def _contradictions(past: Sequence[HistoryMail]) -> list[Contradiction]:
    """Groups of nearly the same text with more than one unit, the largest first."""
    texts = ["\n".join(clean(mail.example.subject, mail.example.text)) for mail in past]
    mixed = [group for group in likeness.groups(texts) if len({past[n].unit for n in group}) > 1]
    made = [
        Contradiction(subject_hash(past[group[0]].example.subject), tuple((past[n].name, past[n].unit) for n in group))
        for group in mixed
    ]
    return sorted(made, key=lambda each: -len(each.mails))


def subject_hash(subject: str) -> str:
    """Return a subject's hash. A subject can name a citizen; its hash finds it again for whoever has the mail."""
    return hashlib.sha256(subject.encode("utf-8", "replace")).hexdigest()[:12]


def _duplicates(past: Sequence[HistoryMail]) -> list[list[str]]:
    """Names of mails that are the same byte for byte in the same unit."""
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mail in past:
        names[mail.digest, mail.unit].append(mail.name)
    return [same for same in names.values() if len(same) > 1]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _language(mail: HistoryMail) -> str:
    return language_of(f"{mail.example.subject}\n{mail.example.text}") or "unknown"
