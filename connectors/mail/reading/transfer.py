"""Content-Transfer-Encoding: a part's own bytes. Whatever the encoding is called, and wherever it is damaged."""

import binascii
import re

from connectors.mail.reading import uuencode
from connectors.mail.reading.notes import ReadingNotes, Repair, Unread

IDENTITY, BASE64, QUOTED, UU = "identity", "base64", "quoted-printable", "uuencode"
NAMES = {
    "": IDENTITY,
    "7bit": IDENTITY,
    "8bit": IDENTITY,
    "binary": IDENTITY,
    "base64": BASE64,
    "quotedprintable": QUOTED,
    "uuencode": UU,
    "uue": UU,
    "uu": UU,
    "uuencoded": UU,
    "b64": BASE64,
    "base": BASE64,
    "bas64": BASE64,
    "b": BASE64,
    "qp": QUOTED,
    "q": QUOTED,
    "quoted": QUOTED,
    "quotedprintible": QUOTED,
    "quotableprintable": QUOTED,
    "printable": QUOTED,
    "bit7": IDENTITY,
    "bit8": IDENTITY,
    "7bits": IDENTITY,
    "8bits": IDENTITY,
    "7": IDENTITY,
    "8": IDENTITY,
    "none": IDENTITY,
    "plain": IDENTITY,
    "raw": IDENTITY,
}
"""Names without their punctuation."""
PROPER = frozenset(("", "7bit", "8bit", "binary", "base64", "quoted-printable"))
COMMENT = re.compile(r"\([^()]*\)")
FIRST = re.compile(r"[\w./+-]+(?:[ _]printable)?", re.ASCII)
PUNCTUATION = re.compile(r"[^a-z0-9]")
FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\s]")
ALPHABET = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
URL_SAFE = re.compile(rb"[A-Za-z0-9_=\s-]*[_-][A-Za-z0-9_=\s-]*")
NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)|(?<==)=(?![0-9A-Fa-f]{2})")
"""No code follows; of marks side by side none is an escape, they are a line that somebody drew."""
SOFT_BREAK = re.compile(rb"=[ \t]+(?=\r?\n)")
FAR_BLANKS = re.compile(rb"=[ \t]+\Z")
LIKELY = 40
"""Letters without any other mark between them that make a text look encoded."""
MAGIC = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
    b"RIFF",
    b"II*\0",
    b"MM\0*",
)
CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(content: bytes, claimed: str, notes: ReadingNotes, *, is_text: bool) -> bytes:
    """Take a part's bytes out of their encoding.

    Args:
        content: as it stands in the mail.
        claimed: the field's value.
        notes: takes what was mended or missed.
        is_text: the part claims to be text.
    """
    encoding = _named(claimed, notes)
    if encoding == QUOTED:
        return from_quoted_printable(content, notes)
    if encoding == BASE64:
        return from_base64(content, notes, is_text=is_text)
    if encoding == UU:
        return uuencode.only_file(content, notes)
    if _is_base64_undeclared(content, is_text):
        notes.mended(Repair.ENCODING)
        return from_base64(content, notes)
    if encoding is None and not _is_readable(content):
        notes.missed(Unread.ENCODING)
    return content


def is_opaque(content: bytes, claimed: str) -> bool:
    """Tell whether a part's encoding is unknown. Nobody knows it, and it shows no words as it is."""
    return (
        _named(claimed, ReadingNotes()) is None
        and not _is_readable(content)
        and not _is_base64_undeclared(content, True)
    )


def _is_readable(content: bytes) -> bool:
    """Tell whether bytes look like words. Most of their first lines have blanks between words."""
    lines = [line for line in content[:4_000].splitlines() if line.strip()][:8]
    return sum(b" " in line.strip() or len(line) < 20 for line in lines) * 2 >= len(lines)


