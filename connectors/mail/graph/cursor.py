"""How far a folder has been read: a link of Graph's, and where its listing beside it stands."""

import json
import zlib
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

RELISTED_SECONDS = 600
"""A folder that people tidy up is listed anew at most so often."""
SPREAD_MINUTES = 240
"""Over so much of the night the mailboxes are spread, from one o'clock (UTC) on."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far one folder has been read.

    `listing` is the next page of a listing under way, `night` the last night that had one; `gone` says that something has left the
    folder since the last listing began, at `begun` (seconds since 1970). `stuck` counts how often the feed stood still: each batch
    has a cursor of its own.
    """

    delta: str = ""
    listing: str = ""
    night: str = ""
    gone: bool = False
    begun: int = 0
    stuck: int = 0

    @classmethod
    def read(cls, cursor: str | None, base: str) -> "Position":
        """Read a cursor. One that is none of ours, or leads to another server, is the beginning."""
        try:
            found = cls(**json.loads(cursor or "{}"))
            found.begun + found.stuck + 0
            links = [each for each in (found.delta, found.listing) if each]
            return found if all(each.startswith(f"{base}/") for each in links) else cls()
        except (ValueError, TypeError, AttributeError):
            return cls()

    def written(self) -> str:
        """Return it as a cursor."""
        return json.dumps({name: value for name, value in asdict(self).items() if value}, sort_keys=True)

    def listing_due(self, mailbox: str, now: datetime) -> bool:
        """Tell whether all that lies there is to be looked through: what left and came back is in no feed."""
        if self.listing:
            return True
        rested = now.timestamp() - self.begun >= RELISTED_SECONDS
        return self.night != night(mailbox, now) or (self.gone and rested)


def night(mailbox: str, now: datetime) -> str:
    """Return the date of the night that a mailbox is in; it begins at another minute for each."""
    return (now - timedelta(hours=1, minutes=zlib.crc32(mailbox.encode()) % SPREAD_MINUTES)).date().isoformat()
