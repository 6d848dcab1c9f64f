"""Encoded words of headers (RFC 2047). Also as mail programs really write them."""

import re

from connectors.mail.reading import charsets, transfer

WORD = re.compile(
    r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,40})?\?([bq])\?((?:[^?]|\?(?!=)){0,1000}?)(?:\?=|\??\Z)", re.IGNORECASE
)
"""Blanks and question marks may stand in one, and its end may be cut off with the header's."""


def decode(text: str) -> str:
    """Decode every encoded word of a header. Other text stays as it stands."""
    made: list[str] = []
    run, charset, position = b"", "", 0
    for word in WORD.finditer(text):
        between = text[position : word.start()]
        if run and (between.strip() or word[1].lower() != charset):
            made.append(charsets.decode(run, charset))
            run = b""
        if not position or between.strip():  # blanks between two words belong to neither
            made.append(between)
        run, charset, position = run + _bytes(word[2], word[3]), word[1].lower(), word.end()
    return "".join((*made, charsets.decode(run, charset), text[position:]))


def _bytes(how: str, content: str) -> bytes:
    """Return the bytes of an encoded word.

    A letter may be torn in two words, so that only their bytes together are text.
    """
    raw = content.encode("utf-8", "surrogateescape")
    return transfer.from_base64(raw) if how in "bB" else transfer.from_quoted_printable(raw.replace(b"_", b" "))
