"""One folder of a Maildir++ mailbox. Its files can be opened by any mail client or Dovecot too.

A message's key is its unique name without the flags behind the colon, so that a client's flags do not change it.
Arrival numbers live in a small append-only list beside the messages (numbers.py).
"""

import fcntl
import hashlib
import itertools
import os
import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from connectors.durable import sync_directory, write_draft
from connectors.mail.folder.numbers import NumberedMessage, Numbers

SETTLED_NS = 2_000_000_000
"""A directory younger than this may change again within the same tick of its clock."""
LATEST_NS = 9_000_000_000_000_000_000
"""The year 2255: a time beyond it is a mistake, and one that no calendar here could show."""
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]+>)", re.IGNORECASE | re.MULTILINE)
HEADERS = 65_536
KEY = re.compile(r"[^./:\0-\x1f][^/:\0-\x1f]{0,200}")
_counter = itertools.count()


def unique_name() -> str:
    host = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())[:60] or "localhost"
    return f"{time.time_ns()}.P{os.getpid()}Q{next(_counter)}R{secrets.token_hex(4)}.{host}"


def base_name(filename: str) -> str:
    return filename.partition(":2,")[0]


class MaildirFolder:
    """The directory that holds cur, new and tmp. Errors of the file system come through as OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers = Numbers(path)
        self._seen: tuple[int, int] | None = None
        self._ids: dict[str, bytes] = {}

    def create(self) -> None:
        for part in ("cur", "new", "tmp"):
            (self.path / part).mkdir(parents=True, exist_ok=True)

    def files(self) -> Iterator[os.DirEntry[str]]:
        """Yield every message file, read or not."""
        for part in ("new", "cur"):
            with os.scandir(self.path / part) as entries:
                yield from (e for e in entries if not e.name.startswith(".") and e.is_file(follow_symlinks=False))

    def locate(self, key: str) -> Path | None:
        """Return where a message lies now. The names it mostly has are tried before the whole folder is."""
        if "/" in key or "\0" in key:
            return None
        for guess in (self.path / "new" / key, self.path / "cur" / f"{key}:2,S", self.path / "cur" / f"{key}:2,"):
            if guess.is_file():
                return guess
        return next((Path(entry.path) for entry in self.files() if base_name(entry.name) == key), None)

    def holds(self, key: str) -> bool:
        return self.locate(key) is not None

    def flags(self, key: str) -> str | None:
        """Return what mail clients have noted in a message's name, a letter each; None where there is no such message."""
        found = self.locate(key)
        return None if found is None else found.name.partition(":2,")[2]

    def with_message_id(self, message_id: str) -> str | None:
        """Return the key of a message by Message-ID. Each file's header is read once; its content never changes."""
        wanted = message_id.encode(errors="replace")
        present = {base_name(entry.name): entry.path for entry in self.files()}
        ids = {key: self._ids[key] if key in self._ids else _message_id(path) for key, path in present.items()}
        self._ids = {key: found for key, found in ids.items() if found is not None}
        return next((key for key, found in ids.items() if found == wanted), None)

    def deliver(self, content: bytes, *, key: str, received_ns: int | None = None, part: str = "new") -> None:
        """Write a message so that it is there whole. There whole or not at all, also after a power cut."""
        draft = self.path / "tmp" / unique_name()
        write_draft(draft, content)
        if received_ns is not None:
            os.utime(draft, ns=(received_ns, received_ns))
        name = key if part == "new" else f"{key}:2,S"
        draft.rename(self.path / part / name)
        sync_directory(self.path / part)

    def since(self, cursor: str | None, limit: int) -> tuple[list[NumberedMessage], str]:
        """Return the messages after `cursor`, and the next cursor. The oldest come first."""
        with self._locked():
            reread = self._numbers.load()
            after = self._numbers.after(cursor)
            self._renew(reread)
            later = [entry for entry in self._numbers.entries.values() if entry.number > after][:limit]
            return later, f"{self._numbers.validity}:{later[-1].number if later else after}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path / ".sluse-uids.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _renew(self, reread: bool) -> None:
        """Give a number to every message that has none. The folder is not read while nothing has changed."""
        state = (self._changed("new"), self._changed("cur"))
        if self._seen == state and not reread:
            return
        present = self._listed()
        if not self._numbers.entries.keys() <= present.keys():
            # A file that is renamed while a directory is read may be in neither place: only what is away twice is gone.
            present = self._listed() | present
        self._numbers.forget([key for key in self._numbers.entries if key not in present])
        new = (entry for key, entry in present.items() if key not in self._numbers.entries)
        self._numbers.add(sorted(filter(None, map(_arrival, new))))
        self._seen = state if time.time_ns() - max(state) > SETTLED_NS else None

    def _listed(self) -> dict[str, os.DirEntry[str]]:
        return {base_name(entry.name): entry for entry in self.files() if _is_text(entry.name) or _renamed(entry)}

    def _changed(self, part: str) -> int:
        return (self.path / part).stat().st_mtime_ns


def _is_text(name: str) -> bool:
    """Tell whether a file's name is Unicode. Some program's was not, and no database takes it for a key."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _renamed(entry: os.DirEntry[str]) -> bool:
    """Rename a file so that its name is a key. At the next look it is met under that name."""
    path = Path(entry.path)
    with suppress(OSError):  # it moved meanwhile, or is not ours to rename: then it stays where it lies
        path.rename(path.with_name(f"renamed-{hashlib.sha256(os.fsencode(entry.name)).hexdigest()[:40]}"))
    return False


def _arrival(entry: os.DirEntry[str]) -> tuple[int, str] | None:
    """Return when a message was received, and its key.

    None where it moved meanwhile: it is met again at the next look.
    """
    try:
        return min(entry.stat(follow_symlinks=False).st_mtime_ns, LATEST_NS), base_name(entry.name)
    except FileNotFoundError:
        return None


def _message_id(path: str) -> bytes | None:
    """A message's Message-ID, b"" where it has none, None where it moved meanwhile."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEADERS).partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    except FileNotFoundError:
        return None
    found = MESSAGE_ID.search(head)
    return found.group(1) if found else b""
