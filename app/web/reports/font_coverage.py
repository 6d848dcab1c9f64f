"""Tell which characters a TrueType font can show, from its character map (OpenType `cmap`, format 12: all of Unicode).

A tagged PDF may hold no character that its font cannot show, and what a unit is called may hold any. Only what is needed is read.
"""

import struct
from functools import cache
from pathlib import Path

UNKNOWN = "\N{WHITE SQUARE}"
SPACES = str.maketrans(dict.fromkeys("\t\n\r\v\f\x85\u2028\u2029", " "))
WHOLE_UNICODE = 12


def shown(text: str, font: Path) -> str:
    """Return a text with a square in place of each character that the font does not have."""
    known = characters(font)
    return "".join(sign if ord(sign) in known else UNKNOWN for sign in text.translate(SPACES))


@cache
def characters(font: Path) -> frozenset[int]:
    """Return the code points that a font shows.

    Raises:
        ValueError: it has no map of all of Unicode.
    """
    table = _table(font.read_bytes(), b"cmap")
    for n in range(struct.unpack_from(">H", table, 2)[0]):
        offset = struct.unpack_from(">L", table, 4 + 8 * n + 4)[0]
        if struct.unpack_from(">H", table, offset)[0] == WHOLE_UNICODE:
            return frozenset(_groups(table[offset:]))
    raise ValueError(font)


def _table(content: bytes, wanted: bytes) -> bytes:
    for n in range(struct.unpack_from(">H", content, 4)[0]):
        tag, _checksum, offset, length = struct.unpack_from(">4sLLL", content, 12 + 16 * n)
        if tag == wanted:
            return content[offset : offset + length]
    raise ValueError(wanted)


def _groups(table: bytes) -> set[int]:
    """Return the characters of a map's groups, in each of which they follow each other."""
    found = set[int]()
    for n in range(struct.unpack_from(">L", table, 12)[0]):
        first, last, _glyph = struct.unpack_from(">LLL", table, 16 + 12 * n)
        found.update(range(first, last + 1))
    return found
