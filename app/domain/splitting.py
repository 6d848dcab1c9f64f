"""One mail, several matters: which paragraphs of it each part is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LEAST, MOST = 2, 6
TITLE_LENGTH = 200
BLANK_LINES = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Part:
    """A matter of its own: what it is called and what of the mail it is."""

    title: str
    text: str


def paragraphs(text: str) -> list[str]:
    """The mail's paragraphs as they stand there, without empty ones."""
    return [block for block in BLANK_LINES.split(text.strip()) if block.strip()]


def part(title: str, blocks: Sequence[str], chosen: Sequence[int], own_words: str) -> Part:
    """The chosen ones of a mail's paragraphs, counted from 0, in the mail's order, then what was written besides."""
    picked = [block for n, block in enumerate(blocks) if n in set(chosen)]
    text = "\n\n".join(filter(None, (*picked, own_words.replace("\r\n", "\n").strip())))
    return Part(" ".join(title.split())[:TITLE_LENGTH], text)


def problem(parts: Sequence[Part]) -> str:
    """The code of what is wrong with a division, "" where nothing is."""
    if not LEAST <= len(parts) <= MOST:
        return "split_count"
    if any(not each.title or not each.text for each in parts):
        return "split_part_empty"
    return "split_parts_alike" if len({each.text for each in parts}) < len(parts) else ""
