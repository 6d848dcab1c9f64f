"""Reading of winmail.dat, Outlook's own wrapping (TNEF). Its body and its files become an ordinary mail."""

import logging
import struct
from email.message import EmailMessage
from email.policy import SMTP
from mimetypes import guess_type
from typing import Any

from striprtf.striprtf import rtf_to_text
from tnefparse import TNEF
from tnefparse.tnef import TNEFAttachment

from connectors.mail.reading import charsets
from connectors.mail.reading.headers import clean, filename
from connectors.mail.reading.limits import Limits
from connectors.mail.reading.notes import ReadingNotes, Unread

KINDS = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
MAGIC = b"\x78\x9f\x3e\x22"
HEAD = 6
WESTERN = 1252
OEM_CODE_PAGE, LONG = 0x9007, 6
MOST_FILES, MOST_OBJECTS = 200, 5_000
OBJECT, CHECKSUM = struct.Struct("<BHHI"), 2
"""The head of each thing in it: whether it is of the mail or of a file, its name, its kind, its length."""

to_text: Any = rtf_to_text
# It would write a citizen's words to the log.
logging.getLogger("tnefparse").disabled = True


def is_winmail(kind: str, name: str, content: bytes) -> bool:
    """Tell whether a part is winmail.dat. Whatever it is called on the way."""
    return content.startswith(MAGIC) or kind in KINDS or name.lower() == "winmail.dat"


def opened(content: bytes, notes: ReadingNotes) -> bytes | Unread:
    """Write a mail of what the wrapping holds."""
    end = _end(content)
    if end > len(content):
        notes.missed(Unread.CUT)
    try:
        found = TNEF(_with_code_page(content[:end]), do_checksum=False)
        mail = _mail(found)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the library raises whatever a broken file makes it stumble over
        return Unread.DAMAGED
    return mail.as_bytes() if list(mail.iter_parts()) else Unread.DAMAGED


def _end(content: bytes) -> int:
    """Return where the TNEF file ends. The library takes the square of the time for rubbish behind it."""
    offset = HEAD
    for _ in range(MOST_OBJECTS):
        if offset + OBJECT.size > len(content):
            break
        level, _name, _kind, length = OBJECT.unpack_from(content, offset)
        if level not in (1, 2):
            break
        offset += OBJECT.size + length + CHECKSUM
    return offset


def _with_code_page(content: bytes) -> bytes:
    """Return the file with a code page in front. The library cannot read a subject without one."""
    pages = struct.pack("<II", WESTERN, 0)
    code_page = OBJECT.pack(1, OEM_CODE_PAGE, LONG, len(pages)) + pages + struct.pack("<H", sum(pages) & 0xFFFF)
    return content[:HEAD] + code_page + content[HEAD:]


def _mail(found: TNEF, depth: int = 0) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail.make_mixed()
    text, page = _words(found)
    if page:
        _add(mail, "html", page)
    elif text:
        _add(mail, "plain", text)
    for each in found.attachments[:MOST_FILES]:
        _attach(mail, each, depth)
    return mail


def _words(found: TNEF) -> tuple[str, str]:
    """Return its plain text and its page. As far as it has them; of Outlook's rich text only the words."""
    text, page = _decoded(found.body), _decoded(found.htmlbody)
    if not text and not page and (rich := found.rtfbody):
        text = clean(str(to_text(charsets.decode(rich, f"cp{WESTERN}"), errors="replace"))).strip()
    return text, page


def _decoded(body: bytes | str | None) -> str:
    text = charsets.decode(body, f"cp{WESTERN}") if isinstance(body, bytes) else body or ""
    return clean(text).strip()


def _attach(mail: EmailMessage, each: TNEFAttachment, depth: int) -> None:
    inner = getattr(each, "embed", None)
    if inner is not None and depth < 3:
        mail.add_attachment(_mail(inner, depth + 1))
        return
    name = filename(_name(each), Limits())
    kind, _, subtype = (guess_type(name)[0] or "application/octet-stream").partition("/")
    if kind in ("text", "message", "multipart"):  # to be kept as it is, not to be read in the mail
        kind, subtype = "application", "octet-stream"
    mail.add_attachment(bytes(each.data or b""), maintype=kind, subtype=subtype, filename=name)


def _name(each: TNEFAttachment) -> str:
    """Return the name of a file. The library trips over names that are not UTF-8."""
    try:
        return each.long_filename() or ""
    except (UnicodeError, AttributeError):
        return charsets.decode(each._name, f"cp{WESTERN}").strip("\0") if isinstance(each._name, bytes) else ""


def _add(mail: EmailMessage, subtype: str, text: str) -> None:
    part = EmailMessage(policy=SMTP)
    part.set_content(text.encode("utf-8", "replace").decode("utf-8"), subtype=subtype, charset="utf-8", cte="base64")
    mail.attach(part)
