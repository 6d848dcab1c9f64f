"""Files that are there whole or not at all, and a lock across threads and processes, for connectors that keep folders."""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.errors import ConnectorError

UNSAFE = re.compile(r"[^\w .,()\-]+")


def sync_directory(path: Path) -> None:
    """Make a rename in a directory survive a power cut."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def write(path: Path, content: bytes) -> None:
    """Write a file under another name first, so that nobody ever reads half of it.

    The other name is always the same: what a crash left behind is overwritten by the next try, not kept. Call it locked.
    """
    draft = path.with_name(f".{hashlib.sha256(path.name.encode()).hexdigest()[:12]}.tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    sync_directory(path.parent)


def write_json(path: Path, value: dict[str, Any]) -> None:
    write(path, json.dumps(value, ensure_ascii=False, indent=2).encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """What a file says; None where there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return found


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """One at a time, in this process and in others. The file system's errors come out as ConnectorError."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        with (root / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise ConnectorError(f"{root.name}: {error.strerror}", retryable=True) from error


def safe_name(text: str, length: int = 80) -> str:
    """Part of a file name that every file system takes; never a path."""
    return " ".join(UNSAFE.sub(" ", text).split()).strip(" .")[:length].strip(" .") or "uden navn"
