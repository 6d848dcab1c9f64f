"""The sentences of a letter that name a placeholder. A letter says nothing that is not so when it leaves."""

import re
from collections.abc import Iterable

LINE = re.compile(r"\n(?![a-zæøå])")
"""A line ends where the next one does not go on in small letters: what is only wrapped is one line."""
SENTENCE = re.compile(r"(?<=[.!?])(\s+)(?=[A-ZÆØÅ\[])")


def without(text: str, names: Iterable[str]) -> str:
    """Leave out every sentence that names one of these placeholders."""
    marks = [f"{{{name}}}" for name in names]
    kept: list[str] = []
    for line in LINE.split(text):
        left = _kept(line, marks)
        if left or not line.strip():
            kept.append(left)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept))


def _kept(line: str, marks: list[str]) -> str:
    if not any(mark in line for mark in marks):
        return line
    pieces = SENTENCE.split(line)
    sentences, gaps = pieces[::2], [*pieces[1::2], ""]
    left = [s + gap for s, gap in zip(sentences, gaps, strict=True) if not any(mark in s for mark in marks)]
    return "".join(left).rstrip()


def after(text: str, name: str, more: str) -> str:
    """Insert a sentence after a placeholder's first one.

    Where no sentence names the placeholder the text stays as it is.
    """
    mark = f"{{{name}}}"
    place = text.find(mark)
    if place < 0:
        return text
    end = re.compile(r"[.!?](?=\s+[A-ZÆØÅ\[\n]|\s*$)|(?=\n)|$").search(text, place + len(mark))
    at = end.end() if end else len(text)
    return f"{text[:at]} {more}{text[at:]}"


def line_before(text: str, words: str, line: str) -> str:
    """Insert a line above another one.

    Above the one where `words` stand; where they do not, in front of the last paragraph.
    """
    place = text.find(words)
    start = text.rfind("\n", 0, place) + 1 if place >= 0 else text.rstrip().rfind("\n\n") + 2
    return f"{text[:start]}{line}\n{text[start:]}" if place >= 0 else f"{text[:start]}{line}\n\n{text[start:]}"