def _named(claimed: str, notes: ReadingNotes) -> str | None:
    """Return the encoding that a field means. None where nobody can tell."""
    found = FIRST.search(COMMENT.sub(" ", claimed))
    name = PUNCTUATION.sub("", found.group().lower()) if found else ""
    if claimed.strip().lower() not in PROPER:
        notes.mended(Repair.ENCODING)
    return NAMES.get(name) or NAMES.get(name.removeprefix("x"))


def _is_base64_undeclared(content: bytes, is_text: bool) -> bool:
    """Tell whether bytes are base64 without saying so.

    No encoding is claimed; nothing else is in them, and sense comes out.
    """
    lines = content.split()
    if sum(map(len, lines[:2])) < 16 or len({*map(len, lines[:-1])}) > 1:
        return False
    whole = b"".join(lines)
    if len(whole) % 4 or not ALPHABET.fullmatch(whole):
        return False
    decoded = binascii.a2b_base64(whole)
    if decoded.startswith(MAGIC):
        return True
    if not is_text:
        return len(lines) > 1 and len(lines[0]) in (60, 64, 72, 76)
    return len(whole) >= LIKELY and b" " in decoded and not CONTROLS.search(decoded) and _is_utf8(decoded)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def from_base64(content: bytes, notes: ReadingNotes | None = None, *, is_text: bool = False) -> bytes:
    """Decode base64, damaged or in several pieces. Of any length, with foreign letters in it.

    Text that a mail server has written below it is kept in a text, and left out of a file.
    """
    notes = notes or ReadingNotes()
    if URL_SAFE.fullmatch(content):  # the alphabet of addresses
        content = content.translate(bytes.maketrans(b"-_", b"+/"))
    coded, below = _apart(content)
    if FOREIGN.search(coded) or below:
        notes.mended(Repair.BASE64)
        coded = FOREIGN.sub(b"", coded)
    pieces = _pieces(b"".join(coded.split()))
    if len(pieces) > 1 or (pieces and len(pieces[-1]) % 4 and not coded.rstrip().endswith(b"=")):
        notes.mended(Repair.BASE64)
    return b"".join(_piece(piece, notes) for piece in pieces) + (below if is_text else b"")


def _apart(content: bytes) -> tuple[bytes, bytes]:
    """Return base64 and the text below its end.

    Below is an empty line or padding, then a line that is no base64; or a torn mark.
    """
    if not FOREIGN.search(content) and b" " not in content.strip():
        return content, b""
    ended, position = False, 0
    for line in content.splitlines(keepends=True):
        bare = line.strip()
        if ended and bare and (FOREIGN.search(bare) or b" " in bare):
            return content[:position], content[position:]
        if position and b"--" in bare:
            return content[:position], content[position:]
        ended = ended or (not bare and position > 0) or bare.endswith(b"=")
        position += len(line)
    return content, b""


def _pieces(coded: bytes) -> list[bytes]:
    """Runs between padding, without it. A mark after the first letter of four pads nothing: it is a foreign one."""
    pieces: list[bytes] = []
    held = b""
    for run in coded.split(b"="):
        held += run
        if held and len(held) % 4 != 1:
            pieces.append(held)
            held = b""
    return [*pieces, held] if held else pieces


def _piece(piece: bytes, notes: ReadingNotes) -> bytes:
    if len(piece) % 4 == 1:  # six bits are no byte: the rest of it never came
        notes.mended(Repair.BASE64)
        notes.missed(Unread.CUT)
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def from_quoted_printable(content: bytes, notes: ReadingNotes | None = None) -> bytes:
    """Decode quoted-printable; other signs stay as they stand."""
    if SOFT_BREAK.search(content):
        content = FAR_BLANKS.sub(b"=", SOFT_BREAK.sub(b"=", content))
    if NO_ESCAPE.search(content):
        (notes or ReadingNotes()).mended(Repair.QUOTED_PRINTABLE)
        content = NO_ESCAPE.sub(b"=3D", content)
    return binascii.a2b_qp(content)
