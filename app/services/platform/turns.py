"""Let a few in at once, a few wait, and send the others away: what costs much memory must not be asked for at will."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class FullError(Exception):
    """So many are in and waiting already that one more is sent away."""


class Turns:
    """So many at once, so many who wait for them; whoever comes besides is sent away."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._inside = BoundedSemaphore(at_once)
        self._places = BoundedSemaphore(at_once + waiting)

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for one's turn, and keep it for the length of the block.

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
