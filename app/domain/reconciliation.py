"""Compare a mailbox with what was taken in from it: which of its mails are kept nowhere."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time
from enum import StrEnum

from app.domain.deadlines import COPENHAGEN

NIGHT, MORNING = time(2), time(6)
"""Between these it is done by itself, local time: nobody waits for a mailbox then."""


class ReconciliationState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def night_began(now: datetime) -> datetime | None:
    """Return when this night began, in which every mailbox is to be compared; None by day."""
    here = now.astimezone(COPENHAGEN)
    return datetime.combine(here.date(), NIGHT, COPENHAGEN) if NIGHT <= here.time() < MORNING else None


class Moved:
    """The mails that were taken in and do not lie under their key any more; each accounts for one that lies there now.

    A server gives a mail another key when its folder was made anew or it was moved away and back.
    """

    def __init__(self, kept: Iterable[tuple[str, str]]) -> None:
        """`kept`: the sha256 and the Message-ID of each; "" where there is none."""
        pairs = list(kept)
        self._left = Counter(pairs)

    def accounts_for(self, digest: str, message_id: str) -> bool:
        """Tell whether one of them is this mail, and use it up: two mails with the same bytes stay two."""
        found = next((each for each in self._left if _same(each, digest, message_id)), None)
        if found is None:
            return False
        self._left[found] -= 1
        if not self._left[found]:
            del self._left[found]
        return True


def _same(kept: tuple[str, str], digest: str, message_id: str) -> bool:
    return kept[0] == digest or bool(message_id and kept[1] == message_id)
