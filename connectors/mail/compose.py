"""Our own mails as bytes. The same message gives the same bytes, and no header of a citizen's mail can break out of one.

Written out by hand: the standard library's EmailMessage decodes what it is given, so that a subject with encoded words in
it could still end its line and begin a header of its own.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from email.header import Header
from itertools import groupby
from urllib.parse import quote

from connectors.mail import addresses
from connectors.mail.message import MailAttachment, Outgoing
from connectors.mail.reading.headers import clean

LOOP_MARK = ("X-Sluse", "1")
ADDRESSED = frozenset({"From", "To", "Cc"})
BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
SURROGATES = re.compile(r"[\ud800-\udfff]")
NAME = re.compile(r"[A-Za-z0-9-]{1,76}")
PLAIN = re.compile(r"[\x21-\x7e]+")
UNPLAIN_FILENAME = re.compile(r"[^A-Za-z0-9 ._,()-]")
MAIL = "message/rfc822"
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
"""How a mail begins that has a head."""
UNSAFE = re.compile(rb"[\0\r]")
LONGEST_LINE = 998
LINE = 100
FILENAME = 120


def compose(message: Outgoing, *, automatic: bool = True) -> bytes:
    """Return the RFC 5322 bytes of `message`.

    Args:
        message: a date, where one is wanted, comes among its headers. Of a header that is set twice the first counts.
        automatic: mark it as written by a robot (RFC 3834) and as ours, so that it starts no loop; False for a draft
            that a person will send.
    """
    fields = [
        ("From", addresses.on_wire(message.sender)),
        ("To", addresses.on_wire(message.recipient)),
        ("Subject", message.subject),
        ("Message-ID", message.message_id),
        *message.headers,
        ("MIME-Version", "1.0"),
    ]
    if message.in_reply_to:
        fields += [("In-Reply-To", message.in_reply_to), ("References", message.in_reply_to)]
    if automatic:
        fields += [("Auto-Submitted", "auto-generated"), LOOP_MARK]
    once = {name.lower(): (name, value) for name, value in reversed(fields)}
    head = "".join(_field(*once.pop(name.lower())) for name, _ in fields if name.lower() in once)
    return head.encode() + _body(message)


def header(value: str) -> str:
    """Return a header value on one line. Whatever it was decoded from."""
    return SURROGATES.sub("\ufffd", BREAKING.sub(" ", value)).strip()[:900]


def _field(name: str, value: str) -> str:
    """One header, folded between words. Of anything but a name in plain ASCII, the caller is to blame.

    An address is never encoded (RFC 2047, 5): one with letters beyond ASCII stands as it is, in UTF-8 (RFC 6532).
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no header name")
    lines = [f"{name}:"]
    for word in header(value).split() if name in ADDRESSED else _words(header(value)):
        if len(lines[-1]) + len(word) >= LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


def _words(value: str) -> Iterator[str]:
    """Yield plain words, and the others as encoded words.

    The latter are taken together, since blanks between those are not shown.
    """
    for plain, run in groupby(value.split(), lambda word: bool(PLAIN.fullmatch(word)) and "=?" not in word):
        if plain:
            yield from run
        else:
            yield from Header(" ".join(run), "utf-8", maxlinelen=76).encode().split()


def _body(message: Outgoing) -> bytes:
    text = _part("text/plain; charset=utf-8", "quoted-printable", _quoted_printable(message.text))
    if not message.attachments:
        return text
    parts = (text, *map(_attachment, message.attachments))
    boundary = _boundary(message.message_id, parts)
    encoding = b"" if all(map(bytes.isascii, parts)) else b"Content-Transfer-Encoding: 8bit\r\n"
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return b'Content-Type: multipart/mixed; boundary="%s"\r\n%s\r\n%s--%s--\r\n' % (boundary, encoding, body, boundary)


def _boundary(message_id: str, parts: tuple[bytes, ...]) -> bytes:
    """Return a boundary that no part contains. A mail that is attached as it came cannot hold the digest of itself."""
    digest = hashlib.sha256(message_id.encode(errors="replace"))
    for part in parts:
        digest.update(part)
    return b"=_" + digest.hexdigest()[:40].encode()


def _part(kind: str, encoding: str, content: bytes, *more: str) -> bytes:
    fields = (f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *more)
    return "".join(f"{each}\r\n" for each in fields).encode("ascii") + b"\r\n" + content


def _quoted_printable(text: str) -> bytes:
    content = clean(SURROGATES.sub("\ufffd", text)).encode()
    return binascii.b2a_qp(content, istext=True).replace(b"\n", b"\r\n") + b"\r\n"


def _attachment(attachment: MailAttachment) -> bytes:
    name = header(attachment.filename)[:FILENAME]
    mail = embeddable(attachment.content) if attachment.content_type == MAIL else None
    if mail is not None:
        return _part(MAIL, "7bit" if mail.isascii() else "8bit", mail, _disposition("inline", name))
    content = base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")
    return _part("application/octet-stream", "base64", content, _disposition("attachment", name))


def embeddable(content: bytes) -> bytes | None:
    """Return a mail as a message/rfc822 part carries it. Its lines end by CRLF; None where it may not be one.

    Such a part may not be encoded (RFC 2046, 5.2.1). A mail that would not survive the way as it is (a NUL, a bare CR,
    a line longer than transport allows) is attached as a file instead, byte for byte.
    """
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    fits = FIELD.match(content) and not any(UNSAFE.search(line) or len(line) > LONGEST_LINE for line in lines)
    return b"\r\n".join(lines) if fits else None


def _disposition(kind: str, name: str) -> str:
    """Return the Content-Disposition of a file.

    The name is in ASCII for every client, and as it is (RFC 2231) for those that can read it.
    """
    plain = UNPLAIN_FILENAME.sub("_", name) or "bilag"
    whole = "" if plain == name else f";\r\n filename*=utf-8''{quote(name[:60], safe='')}"
    return f'Content-Disposition: {kind}; filename="{plain}"{whole}'
