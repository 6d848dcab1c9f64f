"""Write an ordinary mail of a message that Outlook has saved in its own form, a .msg (MS-OXMSG in MS-CFB).

Its headers come as they came, where Outlook has kept them; a mail that was sent from here has none, and gets them from what
Outlook knows of it. Outlook's rich text is attached. Only ever called in a killable child: the library believes what a file says.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, message_from_string, policy
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from io import BytesIO
from mimetypes import guess_type

import compressed_rtf
import olefile

from connectors.mail import addresses
from connectors.mail.reading import charsets
from connectors.mail.reading.headers import clean, filename
from connectors.mail.reading.limits import Limits, MailUnreadable
from connectors.mail.reading.winmail import to_text

MAGIC = olefile.MAGIC
DEEPEST, MOST_FILES, MOST_PEOPLE, MOST_ENTRIES = 3, 200, 1_000, 10_000
MOST_BYTES = 64 * 1024 * 1024
"""Of all that is read out of one file: streams may lie over each other, so that it is no bound itself."""
SUBJECT, BODY, HTML, RTF, HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
MESSAGE_ID, IN_REPLY_TO, REFERENCES = 0x1035, 0x1042, 0x1039
SENDER_NAMES, SENDER_ADDRESSES = (0x0042, 0x0C1A), (0x5D02, 0x5D01, 0x0065, 0x0C1F)
"""Who it is from, then who sent it for them; first as mails have addresses, then as Exchange may."""
SENT, DELIVERED = 0x0039, 0x0E06
NAME, ADDRESSES, KIND = 0x3001, (0x39FE, 0x3003), 0x0C15
DATA, FILENAMES, METHOD, EMBEDDED, CONTENT_ID = 0x3701, (0x3707, 0x3704, 0x3001), 0x3705, 5, 0x3712
CODE_PAGE = 0x3FFD
TO, CC = 1, 2
WIDE, NARROW, BINARY, OBJECT = "001F", "001E", "0102", "000D"
ENTRY = struct.Struct("<HHI8s")
"""A property in its storage: its kind, its number, flags, and its value where that is short."""
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
FIELD_NAME = re.compile(r"[!-9;-~]{1,76}")
OWN_FIELDS = re.compile(r"content-|mime-version$", re.IGNORECASE)
"""Headers that say what the body is made of: that is another one now."""
LINE = 900

Place = tuple[str, ...]


def is_outlook(content: bytes) -> bool:
    """Tell whether a file is one of Outlook's; other programs' files begin in the same way."""
    return content.startswith(MAGIC)


def mail_of(content: bytes) -> bytes:
    """Return the mail that a .msg holds.

    Raises:
        MailUnreadable: not_a_message, damaged, too_deep, too_many_parts or too_large.
    """
    try:
        with olefile.OleFileIO(BytesIO(content)) as found:
            return _File(found).mail(())
    except (MailUnreadable, MemoryError):
        raise
    except RecursionError:
        raise MailUnreadable("too_deep") from None
    except Exception as error:
        raise MailUnreadable("damaged") from error


@dataclass
class _Storage:
    """The properties of a message, a recipient or an attached file."""

    short: dict[int, bytes]
    """Values of eight bytes, by number."""
    code_page: str


@dataclass
class _File:
    """A file while it is read."""

    ole: olefile.OleFileIO
    left: int = MOST_BYTES
    names: dict[Place, list[str]] = field(default_factory=dict)
    """What lies in each storage."""

    def __post_init__(self) -> None:
        places = self.ole.listdir(streams=True, storages=True)
        if len(places) > MOST_ENTRIES:
            raise MailUnreadable("too_many_parts")
        for place in places:
            self.names.setdefault(tuple(place[:-1]), []).append(place[-1])

    def mail(self, place: Place, depth: int = 0) -> bytes:
        """Return the mail in a storage."""
        storage = self._storage(place, 32 if not place else 24)
        if not place and "__properties_version1.0" not in self.names.get((), []):
            raise MailUnreadable("not_a_message")
        body = EmailMessage(policy=policy.SMTP)
        body.make_mixed()
        self._words(place, storage, body)
        self._files(place, body, depth)
        fields = [*self._fields(place, storage)]
        head = "".join(_folded(name, value) for name, value in fields)
        return head.encode("utf-8", "replace") + body.as_bytes()

    def _storage(self, place: Place, skip: int) -> _Storage:
        raw = self._bytes((*place, "__properties_version1.0"))[skip:]
        whole = len(raw) - len(raw) % ENTRY.size
        short = {number: value for _, number, _, value in ENTRY.iter_unpack(raw[:whole])}
        page = int.from_bytes(short.get(CODE_PAGE, b"")[:4], "little")
        return _Storage(short, "utf-8" if page == 65001 else f"cp{page or 1252}")

    def _bytes(self, place: Place) -> bytes:
        """Return a stream; b"" where there is none."""
        if place[-1] not in self.names.get(place[:-1], []) or self.ole.get_type(list(place)) != olefile.STGTY_STREAM:
            return b""
        self.left -= self.ole.get_size(list(place))
        if self.left < 0:
            raise MailUnreadable("too_large")
        content: bytes = self.ole.openstream(list(place)).read()
        return content

    def _text(self, place: Place, storage: _Storage, *numbers: int) -> str:
        """Return the first text among some properties; "" where there is none."""
        for number in numbers:
            if wide := self._bytes((*place, f"__substg1.0_{number:04X}{WIDE}")):
                return clean(wide.decode("utf-16-le", "replace")).strip("\0")
            if narrow := self._bytes((*place, f"__substg1.0_{number:04X}{NARROW}")):
                return clean(charsets.decode(narrow, storage.code_page)).strip("\0")
        return ""

    def _within(self, place: Place, prefix: str, most: int) -> Iterator[Place]:
        """Yield the storages of a kind in a storage."""
        found = sorted(each for each in self.names.get(place, []) if each.startswith(prefix))
        if len(found) > most:
            raise MailUnreadable("too_many_parts")
        return ((*place, each) for each in found)

    def _fields(self, place: Place, storage: _Storage) -> Iterator[tuple[str, str]]:
        """Yield the headers: those that the mail came with, then what else Outlook knows."""
        came = message_from_string(self._text(place, storage, HEADERS)[: Limits().header_bytes], policy=policy.compat32)
        kept = [(name, str(value)) for name, value in came.items() if FIELD_NAME.fullmatch(name)]
        kept = [(name, " ".join(value.split())) for name, value in kept if not OWN_FIELDS.match(name)]
        yield from kept
        there = {name.lower() for name, _ in kept}
        for name, value in self._known(place, storage):
            if value and name.lower() not in there:
                yield name, value

    def _known(self, place: Place, storage: _Storage) -> Iterator[tuple[str, str]]:
        people = [*self._people(place)]
        name, address = self._text(place, storage, *SENDER_NAMES), self._address(place, storage, SENDER_ADDRESSES)
        yield "From", _person(name, address)
        yield "To", ", ".join(each for kind, each in people if kind != CC)
        yield "Cc", ", ".join(each for kind, each in people if kind == CC)
        yield "Subject", Header(" ".join(self._text(place, storage, SUBJECT).split()), "utf-8").encode()
        yield "Date", _date(storage.short.get(SENT) or storage.short.get(DELIVERED))
        for header, number in (("Message-ID", MESSAGE_ID), ("In-Reply-To", IN_REPLY_TO), ("References", REFERENCES)):
            yield header, " ".join(self._text(place, storage, number).split())

    def _people(self, place: Place) -> Iterator[tuple[int, str]]:
        """Yield whom it is for, and whether as a copy only. Who got a blind copy stays unsaid."""
        for each in self._within(place, "__recip_version1.0_", MOST_PEOPLE):
            storage = self._storage(each, 8)
            kind = int.from_bytes(storage.short.get(KIND, b"\1")[:4], "little")
            person = _person(self._text(each, storage, NAME), self._address(each, storage, ADDRESSES))
            if person and kind in (TO, CC):
                yield kind, person

    def _address(self, place: Place, storage: _Storage, numbers: tuple[int, ...]) -> str:
        """Return the first of some properties that is a mail address: Exchange has others of its own."""
        texts = (self._text(place, storage, number).strip() for number in numbers)
        return next((each for each in texts if addresses.parse(each)), "")

    def _words(self, place: Place, storage: _Storage, body: EmailMessage) -> None:
        text, page = self._text(place, storage, BODY), self._text(place, storage, HTML)
        if not page and (raw := self._bytes((*place, f"__substg1.0_{HTML:04X}{BINARY}"))):
            page = clean(charsets.decode(raw, storage.code_page))
        packed = self._bytes((*place, f"__substg1.0_{RTF:04X}{BINARY}"))
        rich = b"" if page or not packed else _unpacked(packed)
        if not text and rich:
            text = clean(str(to_text(charsets.decode(rich, storage.code_page), errors="replace"))).strip()
        words = EmailMessage(policy=policy.SMTP)
        words.make_alternative()
        if text or not page:
            _add(words, "plain", text)
        if page:
            _add(words, "html", page)
        body.attach(words)
        if rich:
            body.add_attachment(rich, maintype="application", subtype="rtf", filename="tekst.rtf")

    def _files(self, place: Place, body: EmailMessage, depth: int) -> None:
        for each in self._within(place, "__attach_version1.0_", MOST_FILES):
            storage = self._storage(each, 8)
            name = filename(self._text(each, storage, *FILENAMES), Limits())
            inner = (*each, f"__substg1.0_{DATA:04X}{OBJECT}")
            method = int.from_bytes(storage.short.get(METHOD, b"\0")[:4], "little")
            if method == EMBEDDED and inner in self.names:
                if depth >= DEEPEST:
                    raise MailUnreadable("too_deep")
                kind, content = "message/rfc822", self.mail(inner, depth + 1)
            else:
                kind, content = _kind(name), self._bytes((*each, f"__substg1.0_{DATA:04X}{BINARY}"))
            _attach(body, kind, content, name, self._text(each, storage, CONTENT_ID))


def _attach(body: EmailMessage, kind: str, content: bytes, name: str, content_id: str) -> None:
    main, _, sub = kind.partition("/")
    part = EmailMessage(policy=policy.SMTP)
    if kind == "message/rfc822":
        part.set_content(
            message_from_bytes(content), disposition="attachment", filename=f"{name.removesuffix('.msg')}.eml"
        )
    else:
        part.set_content(content, maintype=main, subtype=sub, disposition="attachment", filename=name)
        if content_id and FIELD_NAME.fullmatch(content_id):
            part["Content-ID"] = f"<{content_id.strip('<>')}>"
    body.attach(part)


def _kind(name: str) -> str:
    """Return what a file is by its name; what would be read as part of the mail is kept as it is."""
    kind = guess_type(name)[0] or "application/octet-stream"
    return "application/octet-stream" if kind.startswith(("text/", "message/", "multipart/")) else kind


def _add(body: EmailMessage, subtype: str, text: str) -> None:
    part = EmailMessage(policy=policy.SMTP)
    part.set_content(text.encode("utf-8", "replace").decode("utf-8"), subtype=subtype, charset="utf-8", cte="base64")
    body.attach(part)


def _unpacked(packed: bytes) -> bytes:
    """Return the rich text; b"" where it cannot be unpacked, or says that it is too large."""
    if len(packed) < 16 or int.from_bytes(packed[4:8], "little") > MOST_BYTES:
        return b""
    try:
        found: bytes = compressed_rtf.decompress(packed)
    except (ValueError, IndexError, struct.error):
        return b""
    return found


def _person(name: str, address: str) -> str:
    """Return a person as a header names them; of whom no address is known, nothing."""
    whole = addresses.parse(address)
    if whole is None:
        return ""
    plain = " ".join(name.split())
    return formataddr(("" if addresses.parse(plain) else plain, whole)) if whole.isascii() else whole


def _date(value: bytes | None) -> str:
    """Return a moment as a header has it; "" where there is none that makes sense."""
    ticks = int.from_bytes(value or b"", "little")
    try:
        return format_datetime(EPOCH + timedelta(microseconds=ticks // 10)) if ticks else ""
    except OverflowError:
        return ""


def _folded(name: str, value: str) -> str:
    """Return a header on lines that mails may have."""
    lines = [f"{name}:"]
    for word in value.split():
        if len(lines[-1]) + len(word) > LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"
