"""Mails in plain files. Folders of .eml and mbox files, as archives and mail clients leave them.

Only positions are kept; the bytes are read when they are asked for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

HEAD = 65_536
EARLIEST = 1990
FROM = b"From "
QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
DATE = re.compile(rb"^date:[ \t]*([^\r\n]{1,100})", re.IGNORECASE | re.MULTILINE)
HEADER = re.compile(rb"(?:From |>From |[!-9;-~]{1,80}[ \t]*:)")


class NotAMail(Exception):
    """Bytes that no mail program wrote; the text says why."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A mail where it lies. `group` is what the folder or mbox file is called; `name` tells it from every other."""

    group: str
    name: str
    path: Path
    start: int = 0
    length: int = -1

    def read(self) -> bytes:
        """Return the mail's bytes.

        Of an mbox they come without its separator and with its quoted `From ` lines as they were.

        Raises:
            OSError: the file cannot be read.
            NotAMail: it is empty, or does not begin as a mail does.
        """
        with self.path.open("rb") as file:
            file.seek(self.start)
            raw = file.read(self.length)
        if self.length >= 0:
            raw = QUOTED_FROM.sub(rb"\1", raw)
        check(raw)
        return raw


def check(raw: bytes) -> None:
    """Refuse bytes that are no mail. The tolerant parser would take them for a mail without any header.

    Raises:
        NotAMail: it is empty, or does not begin as a mail does.
    """
    if not raw.strip():
        raise NotAMail("it is empty")
    if not HEADER.match(raw.lstrip(b"\xef\xbb\xbf\r\n")):
        raise NotAMail("it is not a mail: it does not begin with a header")


def dated(raw: bytes, now: datetime) -> datetime | None:
    """Return when a mail says it was written. None where it says nothing, or what cannot be."""
    head = raw[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found = DATE.search(head)
    if found is None:
        return None
    try:
        at = parsedate_to_datetime(found.group(1).decode("ascii", "replace"))
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return at if at.year >= EARLIEST and at <= now else None


def is_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(FROM)) == FROM


def mbox(path: Path, group: str, shown: str) -> Iterator[Filed]:
    """Yield the mails of an mbox file. A separator is a line `From …` at the start or after an empty line."""
    begun, count, empty, position = -1, 0, True, 0
    with path.open("rb") as lines:
        for line in lines:
            if empty and line.startswith(FROM):
                if begun >= 0:
                    yield Filed(group, f"{shown}, mail {count}", path, begun, position - begun)
                begun, count = position + len(line), count + 1
            empty, position = not line.strip(), position + len(line)
    if begun >= 0:
        yield Filed(group, f"{shown}, mail {count}", path, begun, position - begun)


def under(root: Path) -> Iterator[Path]:
    """Yield every visible file below a folder. The order stays the same."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts):
            yield path
