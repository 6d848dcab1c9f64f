"""Raw bytes → ParsedMail. Pure, and as tolerant as a mail client; run it in a child process (parser.py)."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

from connectors.mail import headers, html
from connectors.mail.limits import Limits, MailUnreadable, prescan
from connectors.mail.message import Attachment, ParsedMail


def parse(raw: bytes, limits: Limits = Limits()) -> ParsedMail:  # noqa: B008 - a frozen value
    """Read a mail.

    Raises:
        MailUnreadable: it breaks a limit, or the parser breaks on it.
    """
    prescan(raw, limits)
    try:
        return _parsed(message_from_bytes(raw, policy=policy.compat32), limits)
    except MailUnreadable:
        raise
    except RecursionError as error:
        raise MailUnreadable("too_deep") from error
    except MemoryError as error:
        raise MailUnreadable("memory") from error
    except Exception as error:
        raise MailUnreadable("broken", type(error).__name__) from error


def _parsed(mail: Message, limits: Limits) -> ParsedMail:
    texts: list[str] = []
    pages: list[str] = []
    attachments: list[Attachment] = []
    defects: list[str] = []
    for part in _parts(mail, limits):
        defects += [type(defect).__name__ for defect in part.defects]
        kind = part.get_content_type()
        if _is_body(part, kind):
            (texts if kind == "text/plain" else pages).append(_text(part))
        else:
            attachments.append(_attachment(part, kind, len(attachments), limits))
    page = "\n".join(pages) or None
    text = "\n".join(texts).strip() or (html.to_text(page, limits.html_bytes) if page else "")
    name, address = headers.address(headers.value(mail, "From", limits))
    ids = headers.message_ids(headers.value(mail, "Message-ID", limits))
    replied = headers.message_ids(headers.value(mail, "In-Reply-To", limits))
    return ParsedMail(
        subject=headers.value(mail, "Subject", limits)[:500],
        sender_name=name,
        sender_address=address,
        recipients=_recipients(mail, limits),
        message_id=ids[0] if ids else None,
        in_reply_to=replied[0] if replied else None,
        references=headers.message_ids(headers.value(mail, "References", limits)),
        text=headers.clean(text)[: limits.text_chars],
        html=headers.clean(page)[: limits.html_bytes] if page else None,
        attachments=tuple(attachments),
        headers=tuple((name, headers.value(mail, name, limits)) for name in headers.KEPT if name in mail),
        defects=tuple(dict.fromkeys(defects)),
    )


def _parts(mail: Message, limits: Limits) -> Iterator[Message]:
    """Every part that is no container, in reading order; of nested mails only the outside."""
    todo: list[tuple[Message, int]] = [(mail, 1)]
    count = 0
    while todo:
        part, depth = todo.pop()
        count += 1
        if depth > limits.depth:
            raise MailUnreadable("too_deep")
        if count > limits.parts:
            raise MailUnreadable("too_many_parts")
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            children: list[Message] = part.get_payload()  # type: ignore[assignment]
            todo += [(child, depth + 1) for child in reversed(children)]
        else:
            yield part


def _is_body(part: Message, kind: str) -> bool:
    """Text that is meant to be read in the mail. A multipart without its boundary is text, too."""
    disposition = headers.line(part.get("Content-Disposition", ""), Limits()).lower()
    if disposition.startswith("attachment") or _claimed_name(part):
        return False
    return kind in ("text/plain", "text/html") or (kind.startswith("multipart/") and not part.is_multipart())


def _text(part: Message) -> str:
    payload = _bytes(part)
    if payload is None:
        return headers.clean(str(part.get_payload()))
    return headers.decode_bytes(payload, _charset(part))


def _bytes(part: Message) -> bytes | None:
    """A part's bytes, decoded from base64 or the like; None where it has none of its own."""
    try:
        payload = part.get_payload(decode=True)
    except ValueError:  # the library trips over a charset with a NUL in its name
        part.del_param("charset")
        payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else None


def _charset(part: Message) -> str | None:
    try:
        charset = part.get_content_charset()
    except (LookupError, ValueError, TypeError):
        return None
    return charset if charset and charset.isascii() and "\0" not in charset else None


def _attachment(part: Message, kind: str, position: int, limits: Limits) -> Attachment:
    name = headers.filename(_claimed_name(part) or "", limits)
    if name == "bilag":
        ending = "eml" if kind == "message/rfc822" else kind.rpartition("/")[2].rpartition("-")[2][:10]
        name = f"bilag {position + 1}.{headers.filename(ending, limits)}"
    return Attachment(name, headers.clean(kind)[:200], _content(part))


def _claimed_name(part: Message) -> str | None:
    try:
        name = part.get_filename()
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):
        return "bilag"
    return headers.line(name, Limits()) if name else None


def _content(part: Message) -> bytes:
    """An attachment's bytes; a nested mail is written anew where the library can, else it is in the original only."""
    payload = _bytes(part)
    if payload is not None:
        return payload
    try:
        nested = part.get_payload()
        return b"".join(m.as_bytes() for m in nested if isinstance(m, Message)) if isinstance(nested, list) else b""
    except (ValueError, LookupError, RecursionError, AttributeError, TypeError):
        return b""


def _recipients(mail: Message, limits: Limits) -> tuple[str, ...]:
    wide = Limits(header_chars=limits.header_bytes)
    fields = (headers.line(value, wide) for name in ("To", "Cc") for value in mail.get_all(name, []))
    return headers.addresses(", ".join(fields), limits)
