"""Files that stand as letters in a text. Mail programs before MIME wrote them so."""

import binascii
import re
from dataclasses import dataclass

from connectors.mail.reading.notes import ReadingNotes, Repair, Unread

BEGIN = re.compile(rb"^begin(-base64)? [0-7]{3,4}(?: ([^\r\n]{1,300}))?[ \t]*\r?$", re.MULTILINE)
BASE64_END = b"===="
ZERO = (b"`", b"", b" ")


@dataclass(frozen=True, slots=True)
class UuencodedFile:
    """A file found in a text. Its name is in the text's charset."""

    name: bytes
    content: bytes


def split(content: bytes, notes: ReadingNotes) -> tuple[bytes, list[UuencodedFile]]:
    """Split a text from its files. The result is the text without them, and the files in order."""
    if not BEGIN.search(content):
        return content, []
    lines = content.splitlines(keepends=True)
    kept: list[bytes] = []
    files: list[UuencodedFile] = []
    n = 0
    while n < len(lines):
        begin = BEGIN.match(lines[n])
        found = _file(begin, lines, n + 1, notes) if begin else None
        if found is None:
            kept.append(lines[n])
            n += 1
        else:
            file, n = found
            files.append(file)
            notes.mended(Repair.UUENCODE)
    return b"".join(kept), files


def only_file(content: bytes, notes: ReadingNotes) -> bytes:
    """Return the bytes of a part that is one file. With its frame or without; as it stands where it is none."""
    _, files = split(content, notes)
    if files:
        return files[0].content
    decoded = [_decoded(line.rstrip(b"\r\n")) for line in content.splitlines() if line.strip()]
    if not decoded or None in decoded:
        notes.missed(Unread.ENCODING)
        return content
    return b"".join(each for each in decoded if each)


def _file(begin: re.Match[bytes], lines: list[bytes], n: int, notes: ReadingNotes) -> tuple[UuencodedFile, int] | None:
    """Read the file that begins above line `n`.

    Return it and the number of the line behind it; None where no file follows.
    """
    decode = _base64_line if begin[1] else _decoded
    made: list[bytes] = []
    ended = False
    while n < len(lines):
        bare = lines[n].rstrip(b"\r\n")
        if bare.rstrip() in (b"end", BASE64_END):
            ended = True
            n += 1
            break
        decoded = decode(bare)
        if decoded is None or (not bare and not made):
            break
        made.append(decoded)
        n += 1
    if not any(made):
        return None
    if not ended:
        notes.missed(Unread.CUT)
    return UuencodedFile((begin[2] or b"").strip(), b"".join(made)), n


def _decoded(line: bytes) -> bytes | None:
    """One line's bytes; None where it is no line of such a file. Blanks at its end may have been lost on the way."""
    if line.strip(b" ") in ZERO:
        return b""
    count = (line[0] - 32) & 63
    wanted = (count + 2) // 3 * 4
    coded = line[1 : 1 + wanted]
    longer = len(line) - 1 - wanted
    if longer > 2 or not count or any(not 32 <= letter <= 96 for letter in coded):
        return None
    if len(coded) + 1 < wanted and coded.rstrip(b" ") == coded and b" " not in coded and len(coded) < wanted // 2:
        return None  # much too short to have lost only blanks
    try:
        return binascii.a2b_uu(line[:1] + coded.ljust(wanted))
    except binascii.Error:
        return None


def _base64_line(line: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(line, strict_mode=True) if line else None
    except binascii.Error:
        return None
