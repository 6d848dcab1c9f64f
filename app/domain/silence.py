"""Tell when a mailbox has been silent for longer than it usually is at that time of the week."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

from app.domain.deadlines import COPENHAGEN

WEEKS = 6
"""So many weeks before tell what is usual."""
LEAST_WEEKS = 3
"""So many of them must have brought mails at all: a mailbox that is new has no habits."""
LEAST_MAILS = 5
"""So many mails must usually have come in that time: fewer stay away by chance."""
LONGEST = timedelta(days=7)
"""A longer silence is compared by its last week."""


def usual_meanwhile(arrivals: Sequence[datetime], now: datetime) -> int | None:
    """Return how many mails usually come in such a time as this silence has lasted; None where it is no unusual one.

    Args:
        arrivals: when mails came, in order; those of the last seven weeks at least.
        now: aware, as they are. Weeks are those of the clock on the wall, also where it was changed.
    """
    if not arrivals:
        return None
    began = max(arrivals[-1], now - LONGEST)
    counts = [
        _between(arrivals, _weeks_before(began, n), _weeks_before(now, n))
        for n in range(1, WEEKS + 1)
        if arrivals[0] <= _weeks_before(began, n)
    ]
    if len(counts) < LEAST_WEEKS or min(counts) == 0 or median(counts) < LEAST_MAILS:
        return None
    return int(median(counts))


def _between(arrivals: Sequence[datetime], start: datetime, end: datetime) -> int:
    return bisect_left(arrivals, end) - bisect_left(arrivals, start)


def _weeks_before(moment: datetime, weeks: int) -> datetime:
    return moment.astimezone(COPENHAGEN) - timedelta(weeks=weeks)
