"""Bounded concurrency: a few in, a few waiting, others refused.

Work that costs much memory must not be asked for at will.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class FullError(Exception):
    """A refusal because all places, also for waiting, are taken."""


class Turns:
    """A fixed number of places and of waiting places. Any further caller is refused."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._inside = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(at_once + waiting)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a place, and keep it for the block.

        Raises:
            FullError: there is no room to wait in.
        """
        if not self._places.acquire(blocking=False):
            raise FullError
        try:
            with self._inside:
                yield
        finally:
            self._places.release()
