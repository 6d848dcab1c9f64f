"""Say how many must have written of something before it is counted, named or compared, and of which quarter."""

from datetime import date

from app.domain import period
from app.domain.period import Kind, Period

FEWEST_VOICES = 5
"""Senders of a quarter, or of the one it is compared with. A word that fewer wrote may be a name, and is stored nowhere."""
LEAST_VOICES = 20
"""Senders that both quarters must have before their words are compared."""
QUARTERS = 9
"""Quarters that are counted: two years and the present one."""


def counted_quarter(shown: Period, today: date) -> Period:
    """Return the quarter that a period ends in.

    Words are counted quarter by quarter, whatever the period of the other figures.
    """
    return period.around(min(shown.last, today), Kind.QUARTER)
