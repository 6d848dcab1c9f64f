"""Tell when a mailbox has been silent for longer than it usually is at that time of the week."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from statistics import median

from app.domain.deadlines import COPENHAGEN, STANDARD, Calendar, is_working_day

Span = tuple[datetime, datetime]
"""From when until when, by the clock in Copenhagen."""
WEEKS = 6
"""So many weeks before tell what is usual."""
LEAST_WEEKS = 3
"""So many of them must have brought mails at all: a mailbox that is new has no habits."""
LEAST_MAILS = 5
"""So many mails must usually have come in that time: fewer stay away by chance."""
LONGEST = timedelta(days=7)
"""A longer silence is compared by its last week."""


def usual_meanwhile(arrivals: Sequence[datetime], now: datetime, calendar: Calendar = STANDARD) -> int | None:
    """Return how many mails usually come in such a time as this silence has lasted; None where it is no unusual one.

    Days on which the authority is closed, weekends apart, count neither in the silence nor in what is usual: on a public
    holiday few write, and a week with one tells nothing of other weeks. Weekends have habits of their own.

    Args:
        arrivals: when mails came, in order; those of the last seven weeks at least.
        now: aware, as they are. Weeks are those of the clock on the wall, also where it was changed.
        calendar: the days on which the authority is closed.
    """
    if not arrivals:
        return None
    open_times = list(_open_times(max(arrivals[-1], now - LONGEST), now, calendar))
    counts = [
        sum(_between(arrivals, start, end) for start, end in before)
        for before in (_weeks_before(open_times, n) for n in range(1, WEEKS + 1))
        if before and arrivals[0] <= before[0][0] and not any(_is_closed(start, calendar) for start, _end in before)
    ]
    if len(counts) < LEAST_WEEKS or min(counts) == 0 or median(counts) < LEAST_MAILS:
        return None
    return int(median(counts))


def _open_times(start: datetime, end: datetime, calendar: Calendar) -> Iterator[Span]:
    """Yield the time from `start` to `end` by days, without those that are closed."""
    start, end = start.astimezone(COPENHAGEN), end.astimezone(COPENHAGEN)
    while start < end:
        next_day = datetime.combine(start.date() + timedelta(days=1), time.min, COPENHAGEN)
        if not _is_closed(start, calendar):
            yield start, min(next_day, end)
        start = next_day


def _is_closed(moment: datetime, calendar: Calendar) -> bool:
    return moment.weekday() < 5 and not is_working_day(moment.date(), calendar)


def _between(arrivals: Sequence[datetime], start: datetime, end: datetime) -> int:
    return bisect_left(arrivals, end) - bisect_left(arrivals, start)


def _weeks_before(times: Sequence[Span], weeks: int) -> list[Span]:
    return [(start - timedelta(weeks=weeks), end - timedelta(weeks=weeks)) for start, end in times]
