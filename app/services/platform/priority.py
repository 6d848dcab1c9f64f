"""Priority: long work steps aside while somebody waits. The threads of one process share one interpreter."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PAGES = 0.25
"""Seconds: even in a rush of pages whoever steps aside goes on after that."""
READING = 10.0
"""And in a flood of mails: who journals or counts. Nobody waits for that, and each mail wants its place first."""


class Priority:
    """A counter of those who come first. Other work asks between its slices whether there are any."""

    def __init__(self, patience: float = PAGES) -> None:
        self._patience = patience
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

    def step_aside(self) -> None:
        """Wait until nobody comes first, for as long as patience lasts."""
        self._free.wait(self._patience)
