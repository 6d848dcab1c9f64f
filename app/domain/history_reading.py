"""Say when units' mailboxes may be read for their history, how much at once, and how a reading stands."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.domain.deadlines import COPENHAGEN

PAGE = 20
"""Mails that are read at most between two commits."""


class ReadingState(StrEnum):
    """How the reading of a folder stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Limits:
    """How gently mailboxes are read: between which hours, local time, and how much a minute and a night.

    Where both hours are the same it is never too early.
    """

    from_hour: int = 20
    until_hour: int = 6
    per_minute: int = 60
    """Calls on mail systems, of which a mail costs one and a page of them one more."""
    per_night: int = 5000
    """Mails of one folder."""

    def night(self, now: datetime) -> date | None:
        """Return the day that this night began on; None where it is day."""
        here = now.astimezone(COPENHAGEN)
        if self.from_hour <= self.until_hour:
            within = self.from_hour <= here.hour < self.until_hour or self.from_hour == self.until_hour
            return here.date() if within else None
        if here.hour >= self.from_hour:
            return here.date()
        return here.date() - timedelta(days=1) if here.hour < self.until_hour else None

    def page(self, read_tonight: int) -> int:
        """Return how many mails may be read now; 0 where the night has had its share."""
        return max(0, min(PAGE, max(1, self.per_minute - 1), self.per_night - read_tonight))

    def pause(self, calls: int) -> timedelta:
        """Return how long nothing is asked after some calls."""
        return timedelta(minutes=calls / self.per_minute)
