"""The plain values that enter and leave learning."""

from dataclasses import dataclass
from typing import NamedTuple

OUTSIDE = "outside/"
"""How the name of a class begins that is no unit, such as another authority: it is proposed, and never routed to."""


def is_outside(name: object) -> bool:
    """Tell whether a class is none of the units."""
    return isinstance(name, str) and name.startswith(OUTSIDE)


@dataclass(frozen=True, slots=True)
class Example:
    """One mail as learning sees it. `text` is the mail's own plain text, not yet cleaned."""

    id: str
    subject: str
    text: str
    mailbox: str = ""
    attachment_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaughtLabel:
    """A person's label for one example. The example belongs to `unit`, or to the class outside the units of that name.

    `weight`: how many suggestions the one for this mail stands for where confidences are learned. 1 where a human
    decides anyway, 1 / probability for a blind check, 0 where the label came only because the suggestion was wrong.
    """

    id: str
    unit: str
    weight: float = 1.0


class Suggestion(NamedTuple):
    """One unit in a ranking. `words` are those of the mail that spoke most for it, strongest first."""

    unit: str
    confidence: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranking of units by falling confidence. Confidences are in 0..1 and sum, with those outside, to at most 1.

    strange: the mail may belong to none of the units, whatever the first one's confidence if it does belong to one.
    outside: the likeliest classes that are no units, by falling confidence.
    """

    suggestions: tuple[Suggestion, ...] = ()
    out_of_scope: bool = False
    outside: tuple[Suggestion, ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Tell whether a class outside the units is first. Likelier than any unit: then no robot decides."""
        return bool(self.outside) and self.outside[0].confidence >= self.confidence

    @property
    def all(self) -> tuple[Suggestion, ...]:
        """Return all units and outside classes by confidence. The highest comes first."""
        return tuple(sorted((*self.outside, *self.suggestions), key=lambda each: -each.confidence))

    @property
    def first(self) -> Suggestion | None:
        return self.suggestions[0] if self.suggestions else None

    @property
    def confidence(self) -> float:
        """Return the first unit's confidence. 0.0 where there is none."""
        return self.suggestions[0].confidence if self.suggestions else 0.0
