"""Durable files and locks for connectors with folders.

A file is there whole or not at all; a lock holds across threads and processes.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from connectors.errors import ConnectorError

UNSAFE = re.compile(r"[^\w .,()\-]+")
PASSING = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EIO,
        errno.EAGAIN,
        errno.EINTR,
        errno.EBUSY,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ENOLCK,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.EROFS,
        errno.ENOENT,
    )
)
"""Faults of the machine that pass, or that somebody mends; the same call may succeed later."""


def fault(error: OSError, where: str) -> ConnectorError:
    """Return a file system's error as a ConnectorError. That is the one form the rest of Sluse understands."""
    return ConnectorError(f"{where}: {error.strerror or type(error).__name__}", retryable=error.errno in PASSING)


_at_once: ContextVar[bool] = ContextVar("at_once", default=False)


@contextmanager
def at_once() -> Iterator[None]:
    """Let what is written within the block come to the disk together, by whoever ends the block.

    For what is made anew where it is lost half-way: each file by itself would take milliseconds.
    """
    token = _at_once.set(True)
    try:
        yield
    finally:
        _at_once.reset(token)


def sync_directory(path: Path) -> None:
    """Make a rename in a directory survive a power cut."""
    if _at_once.get():
        return
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def make_directory(path: Path) -> None:
    """Make a directory that survives a power cut. Its parent exists."""
    if not path.is_dir():
        path.mkdir(exist_ok=True)
        sync_directory(path.parent)


def write_draft(path: Path, content: bytes) -> None:
    """Write a file that does not count yet."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        if not _at_once.get():
            os.fsync(file.fileno())


def write(path: Path, content: bytes) -> None:
    """Write a file so that nobody reads half of it. Written under another name first. Only under the lock of its root.

    The other name is always the same, so that the next attempt writes over what a crash left behind.
    """
    draft = path.with_name(f".{hashlib.sha256(path.name.encode()).hexdigest()[:12]}.tmp")
    write_draft(draft, content)
    draft.rename(path)
    sync_directory(path.parent)


def write_json(path: Path, value: dict[str, Any]) -> None:
    write(path, json.dumps(value, ensure_ascii=False, indent=2).encode(errors="replace"))


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON file. None where there is none.

    Raises:
        ConnectorError: it was spoiled by other hands, and only human ones can mend it.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ConnectorError(f"{path.name} is damaged; fetch it from the backup", retryable=False) from error
    if not isinstance(found, dict):
        raise ConnectorError(f"{path.name} is damaged; fetch it from the backup", retryable=False)
    return found


@contextmanager
def locked(root: Path, name: str = "") -> Iterator[None]:
    """Lock a root for all threads and processes. The file system's errors come out as ConnectorError about `name`."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with (root / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise fault(error, name or root.name) from error


def safe_name(text: str, length: int = 80) -> str:
    """Return a text as part of a file name.

    Every file system takes it, and it is never a path. `length` counts characters, and bytes twice.
    """
    name = " ".join(UNSAFE.sub(" ", text).split())[:length]
    return name.encode()[: 2 * length].decode(errors="ignore").strip(" .") or "uden navn"


def safe_ending(filename: str) -> str:
    """Return a safe ending of a file name. The letters behind the last dot, as a dot and plain letters, or ""."""
    letters = re.sub(r"[^A-Za-z0-9]", "", Path(filename).suffix)[:10]
    return f".{letters}" if letters else ""
