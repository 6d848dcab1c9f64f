"""Bytes → text, whatever charset they claim to be in."""

import codecs
import re

WIDER = {
    "iso8859-1": "cp1252",  # Outlook's quotation marks and euro sign, as every browser reads them
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
"""What mail programs mean by a charset they name too narrowly."""
REFUSED = frozenset(("utf-7", "unicode-escape", "raw-unicode-escape", "punycode", "idna", "undefined"))
"""No charsets of mails: they hide text from filters, or take the square of its length to decode."""
LETTER = re.compile("[^\x00-\x7f\ufffd]")


def decode(content: bytes, charset: str | None) -> str:
    """Text in the charset it claims, else UTF-8, else Windows-1252; what fits none is replaced."""
    for name in (_meant(charset), "utf-8"):
        try:
            if name is not None:
                return content.decode(name)
        except (LookupError, ValueError):
            continue
    lenient = content.decode("utf-8", "replace")
    if len(LETTER.findall(lenient)) > lenient.count("\ufffd"):
        return lenient  # UTF-8 with a stray byte or a torn end
    try:
        return content.decode("cp1252")
    except ValueError:
        return content.decode("latin-1")


def _meant(charset: str | None) -> str | None:
    """The codec for a charset's name; None for one that does not exist or that we refuse."""
    if not charset or len(charset) > 40:
        return None
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None
    return None if name in REFUSED else WIDER.get(name, name)
