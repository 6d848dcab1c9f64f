"""Progress of a long command. One line that is written over on a terminal, a line now and then in a log."""

import sys
import time
from collections.abc import Callable

IN_A_LOG = 10.0
"""Seconds between two lines where nobody watches."""
ON_A_TERMINAL = 0.2


class Progress:
    """A progress line: done/total, mails a second, time left. After each call, not oftener than can be read."""

    def __init__(self, what: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._total, self._clock = what, total, clock
        self._begun = self._last_shown = clock()
        self._terminal = sys.stderr.isatty()

    def __call__(self, done: int) -> None:
        now = self._clock()
        last = done >= self._total
        if not last and now - self._last_shown < (ON_A_TERMINAL if self._terminal else IN_A_LOG):
            return
        self._last_shown = now
        line = self.line(done, now - self._begun)
        if self._terminal:
            print(f"\r{line:78s}", end="\n" if last else "", file=sys.stderr, flush=True)  # noqa: T201
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def line(self, done: int, seconds: float) -> str:
        rate = done / seconds if seconds > 0 else 0.0
        left = (self._total - done) / rate if rate else 0.0
        return f"{self._what}: {done:,}/{self._total:,}, {rate:.0f} mails/s, {_time(left)} left"


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
