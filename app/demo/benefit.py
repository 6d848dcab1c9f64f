"""What the invented municipality says of the time before Sluse. Invented like itself, and marked as such."""

from datetime import date, timedelta
from decimal import Decimal

from app.domain.benefit import Assumptions, Given, Key, Line

SOURCE = "opfundet"
NOTE = "Opfundne tal til demoen"
EFFECT = timedelta(days=92)
"""After the year began: it was observed for a month and suggested for two, then units went automatic."""
VALUES = {
    Key.BEFORE: "12",
    Key.JOURNAL_BEFORE: "15",
    Key.JOURNAL_AFTER: "2",
    Key.MISROUTED_BEFORE: "15",
    Key.DETOUR: "8",
    Key.HOURS: "1418",
    Key.POSITION: "425000",
}


def assumptions(began: date) -> Assumptions:
    """Return them as of the day on which the year began."""
    return Assumptions(
        {key: Given(Decimal(number), SOURCE, began) for key, number in VALUES.items()},
        (Line("Drift (opfundet)", 40_000), Line("Support (opfundet)", 25_000), Line("Uddannelse (opfundet)", 10_000)),
        (Line("Projekt (opfundet)", 300_000), Line("Opsætning (opfundet)", 150_000)),
        began + EFFECT,
        plan=True,
    )
