"""What shows that a unit has answered, though its answer was not seen."""

from collections.abc import Set
from enum import StrEnum


class Sign(StrEnum):
    """A sign that a unit is at work on an enquiry."""

    REPLIED = "replied"
    """Somebody pressed Reply on the mail that brought it to the unit, and sent what they wrote."""
    DRAFT_GONE = "draft_gone"
    """The draft lies neither in Drafts nor in the unit's Sent: sent from elsewhere, or thrown away."""
    THANKED = "thanked"
    """The citizen has written since, and only says thanks."""
    FORWARDED = "forwarded"
    """Somebody passed the mail on from the unit's mailbox."""
    GONE = "gone"
    """It lies in the unit's inbox no more: filed away, or deleted."""
    FLAGGED = "flagged"
    READ = "read"
    LATE = "late"
    """The deadline has passed."""


SURE = frozenset({Sign.REPLIED})
"""Mail programs write this down when a reply has left. What it said, and to whom, they do not."""
STRONG = frozenset({Sign.DRAFT_GONE, Sign.THANKED})
"""Enough to look, each by itself."""
WEAK = frozenset({Sign.FORWARDED, Sign.GONE, Sign.FLAGGED, Sign.READ})
"""Enough to look once the deadline has passed: then either the answer or the work is missing."""


def is_sure(signs: Set[Sign]) -> bool:
    """Tell whether somebody has surely replied."""
    return bool(signs & SURE)


def worth_a_look(signs: Set[Sign]) -> bool:
    """Tell whether somebody should look where the answer is."""
    return bool(signs & (SURE | STRONG)) or (Sign.LATE in signs and bool(signs & WEAK))
