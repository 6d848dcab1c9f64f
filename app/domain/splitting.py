"""Division of one mail into several matters. Which pieces of it each part is."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

LEAST, MOST = 2, 6
TITLE_LENGTH = 80
"""A title is read in a row of the queue, on a phone, and in the name of a case."""
BLANK_LINES = re.compile(r"\n[ \t]*\n")
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-ZÆØÅ])")
ITEM_STARTS = re.compile(r"\n(?=[ \t]*(?:\d{1,2}[.)]|[-*•–])[ \t]+\S)")
ITEM = re.compile(r"[ \t]*(?:\d{1,2}[.)]|[-*•–])[ \t]+\S")
QUOTED = re.compile(r"[ \t]*>")
MANY = 25
"""A mail of more sentences than this is divided by its paragraphs."""


@dataclass(frozen=True, slots=True)
class MailPart:
    """One part of a mail: title, text and files."""

    title: str
    text: str
    files: frozenset[int] = frozenset()
    """The positions of the mail's files that go with it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a mail.

    A paragraph or a sentence, and the number of the paragraph it is of; or what stands quoted in one go.
    """

    text: str
    paragraph: int
    quoted: bool = False


def paragraphs(text: str) -> list[str]:
    """Return the mail's paragraphs as they stand there. Empty ones are left out."""
    return [block for block in BLANK_LINES.split(text.strip()) if block.strip()]


def pieces(text: str) -> list[Piece]:
    """Return the pieces parts can be made of. The mail's sentences, or the paragraphs of a long one.

    A quotation, and an item of a list, is one piece whatever it says.
    """
    blocks = [run for block in paragraphs(text) for run in _runs(block)]
    sentences = [
        Piece(each, n, quoted) for n, (block, quoted) in enumerate(blocks) for each in _sentences(block, quoted)
    ]
    if len(sentences) <= MANY:
        return sentences
    return [Piece(block, n, quoted) for n, (block, quoted) in enumerate(blocks)]


def by_sentences(pieces: Sequence[Piece]) -> bool:
    """Tell whether pieces are smaller than paragraphs. A page may call them by their name."""
    return len({each.paragraph for each in pieces}) < len(pieces)


def _runs(block: str) -> list[tuple[str, bool]]:
    """Return a paragraph's runs of lines.

    With each comes whether it is quoted: a mark of quotation holds to the end of its line.
    """
    runs = groupby(block.split("\n"), key=lambda line: bool(QUOTED.match(line)))
    return [("\n".join(lines), quoted) for quoted, lines in runs]


def _sentences(block: str, quoted: bool) -> list[str]:
    if quoted:
        return [block]
    items = ITEM_STARTS.split(block)
    return [each for item in items for each in ([item] if ITEM.match(item) else SENTENCE_ENDS.split(item))]


def part(
    title: str, pieces: Sequence[Piece], chosen: Sequence[int], own_words: str, files: frozenset[int] = frozenset()
) -> MailPart:
    """Make a part of the chosen pieces.

    Pieces count from 0 and stay in the mail's order; then comes what was written besides.
    """
    kept = [piece for n, piece in enumerate(pieces) if n in set(chosen)]
    picked = [" ".join(piece.text for piece in same) for _, same in groupby(kept, lambda piece: piece.paragraph)]
    text = "\n\n".join(filter(None, (*picked, own_words.replace("\r\n", "\n").strip())))
    return MailPart(" ".join(title.split()), text, files)


def problem(parts: Sequence[MailPart], files: Iterable[int] = ()) -> str:
    """Return the problem of a division. A code; `files` are the mail's; "" where nothing is wrong."""
    if not LEAST <= len(parts) <= MOST:
        return "split_count"
    if any(not each.title or not each.text for each in parts):
        return "split_part_empty"
    if any(len(each.title) > TITLE_LENGTH for each in parts):
        return "split_title_long"
    if set(files) - set().union(*(each.files for each in parts)):
        return "split_file_nowhere"
    return "split_parts_alike" if len({each.text for each in parts}) < len(parts) else ""
