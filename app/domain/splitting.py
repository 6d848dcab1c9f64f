"""One mail, several matters: which pieces of it each part is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

LEAST, MOST = 2, 6
TITLE_LENGTH = 200
BLANK_LINES = re.compile(r"\n[ \t]*\n")
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-ZÆØÅ])")
MANY = 25
"""A mail of more sentences than this is divided by its paragraphs."""


@dataclass(frozen=True, slots=True)
class Part:
    """A matter of its own: what it is called and what of the mail it is."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph or a sentence, and the number of the paragraph it is of."""

    text: str
    paragraph: int


def paragraphs(text: str) -> list[str]:
    """The mail's paragraphs as they stand there, without empty ones."""
    return [block for block in BLANK_LINES.split(text.strip()) if block.strip()]


def pieces(text: str) -> list[Piece]:
    """What a part can be made of: the mail's sentences, or the paragraphs of a long one."""
    blocks = paragraphs(text)
    sentences = [Piece(each, n) for n, block in enumerate(blocks) for each in SENTENCE_ENDS.split(block)]
    return sentences if len(sentences) <= MANY else [Piece(block, n) for n, block in enumerate(blocks)]


def part(title: str, pieces: Sequence[Piece], chosen: Sequence[int], own_words: str) -> Part:
    """The chosen ones of a mail's pieces, counted from 0, in the mail's order, then what was written besides."""
    kept = [piece for n, piece in enumerate(pieces) if n in set(chosen)]
    picked = [" ".join(piece.text for piece in same) for _, same in groupby(kept, lambda piece: piece.paragraph)]
    text = "\n\n".join(filter(None, (*picked, own_words.replace("\r\n", "\n").strip())))
    return Part(" ".join(title.split())[:TITLE_LENGTH], text)


def problem(parts: Sequence[Part]) -> str:
    """The code of what is wrong with a division, "" where nothing is."""
    if not LEAST <= len(parts) <= MOST:
        return "split_count"
    if any(not each.title or not each.text for each in parts):
        return "split_part_empty"
    return "split_parts_alike" if len({each.text for each in parts}) < len(parts) else ""
