"""The skeleton of a text, to find numbers. Plain digits, dashes and blanks, each place leading back to the text.

People, mail programs and web pages write one number in many ways: over a line end, with a soft hyphen in it, in two
cells of a table, in full width. Folded into one way, each shape is told by one short pattern.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

LINE_END, CELL = "\n", "\t"
"""How any line end, and any gap between the columns of a table, stands in a skeleton."""

_PLAIN = (
    dict.fromkeys("\u2010\u2011\u2043\u2212\ufe58\ufe63", "-")
    # A dash between numbers is more often `from-to` than a hyphen is: it stays one that can be told from it.
    | dict.fromkeys("\u2012\u2014\u2015", "\u2013")
    | dict.fromkeys("\xb7\u2022\u2024\u2219\u30fb", ".")
    | dict.fromkeys("\u2044\u2215", "/")
    | dict.fromkeys("\x0b\x0c\x85\u2028\u2029", LINE_END)
    | dict.fromkeys(("\u2800", "%20", "&nbsp;"), " ")
    | dict.fromkeys(("\u115f", "\u1160", "\u3164", "\uffa0", "&shy;"), "")
    | dict.fromkeys(("%40", "(at)", "[at]"), "@")
    | {"%2d": "-", "%2f": "/", "=2d": "-"}
    | dict.fromkeys((f"{sign}e2{sign}80{sign}9{n}" for sign in "%=" for n in "012345"), "\u2013")
    | dict.fromkeys(("&hyphen;", "&dash;", "&minus;"), "-")
    | dict.fromkeys(("&ndash;", "&mdash;", "&horbar;"), "\u2013")
    | dict.fromkeys(("&ensp;", "&emsp;", "&thinsp;"), " ")
)
_UNSEEN = frozenset(("Cf", "Mn", "Me"))
"""Kinds of characters without a width of their own: marks of direction, joiners, variants, accents that stand alone."""
# Everything but the usual letters and signs; of the ASCII signs those that an escape begins with.
_ODD = re.compile(
    r"[^\t\n\r !-$')-<>-Z\\-~\xa1-\xac\xae-\xb1\xb4-\xb6\xb8\xba-\u024f\u2018-\u201e\u2026\u20ac]"
    r"(?:(?<=%)(?:20|2d|2f|40|e2%80%9[0-5])|(?<=[(\[])at[)\]]"
    r"|(?<=&)(?:nbsp|shy|hyphen|dash|minus|ndash|mdash|horbar|ensp|emsp|thinsp|#\d{2,6}|#x[\da-f]{2,5});"
    # As transports write a dash; only between digits, since `=` is much else.
    r"|(?<=\d=)(?:2d|e2=80=9[0-5])(?=\d))?",
    re.IGNORECASE,
)
# A single blank is passed by at once. Beginnings of quoted lines and borders of tables count as blank.
_LAYOUT = re.compile(r"(?: (?=[ \t|\r\n])|[\t|\r\n])[ \t|\r\n]{0,200}(?:>[ \t>|\r\n]{0,200})?")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The folded text with the way back. `_folds` are the places where it was folded, last fold first."""

    text: str
    _folds: tuple["_Fold", ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return a span's place in the source text. The skeleton was made of that text."""
        for fold in self._folds:
            start, end = fold.back(start, end)
        return start, end


@dataclass(frozen=True, slots=True)
class _Fold:
    """A fold: the places where lengths changed.

    From `after[n]` on, the folded text is the source from `before[n]` on.
    """

    after: list[int]
    before: list[int]

    def back(self, start: int, end: int) -> tuple[int, int]:
        first, last = bisect_right(self.after, start) - 1, max(0, bisect_left(self.after, end) - 1)
        return start - self.after[first] + self.before[first], end - self.after[last] + self.before[last]


def skeleton(text: str) -> Skeleton:
    """Fold a text's characters, then its layout. In time linear in the text's length."""
    plain, characters = _folded(_ODD, _plain, text)
    laid, layout = _folded(_LAYOUT, _gap, plain)
    return Skeleton(laid, (layout, characters))


def _folded(pattern: re.Pattern[str], replacement: Callable[[str], str], text: str) -> tuple[str, _Fold]:
    parts, after, before = [], [0], [0]
    position, length = 0, 0
    for match in pattern.finditer(text):
        new = replacement(match[0])
        parts += [text[position : match.start()], new]
        length += match.start() - position + len(new)
        position = match.end()
        if len(new) != len(match[0]):
            after.append(length)
            before.append(position)
    return "".join([*parts, text[position:]]), _Fold(after, before)


@lru_cache(maxsize=4096)
def _plain(odd: str) -> str:
    """Return the plain form of a character. As a reader of numbers takes it; most stand for themselves."""
    if (known := _PLAIN.get(odd.lower())) is not None:
        return known
    if odd.startswith("&#"):
        return _plain(html.unescape(odd))
    if odd.isascii() or len(odd) > 1:
        return odd
    if (digit := unicodedata.digit(odd, None)) is not None:
        return str(digit)
    if "\uff01" <= odd <= "\uff5e":
        return chr(ord(odd) - 0xFEE0)
    if odd.isspace():
        return " "
    return "" if unicodedata.category(odd) in _UNSEEN else odd


def _gap(layout: str) -> str:
    return LINE_END if "\n" in layout or "\r" in layout else CELL
