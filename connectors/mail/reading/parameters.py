"""Parameters of Content-Type and Content-Disposition.

As RFC 2045 and 2231 ask for them, and as mail programs write them.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from connectors.mail.reading import charsets, encoded_words
from connectors.mail.reading.notes import ReadingNotes, Repair

PARAMETER = re.compile(
    r';\s*([^\s=;"()<>]+)\s*=\s*(?:"((?:[^"\\]|\\.|"(?!\s*(?:;|$)))*)"(?=\s*(?:;|$))|([^;]*))', re.DOTALL
)
"""A quotation mark that ends neither the parameter nor the field belongs to the value."""
ESCAPED = re.compile(r'\\(["\\])')
FOLD = re.compile(r"\r?\n[ \t]*|\r")
CHARSET = re.compile(r"charset\s*[=:]\s*[\"']?([\w.:+-]+)", re.IGNORECASE | re.ASCII)
SECTION = re.compile(r"(.+?)\*(?:(\d{1,3})(\*)?)?")


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of a parameter's value. One that is `coded` has its letters behind percent signs."""

    number: int
    coded: bool
    value: str


def read(field: str, notes: ReadingNotes | None = None) -> dict[str, str]:
    """Read a field's parameters. By their names in lower case.

    Args:
        field: its value as it came, raw bytes as surrogates.
        notes: takes what was mended.
    """
    notes = notes or ReadingNotes()
    plain: dict[str, str] = {}
    sections: dict[str, list[_Section]] = defaultdict(list)
    for match in PARAMETER.finditer(f";{field.partition(';')[2]}" if ";" in field else f";{field}"):
        name, value = match[1].lower(), _value(match)
        section = SECTION.fullmatch(name)
        if section is None:
            plain.setdefault(name, value)
        else:
            number, coded = int(section[2] or 0), section[2] is None or section[3] is not None
            sections[section[1]].append(_Section(number, coded, value))
    found = {name: _plain(value, notes) for name, value in plain.items()}
    return found | {name: joined for name, each in sections.items() if (joined := _joined(each))}


def charset_beside(field: str) -> str | None:
    """Return the charset of a field without separators. Nothing separates its parameters."""
    found = CHARSET.search(field)
    return found[1] if found else None


def _value(match: re.Match[str]) -> str:
    if match[2] is not None:
        return ESCAPED.sub(r"\1", match[2])
    value = match[3].strip()
    if value.startswith('"'):  # never closed, or words behind it
        return ESCAPED.sub(r"\1", value[1:].rpartition('"')[0] or value[1:])
    return value


def _plain(value: str, notes: ReadingNotes) -> str:
    """Decode raw letters and encoded words in a value. The letters are 8-bit; the rules allow neither of them."""
    if not value.isascii():
        notes.mended(Repair.FILE_NAME)
        value = charsets.decode(value.encode("utf-8", "surrogateescape"), None)
    if "=?" in value:
        unfolded = FOLD.sub(" ", value)
        value = encoded_words.decode(unfolded)
        if value != unfolded:
            notes.mended(Repair.FILE_NAME)
    return FOLD.sub(" ", value)


def _joined(sections: list[_Section]) -> str:
    """Join a value's sections by their numbers. Whatever order they came in."""
    ordered = sorted(sections, key=lambda section: section.number)
    charset = ""
    first = ordered[0]
    if first.coded and first.value.count("'") >= 2:
        charset, _, rest = first.value.split("'", 2)
        ordered[0] = _Section(first.number, True, rest)
    raw = b"".join(_bytes(section) for section in ordered)
    text = charsets.decode(raw, charset or None)
    return encoded_words.decode(text) if "=?" in text else text


def _bytes(section: _Section) -> bytes:
    raw = FOLD.sub("", section.value).encode("utf-8", "surrogateescape")
    return unquote_to_bytes(raw) if section.coded else raw
