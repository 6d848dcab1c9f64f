"""The outcomes of a rehearsal's mails, and their counts. Plain values, no model."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learning.example import is_outside

POINTS = 20
"""A learning curve has at most so many points."""
STEPS = (10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scored mail. `labels` is how many the model had learned before it was asked.

    `unit` is None of a mail of no class, a mail that belongs to no unit, or names a class outside them where that was taught.
    `automatic`: routed without a human. `known`: its label came back sooner or later.
    """

    id: str
    unit: str | None
    suggested: str | None
    confidence: float
    in_top3: bool
    automatic: bool
    known: bool
    labels: int

    @property
    def right(self) -> bool:
        return self.suggested is not None and self.suggested == self.unit

    @property
    def out_of_scope(self) -> bool:
        """Tell whether the mail belongs to no unit."""
        return belongs_to_none(self.unit)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of the learning curve.

    `mails` are scored in a row, and it says how right the first suggestion was; `labels` had been learned by their end.
    """

    labels: int
    mails: int
    accuracy: float
    auto_share: float


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """The figures of a unit in a rehearsal. Shares are None where there is nothing to take a share of.

    n: mails that belong to it. precision: of the mails suggested for it, how many do. recall: of its mails, how many
    were suggested for it. auto_share: of its mails, how many were routed without a human, wherever to.
    auto_precision: of the mails routed to it without a human, how many belong to it.
    """

    n: int
    precision: float | None
    recall: float | None
    auto_share: float | None
    auto_precision: float | None


def belongs_to_none(unit: str | None) -> bool:
    """Tell whether this truth means no unit."""
    return unit is None or is_outside(unit)


def learning_curve(outcomes: Sequence[Outcome]) -> list[CurvePoint]:
    """Return accuracy by number of labels. The stretches have equal length; the last may be shorter."""
    every = next((step for step in STEPS if len(outcomes) <= POINTS * step), len(outcomes))
    stretches = (outcomes[start : start + every] for start in range(0, len(outcomes), every))
    return [
        CurvePoint(part[-1].labels, len(part), accuracy(part), sum(each.automatic for each in part) / len(part))
        for part in stretches
    ]


def accuracy(outcomes: Sequence[Outcome]) -> float:
    """Return the share of right first suggestions. Of mails that belong to a unit; 0.0 of none."""
    own = [each.right for each in outcomes if not each.out_of_scope]
    return sum(own) / max(1, len(own))


def out_of_scope_counts(outcomes: Iterable[Outcome]) -> tuple[int, int]:
    """Count out-of-scope mails, and those routed. The robot routed the latter all the same."""
    automatic = [each.automatic for each in outcomes if each.out_of_scope]
    return len(automatic), sum(automatic)


def by_unit(outcomes: Iterable[Outcome]) -> dict[str, UnitFigures]:
    """Return each unit's figures, by name. A mail belongs to it or was suggested for it."""
    own: dict[str, list[Outcome]] = defaultdict(list)
    suggested: dict[str, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        if each.unit is not None and not each.out_of_scope:
            own[each.unit].append(each)
        if each.suggested is not None and not is_outside(each.suggested):
            suggested[each.suggested].append(each)
    return {unit: _figures(own[unit], suggested[unit]) for unit in sorted(own.keys() | suggested.keys())}


def _figures(own: list[Outcome], suggested: list[Outcome]) -> UnitFigures:
    right = sum(each.right for each in suggested)
    routed = [each.right for each in suggested if each.automatic]
    return UnitFigures(
        n=len(own),
        precision=_share(right, len(suggested)),
        recall=_share(right, len(own)),
        auto_share=_share(sum(each.automatic for each in own), len(own)),
        auto_precision=_share(sum(routed), len(routed)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
