"""Repair of headers with a wrong end. Such a header ends before its end, or does not end where the text begins."""

import re
from collections.abc import Iterator

from connectors.mail.reading.notes import ReadingNotes, Repair

HEAD = 256 * 1024
FIELD = re.compile(rb"([!-9;-~]{1,80}):")
SPACED_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]+:")
LEADING = re.compile(rb"(?:\xef\xbb\xbf|[ \t]*\r?\n)+")
KNOWN = re.compile(
    rb"(?:x-.*|list-.*|resent-.*|content-.*|from|to|cc|bcc|subject|date|message-id|mime-version|reply-to|sender|received"
    rb"|return-path|references|in-reply-to|user-agent|importance|priority|precedence|auto-submitted|delivered-to"
    rb"|dkim-signature|authentication-results|thread-.*|organization|status|lines)",
    re.IGNORECASE,
)
AHEAD = 60
"""Lines that are looked at to tell whether the header goes on."""


def mended(raw: bytes, notes: ReadingNotes, *, whole: bool = True) -> bytes:
    """Return the bytes with a sound header.

    Of a mail, or of a part of one; every line belongs to the header, and an empty line ends it.

    Args:
        raw: begins with the header.
        notes: takes what was mended.
        whole: a mail, which has a header; a part may begin with its text.
    """
    raw = _begun(raw, notes) if whole else raw
    if raw[: raw.find(b"\n") + 1].endswith(b"\r\r\n"):
        notes.mended(Repair.HEADER)
        raw = raw.replace(b"\r\r\n", b"\r\n")
    lines = list(_lines(raw[:HEAD]))
    kept: list[bytes] = []
    seen: set[bytes] = set()
    for n, line in enumerate(lines):
        if not line.strip(b"\r\n"):
            break
        whatever = _kept(line, lines[n + 1 : n + 1 + AHEAD], seen, first=n == 0)
        if whatever is None:  # the text begins here, or behind a line of blanks
            rest = raw[sum(map(len, lines[: n + (not line.strip())])) :]
            notes.mended(Repair.HEADER)
            return b"".join(kept) + b"\n" + rest
        kept.append(whatever)
    if kept == lines[: len(kept)]:
        return raw
    notes.mended(Repair.HEADER)
    return b"".join(kept) + raw[sum(map(len, lines[: len(kept)])) :]


def _begun(raw: bytes, notes: ReadingNotes) -> bytes:
    """Without empty lines and a byte order mark before the first field."""
    found = LEADING.match(raw)
    if found is None or not FIELD.match(raw, found.end()):
        return raw
    notes.mended(Repair.HEADER)
    return raw[found.end() :]


def _lines(head: bytes) -> Iterator[bytes]:
    """The header's lines with their ends, and the empty one that ends it."""
    start = 0
    while start < len(head):
        end = head.find(b"\n", start) + 1 or len(head)
        yield head[start:end]
        if not head[start:end].strip(b"\r\n"):
            return
        start = end


def _kept(line: bytes, following: list[bytes], seen: set[bytes], *, first: bool) -> bytes | None:
    """Return what a header's line is read as. b"" where it is left out, None where the header has ended before it."""
    name = _name(line)
    if name is not None:
        seen.add(name)
        return line if FIELD.match(line) else name + line[line.index(b":") :]
    if (line[:1] in b" \t" and line.strip() and not first) or (line.startswith(b"From ") and first):
        return line
    return b"" if _goes_on(following, seen) else None


def _name(line: bytes) -> bytes | None:
    """Return the field that begins with a line.

    In lower case; blanks before its colon are no harm where one knows it.
    """
    if field := FIELD.match(line):
        return field[1].lower()
    spaced = SPACED_FIELD.match(line)
    return spaced[1].lower() if spaced and KNOWN.fullmatch(spaced[1]) else None


def _goes_on(lines: list[bytes], seen: set[bytes]) -> bool:
    """Tell whether a header continues after an empty line.

    Fields follow that a header has, and that this one has not had: a text may quote another mail's.
    """
    new, strange = False, 0
    for line in lines:
        if not line.strip(b"\r\n"):
            break
        name = _name(line)
        if name and KNOWN.fullmatch(name):
            if name in seen and name in (b"from", b"to", b"subject", b"date"):
                return False
            new = True
        elif name is None and line[:1] not in b" \t":
            strange += 1
            if strange > 2:
                return False
    return new
