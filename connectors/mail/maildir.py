"""One folder of a Maildir++ mailbox: files that any mail client or Dovecot can open too.

A message's key is its unique name without the flags behind the colon, so that a client's flags do not change it.
Arrival numbers live in a small append-only list beside the messages; a lost list means that all is given again.
"""

import fcntl
import itertools
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from connectors.durable import sync_directory

NUMBERS = ".sluse-uids"
SETTLED_NS = 2_000_000_000
"""A directory younger than this may change again within the same tick of its clock."""
_counter = itertools.count()


@dataclass(frozen=True, slots=True)
class Entry:
    """A message's number, its key, and when the server received it (ns since 1970)."""

    number: int
    key: str
    received_ns: int


@dataclass(slots=True)
class _Numbers:
    """What the list of arrival numbers says, and the state of the folder it was last compared with."""

    validity: str
    entries: dict[str, Entry]
    seen: tuple[int, int] | None = None
    present: frozenset[str] = field(default_factory=frozenset)


def unique_name() -> str:
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())[:60] or "localhost"
    return f"{time.time_ns()}.P{os.getpid()}Q{next(_counter)}R{secrets.token_hex(4)}.{host}"


def base_name(filename: str) -> str:
    return filename.partition(":2,")[0]


class MaildirFolder:
    """The directory that holds cur, new and tmp. Errors of the file system come through as OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers: _Numbers | None = None

    def create(self) -> None:
        for part in ("cur", "new", "tmp"):
            (self.path / part).mkdir(parents=True, exist_ok=True)

    def files(self) -> Iterator[os.DirEntry[str]]:
        """Every message file, read or not."""
        for part in ("new", "cur"):
            with os.scandir(self.path / part) as entries:
                yield from (entry for entry in entries if not entry.name.startswith("."))

    def locate(self, key: str) -> Path | None:
        """Where a message lies now. The names it mostly has are tried before the whole folder is."""
        for guess in (self.path / "new" / key, self.path / "cur" / f"{key}:2,S", self.path / "cur" / f"{key}:2,"):
            if guess.exists():
                return guess
        return next((Path(entry.path) for entry in self.files() if base_name(entry.name) == key), None)

    def holds(self, key: str) -> bool:
        return self.locate(key) is not None

    def deliver(self, content: bytes, *, key: str, received_ns: int | None = None, part: str = "new") -> None:
        """Write a message so that it is there whole or not at all, also after a power cut."""
        draft = self.path / "tmp" / unique_name()
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if received_ns is not None:
            os.utime(draft, ns=(received_ns, received_ns))
        name = key if part == "new" else f"{key}:2,S"
        draft.rename(self.path / part / name)
        sync_directory(self.path / part)

    def since(self, cursor: str | None, limit: int) -> tuple[list[Entry], str]:
        """Messages that came after `cursor`, oldest first, and the next cursor."""
        with self._locked():
            numbers = self._renewed()
        validity, _, last = (cursor or "").partition(":")
        after = int(last) if validity == numbers.validity and last.isdecimal() else 0
        later = sorted(
            (e for e in numbers.entries.values() if e.number > after and e.key in numbers.present),
            key=lambda entry: entry.number,
        )[:limit]
        return later, f"{numbers.validity}:{later[-1].number if later else after}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path / f"{NUMBERS}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _renewed(self) -> _Numbers:
        """The list, with a number for every message that had none. Nothing is read while nothing has changed."""
        state = (self._changed("new"), self._changed("cur"))
        numbers = self._numbers
        if numbers is not None and numbers.seen == state and (self.path / NUMBERS).exists():
            return numbers
        numbers = self._read()
        times = {base_name(entry.name): entry for entry in self.files()}
        missing = [(entry.stat().st_mtime_ns, key) for key, entry in times.items() if key not in numbers.entries]
        self._append(numbers, sorted(missing))
        numbers.present = frozenset(times)
        numbers.seen = state if time.time_ns() - max(state) > SETTLED_NS else None
        self._numbers = numbers
        return numbers

    def _changed(self, part: str) -> int:
        return (self.path / part).stat().st_mtime_ns

    def _read(self) -> _Numbers:
        try:
            lines = (self.path / NUMBERS).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            lines = []
        if not lines or not lines[0].startswith("validity "):
            numbers = _Numbers(validity=secrets.token_hex(6), entries={})
            _append_synced(self.path / NUMBERS, f"validity {numbers.validity}\n", fresh=True)
            return numbers
        entries = (line.split("\t") for line in lines[1:])
        found = [Entry(int(n), key, int(at)) for n, at, key in (e for e in entries if len(e) == 3)]
        return _Numbers(lines[0].removeprefix("validity "), {entry.key: entry for entry in found})

    def _append(self, numbers: _Numbers, missing: list[tuple[int, str]]) -> None:
        if not missing:
            return
        first = max((entry.number for entry in numbers.entries.values()), default=0) + 1
        new = [Entry(n, key, at) for n, (at, key) in enumerate(missing, first)]
        _append_synced(self.path / NUMBERS, "".join(f"{e.number}\t{e.received_ns}\t{e.key}\n" for e in new))
        numbers.entries.update({entry.key: entry for entry in new})


def _append_synced(path: Path, text: str, *, fresh: bool = False) -> None:
    """Append whole lines; a line torn by a crash is ended first, so that it spoils no other."""
    torn = not fresh and path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("w" if fresh else "a", encoding="utf-8") as file:
        file.write(("\n" if torn else "") + text)
        file.flush()
        os.fsync(file.fileno())
