"""Bytes → text, whatever charset they claim to be in."""

import codecs
import re
from itertools import islice

from connectors.mail.reading.notes import ReadingNotes, Repair, Unread

WIDER = {
    "iso8859-1": "cp1252",  # Outlook's quotation marks and euro sign, as every browser reads them
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
"""What mail programs mean by a charset they name too narrowly."""
REFUSED = frozenset(("unicode-escape", "raw-unicode-escape", "punycode", "idna", "undefined"))
"""No charsets of mails: they take the square of their length to decode, or are source text of programs."""
ALIASES = {
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "unicode11utf8": "utf-8",
    "unicode20utf8": "utf-8",
    "utf8n": "utf-8",
    "65001": "utf-8",
    "unicode11utf7": "utf-7",
    "unicode20utf7": "utf-7",
    "utf7imap": "utf-7",
    "unicode": "utf-16",
    "ucs2": "utf-16",
    "iso10646ucs2": "utf-16",
    "iso10646": "utf-16",
    "1200": "utf-16-le",
    "1201": "utf-16-be",
    "ansi": "cp1252",
    "ansix31101983": "cp1252",
    "isoir99": "cp1252",
    "csat5001983": "cp1252",
    "isolatin1": "cp1252",
    "westerneuropean": "cp1252",
    "latin": "cp1252",
    "28591": "cp1252",
    "8859": "cp1252",
    "iso8859": "cp1252",
    "28605": "iso8859-15",
    "latin0": "iso8859-15",
    "38598": "iso8859-8",
    "visual": "iso8859-8",
    "logical": "iso8859-8",
    "mac": "mac_roman",
    "macroman": "mac_roman",
    "macintosh": "mac_roman",
    "apple": "mac_roman",
    "10000": "mac_roman",
    "macce": "mac_latin2",
    "maccentraleurope": "mac_latin2",
    "maccyrillic": "mac_cyrillic",
    "macicelandic": "mac_iceland",
    "sjis": "cp932",
    "windows31j": "cp932",
    "eucjp": "euc_jp",
    "euckr": "cp949",
    "euccn": "gb18030",
    "gbk": "gb18030",
    "20127": "ascii",
    "20866": "koi8-r",
    "21866": "koi8-u",
    "koi8": "koi8-r",
}
"""Names that the standard library does not know, without their punctuation."""
PUNCTUATION = re.compile(r"[^a-z0-9]")
NAMED = re.compile(r"(?:.*charset\s*=)?[\s\"';=]*([\w.:+-]+)", re.IGNORECASE | re.ASCII)
CODE_PAGE = re.compile(r"(?:x)?(?:cp|ibm|windows|win|dos|codepage|microsoftcp|mswin|pc|msdos)0*(\d{3,5})")
ISO_8859 = re.compile(r"(?:x-)?iso[-_. ]*8859[-_. ]*(\d{1,2})(?!\d)")
SINGLE_BYTE = re.compile(r"cp(?:125\d|4\d\d|7\d\d|8\d\d)|iso8859|koi8|mac|hp|ptcp|kz")
"""Codecs that make a letter of nearly every byte, and so never notice that they are the wrong one."""
UNDER_ASCII = re.compile(r"utf-7|iso2022|hz|cp037|cp500|cp875|cp102\d|cp1140|utf-16|utf-32")
"""Codecs in which the bytes of ASCII are not ASCII."""
LETTER = re.compile("[^\x00-\x7f\ufffd]")
C1 = {n: bytes((n,)).decode("cp1252") for n in range(0x80, 0xA0) if n not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
"""No mail has control characters of the second set: they are what Windows has in their place."""
SAMPLE = 4_000
JAPANESE = (b"\x1b$B", b"\x1b$@")


def decode(content: bytes, charset: str | None) -> str:
    """Decode text in its claimed or real charset."""
    return read(content, charset, ReadingNotes())


def read(content: bytes, charset: str | None, notes: ReadingNotes, *, within: str | None = None) -> str:
    """Decode text, and note what was mended.

    The charset is the one it claims, or the one it is in; an illegal byte spoils one letter.

    Args:
        content: bytes out of their transfer encoding.
        charset: as the mail names it.
        notes: takes what was mended or missed.
        within: as the text itself names it, for what the mail does not say.
    """
    claimed = meant(charset)
    if charset and claimed is None:
        notes.mended(Repair.CHARSET)
    if (wide := _wide(content, claimed)) is not None:
        if not (claimed or "").startswith(wide[:6]):
            notes.mended(Repair.CHARSET)
        return content.decode(wide, "replace")
    if claimed in (None, "ascii"):
        return _unnamed(content, meant(within), notes)
    assert claimed is not None
    return _named(content, claimed, meant(within), notes)


def meant(charset: str | None) -> str | None:
    """Return the codec for a charset's name. None for one that does not exist or that we refuse."""
    found = NAMED.match(charset) if charset and len(charset) <= 100 else None
    if found is None or "\0" in found[1]:
        return None
    given = found[1].lower()
    squeezed = PUNCTUATION.sub("", given)
    page, iso = CODE_PAGE.fullmatch(squeezed), ISO_8859.match(given)
    names = (
        given,
        ALIASES.get(squeezed),
        ALIASES.get(squeezed.removeprefix("x")),
        given.removeprefix("x-"),
        ALIASES.get(page[1]) if page else None,
        f"cp{page[1]}" if page else None,
        f"iso8859-{iso[1]}" if iso else None,
    )
    codec = next((codec for name in names if name and (codec := _codec(name))), None)
    return WIDER.get(codec, codec) if codec else None


def _codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    return found.name if found.name not in REFUSED and getattr(found, "_is_text_encoding", True) else None


def _wide(content: bytes, claimed: str | None) -> str | None:
    """Return the codec of a wide text.

    Two or four bytes a letter, found by its mark or its zeros; None where it is none.
    """
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and (claimed is None or not SINGLE_BYTE.match(claimed)):
        return "utf-16"
    sample = content[:SAMPLE]
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if claimed in ("utf-16", "utf-16-le", "utf-16-be"):
        if first == second:
            return (claimed if claimed != "utf-16" else "utf-16-be") if first or not _is_utf8(content) else None
        return "utf-16-le" if second > first else "utf-16-be"
    if claimed is not None and claimed.startswith("utf-32"):
        return claimed
    if max(first, second) * 3 > len(sample) and min(first, second) * 10 <= len(sample):
        return "utf-16-le" if second > first else "utf-16-be"
    return None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unnamed(content: bytes, within: str | None, notes: ReadingNotes) -> str:
    """Decode text of which the mail names no charset. As the text says itself, else UTF-8, else Windows-1252."""
    if content.isascii():
        if any(mark in content for mark in JAPANESE):
            notes.mended(Repair.CHARSET)
            return content.decode("iso2022_jp_ext", "replace")
        if within is None or not within.startswith("utf-7"):
            return content.decode("ascii")
    notes.mended(Repair.CHARSET)
    if within not in (None, "ascii"):
        assert within is not None
        return _named(content, within, None, notes)
    return content.decode() if _is_utf8(content) else _torn(content, notes)


def _named(content: bytes, claimed: str, within: str | None, notes: ReadingNotes) -> str:
    """Text that names its charset. UTF-8 is told from others by itself: no other text looks like it."""
    if content.isascii() and not UNDER_ASCII.match(claimed):
        return content.decode("ascii")
    if claimed.startswith("utf-8"):
        return content.decode() if _is_utf8(content) else _torn(content, notes)
    if claimed.startswith(("utf-16", "utf-32")) or (SINGLE_BYTE.match(claimed) and _is_utf8(content)):
        notes.mended(Repair.CHARSET)
        return content.decode("utf-8", "replace")
    text = _strict(content, claimed)
    if text is None:
        return _broken(content, claimed, within, notes)
    return text.translate(C1) if claimed.startswith("iso8859") else text


def _strict(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (LookupError, ValueError):
        return None


def _broken(content: bytes, claimed: str, within: str | None, notes: ReadingNotes) -> str:
    """Text that is not, or not wholly, in the charset it names."""
    for other in ("utf-8", within):
        if other and (text := _strict(content, other)) is not None:
            notes.mended(Repair.CHARSET)
            return text
    try:
        text = content.decode(claimed, "replace")
    except (LookupError, ValueError):
        text = "\ufffd" * len(content)
    spoilt = text.count("\ufffd")
    if spoilt * 4 > len(LETTER.findall(text)) and spoilt > 1 and not SINGLE_BYTE.match(claimed):
        notes.mended(Repair.CHARSET)
        return _torn(content, notes)
    notes.missed(Unread.LETTERS)
    return text


def _torn(content: bytes, notes: ReadingNotes) -> str:
    """Decode UTF-8 with stray bytes, or Windows-1252.

    Lines of both may be mixed: none of them spoils the other's letters.
    """
    spoilt, letters = _counted(content)
    if spoilt > 2 * letters:  # letters of another charset may look like UTF-8 now and then
        notes.mended(Repair.CHARSET)
        return content.decode("cp1252", WESTERN)
    return "".join(_torn_line(line, notes) for line in content.splitlines(keepends=True))


def _torn_line(line: bytes, notes: ReadingNotes) -> str:
    spoilt, letters = _counted(line)
    if spoilt > 1 and spoilt > letters:
        notes.mended(Repair.CHARSET)
        return line.decode("utf-8", WESTERN)
    if spoilt:
        notes.missed(Unread.LETTERS)
    return line.decode("utf-8", "replace")


def _counted(content: bytes) -> tuple[int, int]:
    """Count letters that are no UTF-8, and non-ASCII ones."""
    text = content.decode("utf-8", "replace")
    return text.count("\ufffd"), len(LETTER.findall(text))


def _western(error: UnicodeError) -> tuple[str, int]:
    """Stray bytes among UTF-8 as letters of Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return "".join(C1.get(letter, chr(letter)) for letter in islice(stray, 8)), error.end


WESTERN = "sluse-western"
codecs.register_error(WESTERN, _western)
