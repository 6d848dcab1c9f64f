"""The list of arrival numbers of one mail folder. Append-only, each line on the disk before a number is given out.

    validity 3f9c…                 drawn when the list was begun; a lost list makes every cursor a strange one
    17<tab>1767323045000000000<tab>1767323045.M1.host     number, received (ns since 1970), key
    -<tab>-<tab>1767323045.M1.host                        gone; should it come back, it gets a new number

It holds on to nothing: lines that are torn or strange are passed over, and their messages are numbered anew.
"""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

NAME = ".sluse-uids"
GONE = "-"
LINE = re.compile(r"(?:([0-9]{1,18})\t(-?[0-9]{1,19})|(-)\t-)\t(.+)")
HARMLESS = " !#$&'()*+,:;=@[]{}^~|<>?\""


@dataclass(frozen=True, slots=True)
class NumberedMessage:
    """A message's number, its key, and its time. The time is when the server received it (ns since 1970)."""

    number: int
    key: str
    received_ns: int


class Numbers:
    """The list in one folder. Its methods are called under the folder's lock."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._read: tuple[int, int] | None = None
        self._last = 0
        self.validity = ""
        self.entries: dict[str, NumberedMessage] = {}
        """Of the messages that are there, by key, in order of number."""

    def after(self, cursor: str | None) -> int:
        """Return the number that a cursor stands at. 0 for a cursor that this list never gave.

        Asked before new numbers are given: a list out of a backup ends before the cursor, and must not catch up with it.
        """
        validity, _, number = (cursor or "").partition(":")
        if validity != self.validity or not (number.isascii() and number.isdecimal() and len(number) < 19):
            return 0
        return int(number) if int(number) <= self._last else 0

    def load(self) -> bool:
        """Read the list, or begin one. Return False where it is as we left it."""
        if self._read is not None and self._read == self._state():
            return False
        self.entries, self._last = {}, 0
        lines = self._lines()
        if not lines[0].startswith("validity "):
            self.validity = secrets.token_hex(6)
            self._write("w", f"validity {self.validity}\n")
            return True
        self.validity = lines[0].removeprefix("validity ")
        for line in lines[1:]:
            self._take(line)
        self._write("a", "\n" if lines[-1] else "")  # end a torn line, so that it spoils no other
        return True

    def add(self, arrivals: Sequence[tuple[int, str]]) -> None:
        """Add messages with the next numbers. (received ns, key) each, in this order."""
        new = [NumberedMessage(n, key, at) for n, (at, key) in enumerate(arrivals, self._last + 1)]
        self._write("a", "".join(f"{e.number}\t{e.received_ns}\t{_written(e.key)}\n" for e in new))
        self.entries |= {entry.key: entry for entry in new}
        self._last += len(new)

    def forget(self, keys: Sequence[str]) -> None:
        """Remove messages that left the folder."""
        self._write("a", "".join(f"{GONE}\t{GONE}\t{_written(key)}\n" for key in keys))
        for key in keys:
            del self.entries[key]

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text(encoding="ascii", errors="replace").split("\n")
        except FileNotFoundError:
            return [""]

    def _take(self, line: str) -> None:
        match = LINE.fullmatch(line)
        if match is None:
            return
        number, received, gone, written = match.groups()
        key = unquote(written, errors="surrogateescape")
        self.entries.pop(key, None)
        if gone is None:
            self.entries[key] = NumberedMessage(int(number), key, int(received))
            self._last = max(self._last, int(number))

    def _write(self, mode: str, text: str) -> None:
        if text:
            with self._path.open(mode, encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        self._read = self._state()

    def _state(self) -> tuple[int, int] | None:
        """The file and its length: it only grows."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_size


def _written(key: str) -> str:
    """A key on one line, whatever bytes somebody's program put into a file name."""
    return quote(key, safe=HARMLESS, errors="surrogateescape")
