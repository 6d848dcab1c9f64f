"""The queue's order and each person's share. The mails wait for a human. In SQL: app/queries/triage/queue.py."""

import hashlib
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from app.domain.deadline_status import Today

UNKNOWN = 1.0
"""What a mail teaches of which the model says nothing."""
PRIME = 2**31 - 1
DRAW_MULTIPLIER = 1_103_515_245
"""Multiplier of the draw that stands for a blind mail's uncertainty."""
LEAST_DOUBT, MOST_DOUBT = 0.1, 0.6
"""Between which that draw lies."""


def uncertainty(confidence: float | None, enquiry_id: int, *, hidden: bool) -> float:
    """Return how unsure the model is, 0 to 1. This is what the answer would teach.

    A blind mail's is drawn from its id, so that its place tells nothing of its suggestion: from where those of other mails
    mostly lie, so that they do not all stand in front.
    """
    if hidden:
        return LEAST_DOUBT + (MOST_DOUBT - LEAST_DOUBT) * (enquiry_id * DRAW_MULTIPLIER % PRIME) / PRIME
    return UNKNOWN if confidence is None else 1.0 - confidence


class QueueOrder(StrEnum):
    """The orders of the queue. The value stands in the address."""

    URGENCY = "haster"
    DOUBT = "tvivl"
    NEWEST = "nyeste"
    UNIT = "enhed"


def sort_key(due_on: date, doubt: float, enquiry_id: int, today: Today) -> tuple[float, ...]:
    """Return a mail's sort key by urgency. The least is first.

    Overdue, due today and urgent mails come first whatever the model thinks, in the order of the days. The others come
    by `doubt`. The same values keep the order of their due days and ids.
    """
    if due_on <= today.urgent_until:
        return (0.0, due_on.toordinal(), -doubt, enquiry_id)
    return (1.0, -doubt, due_on.toordinal(), enquiry_id)


def share_multiplier(account_id: int) -> int:
    """Return a person's multiplier for the shares.

    Scattered, so that two people's shares have nothing to do with each other.
    """
    return int.from_bytes(hashlib.sha256(f"lane:{account_id}".encode()).digest()[:8], "big") % (PRIME - 2) + 2


def share_owner(enquiry_id: int, present: Sequence[int]) -> int | None:
    """Return whose share of the queue a mail is. `present` are the people at work; None where nobody is.

    The highest draw wins (rendezvous hashing): who comes or goes moves that one's share only.
    """
    return max(present, key=lambda account_id: enquiry_id * share_multiplier(account_id) % PRIME, default=None)
