"""Reading mails in killable children: a hostile one costs its child, nothing else."""

import html
import multiprocessing
import resource
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from connectors.mail.html import sanitise
from connectors.mail.limits import MailUnreadable
from connectors.mail.message import ParsedMail
from connectors.mail.mime import parse

SECONDS = 10.0
HTML_SECONDS = 2.0
MEMORY = 512 * 1024 * 1024
TASKS = 2_000
"""A child is renewed after so many mails, whatever they left behind in it."""


class MailParser:
    """A pool of children; its methods may be called from any thread. A child that hangs or dies is replaced."""

    def __init__(self, workers: int = 2, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._workers, self._seconds, self._memory = workers, seconds, memory
        self._lock = threading.Lock()
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPool:
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=TASKS,
            initializer=_limit,
            initargs=(self._memory,),
            # Not fork: this process has threads.
            context=multiprocessing.get_context("spawn"),
        )

    def _schedule(self, work: Callable[..., Any], argument: object, seconds: float) -> ProcessFuture:
        """Give work to a child; a pool that broke as a whole is replaced."""
        with self._lock:
            try:
                return self._pool.schedule(work, args=[argument], timeout=seconds)
            except RuntimeError:
                self._pool = self._new_pool()
                return self._pool.schedule(work, args=[argument], timeout=seconds)

    def parse(self, raw: bytes) -> ParsedMail:
        """Read one mail.

        Raises:
            MailUnreadable: as `mime.parse`, or `timeout`, `memory`, `crashed` where the child did not survive it.
        """
        result = self.parse_many([raw])[0]
        if isinstance(result, MailUnreadable):
            raise result
        return result

    def parse_many(self, raws: Sequence[bytes]) -> list[ParsedMail | MailUnreadable]:
        """Read several mails at once; results in their order."""
        futures = [self._schedule(parse, raw, self._seconds) for raw in raws]
        return [_outcome(future) for future in futures]

    def sanitise(self, source: str) -> str:
        """HTML that can do nothing; where cleaning takes too long, its text with the tags to be seen."""
        future = self._schedule(sanitise, source, HTML_SECONDS)
        try:
            return str(future.result())
        except (FutureTimeout, ProcessExpired, BrokenProcessPool, MemoryError, RecursionError, ValueError):
            return f"<pre>{html.escape(source)}</pre>"

    def close(self) -> None:
        """End the children; mails they were reading are read again next time."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()


def _outcome(future: ProcessFuture) -> ParsedMail | MailUnreadable:
    try:
        parsed: ParsedMail = future.result()
    except MailUnreadable as error:
        return error
    except FutureTimeout:
        return MailUnreadable("timeout")
    except MemoryError:
        return MailUnreadable("memory")
    except (ProcessExpired, BrokenProcessPool):
        return MailUnreadable("crashed")
    return parsed


def _limit(memory: int) -> None:
    """Runs in the child: what it may take beyond what it needed to start. Its core file would hold a citizen's mail."""
    baseline = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (baseline + memory, baseline + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
