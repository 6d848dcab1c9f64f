"""Remember which mails of a folder were handed out, so that one that is only read or flagged is not handed out again.

Graph reports each change of a mail as if it were new. Whoever takes mails in leaves out what is stored already, but to know a
mail of a unit's own it must be fetched. The memory is this process's alone, and small: after a restart some are fetched again.
"""

import threading
from collections.abc import Iterable

REMEMBERED = 1000
"""Mails of a folder; changes are to late ones."""
UNCONFIRMED = 4
"""Cursors that may yet come back. Whoever failed to store a batch asks from the one before, and must get it again."""


class Known:
    """What was handed out of one folder, and taken: its cursor has come back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: dict[int, None] = {}
        self._handed: dict[str, list[int]] = {}

    def __contains__(self, key: str) -> bool:
        return hash(key) in self._taken

    def confirm(self, cursor: str) -> None:
        """Count as taken what was handed out with a cursor."""
        with self._lock:
            for each in self._handed.pop(cursor, ()):
                self._taken.pop(each, None)
                self._taken[each] = None
            for each in list(self._taken)[: max(0, len(self._taken) - REMEMBERED)]:
                del self._taken[each]

    def hand_out(self, cursor: str, keys: Iterable[str]) -> None:
        """Note what is handed out with a cursor."""
        with self._lock:
            self._handed.pop(cursor, None)
            self._handed[cursor] = [hash(key) for key in keys]
            for each in list(self._handed)[:-UNCONFIRMED]:
                del self._handed[each]

    def forget(self, keys: Iterable[str] | None = None) -> None:
        """Forget mails that left the folder; without `keys` all of them."""
        with self._lock:
            if keys is None:
                self._taken.clear()
            else:
                for key in keys:
                    self._taken.pop(hash(key), None)
