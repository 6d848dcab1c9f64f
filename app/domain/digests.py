"""When a digest is due, and who may have one. Times are of the clock on the wall in Copenhagen."""

from datetime import date, datetime, time, timedelta

from app.domain.access import Role
from app.domain.deadlines import COPENHAGEN, Calendar, add_working_days, is_working_day, local_day

HOURS = range(6, 19)
WEEKDAYS = range(5)
OF_ALL = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
"""Who may have the digest of the whole house, or of one of its areas."""
LASTS = timedelta(hours=24)
"""So long after it was due a digest is still sent; older news helps nobody."""
WEEKS_BACK = 5
"""More than a year's longest row of closing days."""


def may_have(role: Role, unit_id: int | None) -> bool:
    """Tell whether a person may have the digest: of all, or of the unit that they belong to."""
    return role in OF_ALL or (role is Role.CASEWORKER and unit_id is not None)


def latest_due(now: datetime, weekday: int, hour: int, calendar: Calendar) -> datetime | None:
    """Return the latest moment, not after `now`, at which a digest was due.

    Where a weekday falls on a day that is closed, the next working day stands in for it. `HOURS` has none that the clocks
    pass over or have twice. None where the authority has been closed for weeks.
    """
    today = local_day(now)
    chosen = today - timedelta(days=(today.weekday() - weekday) % 7)
    weeks = (_moment(chosen - timedelta(weeks=n), hour, calendar) for n in range(WEEKS_BACK))
    return max((moment for moment in weeks if moment <= now), default=None)


def _moment(day: date, hour: int, calendar: Calendar) -> datetime:
    worked = day if is_working_day(day, calendar) else add_working_days(day, 1, calendar)
    return datetime.combine(worked, time(hour), COPENHAGEN)
