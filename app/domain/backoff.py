"""Count the pauses between attempts at what fails for a while."""

MOST = 600.0
"""Seconds that a pause grows to: so long it may take, at most, until somebody notices that all is well again."""


def pause(attempt: int, *, first: float, factor: float = 2.0, wait: float | None = None) -> float:
    """Return the seconds to wait after the nth failure in a row.

    `wait` is what the other side asked for: it is honoured, however long it is.
    """
    # The exponent is bounded as well: after hours of failures the power would be no number any more.
    grown = min(MOST, first * factor ** min(attempt - 1, 60))
    return max(grown, wait or 0.0)
