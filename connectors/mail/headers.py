"""Headers of hostile mail as clean text. The standard library's parsed headers raise on some, and take minutes on others."""

import re
from contextlib import suppress
from email.errors import MessageError
from email.header import Header, decode_header
from email.message import Message

from connectors.mail.limits import Limits

ENCODED = re.compile(r"=\?[^?\s]{1,40}\?[bq]\?[^?\s]*\?=", re.IGNORECASE)
ADDRESS = re.compile(r"[A-Za-z0-9._%+'&=~#-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,190}[A-Za-z0-9]")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
"""C0 and C1 controls, lone surrogates, and the marks that turn the direction of text; tab and newline stay."""
KEPT = ("auto-submitted", "precedence", "return-path", "content-type", "x-sluse", "x-autoreply", "x-autorespond")


def clean(text: str) -> str:
    """Valid Unicode without control characters but tab and newline."""
    return UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def decode_bytes(content: bytes, charset: str | None) -> str:
    """Text in the charset it claims, else UTF-8, else Windows-1252; what fits none is replaced."""
    for name in (charset, "utf-8", "cp1252"):
        if not name or name.lower().replace("_", "-") in ("utf-7", "unicode-1-1-utf-7", "unknown-8bit"):
            continue
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def value(mail: Message, name: str, limits: Limits) -> str:
    """A header as one clean line; "" where it is missing."""
    return line(mail.get(name, ""), limits)


def line(raw: object, limits: Limits) -> str:
    """Decode encoded words; what cannot be decoded is shown as it stands."""
    text = _plain(raw)[: limits.header_chars]
    if ENCODED.search(text):
        with suppress(ValueError, LookupError, ArithmeticError, MessageError):
            text = "".join(_part(content, charset) for content, charset in decode_header(text))
    return " ".join(clean(text).split())


def _plain(raw: object) -> str:
    """Raw 8-bit headers come as surrogates, or as a Header of unknown charset."""
    text = "".join(_part(part, None) for part, _ in raw._chunks) if isinstance(raw, Header) else str(raw)  # type: ignore[attr-defined]
    if any("\udc80" <= letter <= "\udcff" for letter in text):
        return decode_bytes(text.encode("utf-8", "surrogateescape"), None)
    return text


def _part(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    return decode_bytes(content, charset)


def address(raw: str) -> tuple[str, str]:
    """(name, address) of a From header; the address is "" where there is none that a reply could go to."""
    found = list(ADDRESS.finditer(raw))
    bracketed = [match for match in found if raw[max(0, match.start() - 1) : match.start()] == "<"]
    chosen = (bracketed or found)[-1:]
    if not chosen:
        return raw.strip("<>\" '")[:200], ""
    name = raw[: chosen[0].start()].rstrip("<").strip().strip("\"'").strip()
    return name[:200], chosen[0].group()


def addresses(raw: str, limits: Limits) -> tuple[str, ...]:
    """Every address in a To or Cc header, in order, each once."""
    found = (match.group() for match in ADDRESS.finditer(raw))
    return tuple(dict.fromkeys(found))[: limits.addresses]


def message_ids(raw: str) -> tuple[str, ...]:
    """Message-IDs with their angle brackets, in order."""
    return tuple(dict.fromkeys(MESSAGE_ID.findall(raw)))[:200]


def filename(raw: str, limits: Limits) -> str:
    """A name that is safe to show and to write: no path, no control character, not too long."""
    name = re.split(r"[/\\\0]", clean(raw).replace("\n", " "))[-1].strip(" .") or "bilag"
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 10 and stem:
        return f"{stem[: limits.filename_chars - len(ending) - 1]}.{ending}"
    return name[: limits.filename_chars]
