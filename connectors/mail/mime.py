"""Raw bytes → ParsedMail. Pure, and as tolerant as a mail client; run it in a child process (parser.py)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message

from connectors.mail import charsets, headers, html, tree
from connectors.mail.limits import Limits, MailUnreadable, prescan
from connectors.mail.message import Attachment, ParsedMail
from connectors.mail.tree import Part


def parse(raw: bytes, limits: Limits = Limits()) -> ParsedMail:  # noqa: B008 - a frozen value
    """Read a mail.

    Raises:
        MailUnreadable: it breaks a limit, or the parser breaks on it.
    """
    try:
        prescan(raw, limits)
        return _parsed(tree.read(raw, limits), limits)
    except MailUnreadable:
        raise
    except RecursionError as error:
        raise MailUnreadable("too_deep") from error
    except MemoryError as error:
        raise MailUnreadable("memory") from error
    except Exception as error:
        raise MailUnreadable("broken", type(error).__name__) from error


@dataclass(frozen=True, slots=True)
class _Body:
    """A part that is read in the mail itself; `choice` is the multipart/alternative it stands in, if any."""

    text: str
    is_html: bool
    choice: int | None


@dataclass(slots=True)
class _Content:
    bodies: list[_Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def _parsed(mail: Part, limits: Limits) -> ParsedMail:
    content = _content(mail, limits)
    name, address = headers.sender(mail, limits)
    ids = headers.message_ids(headers.value(mail, "Message-ID", limits))
    replied = headers.message_ids(headers.value(mail, "In-Reply-To", limits))
    return ParsedMail(
        subject=headers.value(mail, "Subject", limits)[:500],
        sender_name=name,
        sender_address=address,
        recipients=headers.recipients(mail, limits),
        message_id=ids[0] if ids else None,
        in_reply_to=replied[0] if replied else None,
        references=headers.message_ids(headers.value(mail, "References", limits)),
        text="\n".join(_texts(content.bodies, limits)).strip()[: limits.text_chars],
        html=_page(content.bodies, limits),
        attachments=tuple(content.attachments),
        headers=tuple(headers.kept(mail, limits)),
        defects=tuple(dict.fromkeys(content.defects)),
    )


def _content(mail: Part, limits: Limits) -> _Content:
    content = _Content()
    for part, choice in tree.leaves(mail, limits):
        content.defects += [type(defect).__name__ for defect in part.defects]
        kind = part.kind()
        if _is_body(part, kind, limits):
            text = headers.clean(_text(part))
            is_html = kind == "text/html"
            content.bodies.append(_Body(html.squeeze(text) if is_html else text, is_html, choice))
        else:
            content.attachments.append(_attachment(part, kind, len(content.attachments), limits))
    return content


def _texts(bodies: list[_Body], limits: Limits) -> Iterator[str]:
    """The text of each body in reading order; of alternatives the plain one, where it says anything."""
    plain = {body.choice for body in bodies if not body.is_html and body.text.strip()} - {None}
    said: set[str] = set()
    for body in bodies:
        if body.is_html and body.choice in plain:
            continue
        text = headers.clean(html.to_text(body.text, limits.html_bytes)) if body.is_html else body.text
        essence = "".join(text.split())
        if essence and essence not in said:
            said.add(essence)
            yield text


def _page(bodies: list[_Body], limits: Limits) -> str | None:
    """All that is to be shown as one page; None where the plain text says it all."""
    if not any(body.is_html for body in bodies):
        return None
    drawn = {body.choice for body in bodies if body.is_html} - {None}
    shown = (body for body in bodies if body.is_html or (body.choice not in drawn and body.text.strip()))
    return "\n".join(body.text if body.is_html else html.as_html(body.text) for body in shown)[: limits.html_bytes]


def _is_body(part: Part, kind: str, limits: Limits) -> bool:
    """Text that is meant to be read in the mail. A multipart without its boundary is text, too."""
    disposition = headers.value(part, "Content-Disposition", limits).lower()
    if disposition.startswith("attachment") or _claimed_name(part, limits):
        return False
    return kind in ("text/plain", "text/html") or kind.startswith("multipart/")


def _text(part: Part) -> str:
    payload = _bytes(part)
    return charsets.decode(payload, _charset(part))


def _bytes(part: Part) -> bytes:
    """A part's bytes as they came, out of base64 or the like; of a nested mail the whole of it."""
    try:
        payload = part.get_payload(decode=True)
    except ValueError:  # the library trips over a charset with a NUL in its name
        part.del_param("charset")
        payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str | None:
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError, TypeError):
        return None
    return charset if charset and charset.isascii() and "\0" not in charset else None


def _attachment(part: Part, kind: str, position: int, limits: Limits) -> Attachment:
    name = headers.filename(_claimed_name(part, limits) or "", limits)
    if name == "bilag":
        ending = "eml" if kind == "message/rfc822" else kind.rpartition("/")[2].rpartition("-")[2][:10]
        name = f"bilag {position + 1}.{headers.filename(ending, limits)}"
    return Attachment(name, headers.clean(kind)[:200], _bytes(part))


def _claimed_name(part: Part, limits: Limits) -> str | None:
    try:
        name = part.get_filename()
    except (LookupError, ValueError, TypeError, AttributeError):
        return "bilag"
    return headers.line(name, limits) if name else None
