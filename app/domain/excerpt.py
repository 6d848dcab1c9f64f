"""The part of a text that a page shows.

A mail may have a million characters; a person reads its beginning. Beyond it the text is shown in portions, so that no
mail costs the house more than any other.
"""

from dataclasses import dataclass

from app.domain.splitting import BLANK_LINES


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that is shown at once; whichever comes first."""

    characters: int
    paragraphs: int


PAGE = Bound(20_000, 200)
"""Of a mail on any page that shows one."""
PORTION = Bound(100_000, 1_000)
"""Of the rest, for somebody who asks for it."""


def end(text: str, start: int = 0, bound: Bound = PAGE) -> int:
    """Return where to stop showing a text.

    Shown from `start`, a text stops between paragraphs, lines or words where it can.
    """
    last = start + bound.characters
    shown, position = 0, start
    for gap in BLANK_LINES.finditer(text, start, last):
        shown += not text[position : gap.start()].isspace() and gap.start() > position
        position = gap.end()
        if shown == bound.paragraphs:
            return _or_all(text, gap.start())
    if last >= len(text):
        return len(text)
    half = start + bound.characters // 2
    return next((found for mark in ("\n", " ") if (found := text.rfind(mark, half, last)) > 0), last)


def _or_all(text: str, position: int) -> int:
    """Stop at a position, unless only blanks come after it."""
    return position if text[position : position + PAGE.characters].strip() else len(text)
