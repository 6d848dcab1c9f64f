"""Reading of mails in killable child processes. A hostile mail costs its child, nothing else."""

import multiprocessing
import resource
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pebble import ProcessFuture, ProcessPool

from connectors.mail.message import ParsedMail
from connectors.mail.reading import outlook
from connectors.mail.reading.html import as_html, sanitise
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.mime import parse

SECONDS = 10.0
HTML_SECONDS = 2.0
MEMORY = 512 * 1024 * 1024
TASKS = 2_000
"""A child is renewed after so many mails, whatever they left behind in it."""


class MailParser:
    """A pool of children that read mails.

    Its methods may be called from any thread. A child that hangs or dies is replaced.
    """

    def __init__(self, workers: int = 2, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._workers, self._seconds, self._memory = workers, seconds, memory
        self._lock = threading.Lock()
        self._closed = False
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
                if self._closed:
                    raise
                self._pool.stop()  # type: ignore[no-untyped-call]
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
        return list(self.parse_each(raws))

    def parse_each(self, raws: Sequence[bytes]) -> Iterator[ParsedMail | MailUnreadable]:
        """Read several mails at once, and yield each result in its turn: the children read on meanwhile."""
        futures = deque(self._schedule(_read, raw, self._seconds) for raw in raws)
        while futures:
            outcome = _outcome(futures.popleft())
            if self._closed and isinstance(outcome, MailUnreadable) and outcome.reason == "crashed":
                raise CancelledError  # the children died of our going, not of the mails
            yield outcome

    def mail_of_outlook(self, content: bytes) -> bytes:
        """Write an ordinary mail of one that Outlook has saved in its own form.

        Raises:
            MailUnreadable: as `outlook.mail_of`, or `timeout`, `memory`, `crashed` where the child did not survive it.
        """
        outcome: bytes | MailUnreadable = _outcome(self._schedule(_rewritten, content, self._seconds))
        if isinstance(outcome, MailUnreadable):
            raise outcome
        return outcome

    def sanitise(self, source: str) -> str:
        """Return harmless HTML. Where cleaning takes too long, it is the text with the tags to be seen."""
        future = self._schedule(_sanitised, source, HTML_SECONDS)
        try:
            cleaned: str | None = future.result()
        except CancelledError:
            raise
        except Exception:  # noqa: BLE001 - the child was killed or died, or could not hand over what it had
            cleaned = None
        return as_html(source) if cleaned is None else cleaned

    def close(self) -> None:
        """Stop the children. A caller that waits for a mail they were reading gets a CancelledError."""
        with self._lock:
            self._closed = True
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()


def _outcome(future: ProcessFuture) -> Any:
    try:
        outcome = future.result()
    except FutureTimeout:
        return MailUnreadable("timeout")
    except MemoryError:
        return MailUnreadable("memory")
    except CancelledError:
        raise
    except Exception:  # noqa: BLE001 - the child died, or could not hand over what it had
        return MailUnreadable("crashed")
    return outcome


def _read(raw: bytes) -> ParsedMail | MailUnreadable:
    """Runs in the child. A refusal is a result like any other."""
    try:
        return parse(raw)
    except MailUnreadable as refusal:
        return refusal


def _rewritten(content: bytes) -> bytes | MailUnreadable:
    """Rewrite a mail of Outlook's in the child process."""
    try:
        return outlook.mail_of(content)
    except MailUnreadable as refusal:
        return refusal


def _sanitised(source: str) -> str | None:
    """Sanitise in the child process. None where the cleaner broke, by a panic of its own language at worst."""
    try:
        return sanitise(source)
    except BaseException:  # noqa: BLE001 - a panic is no Exception, and must not reach the process that asked
        return None


def _limit(memory: int) -> None:
    """Runs in the child: what it may take beyond what it needed to start. Its core file would hold a citizen's mail."""
    # The pool asks a child to end before it kills it; one that is busy in a library's own code would not hear it.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    baseline = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (baseline + memory, baseline + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
