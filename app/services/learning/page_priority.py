"""Page priority: long computations pause while a page waits. The threads of one process share one interpreter."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 0.25
"""Seconds: even in a rush whoever steps aside goes on after that."""


class PagePriority:
    """A counter of the pages being made. Long work asks between its slices whether there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = 0
        self._free = threading.Event()
        self._free.set()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Give priority to the work in this block. Somebody waits for it."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        with self._lock:
            self._busy += 1
            self._free.clear()

    def leave(self) -> None:
        with self._lock:
            self._busy -= 1
            if self._busy <= 0:
                self._free.set()

    def yield_to_pages(self) -> None:
        """Wait until nobody waits, for a moment at most."""
        self._free.wait(PATIENCE)
