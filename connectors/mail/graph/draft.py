"""Our letters as Graph wants them: a draft in JSON, and its files by their size."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from typing import Any

from connectors.mail import addresses
from connectors.mail.compose import FILENAME, LOOP_MARK, SURROGATES, header
from connectors.mail.message import MailAttachment, Outgoing
from connectors.mail.reading.headers import clean

SMALL = 3 * 1024 * 1024
"""Bytes from which a file needs an upload session. What is smaller may not have one."""
LARGEST = 150 * 1024 * 1024
RANGE = 12 * 320 * 1024
"""Bytes of a file that are uploaded at once: a multiple of 320 KiB below 4 MB."""
MOST_HEADERS = 5
IN_REPLY_TO, REFERENCES = "String 0x1042", "String 0x1039"
"""The properties behind these two headers, which cannot be set as headers."""
BYTES = "application/octet-stream"
"""Of every file, also of a mail: what is said to be a mail, Exchange may rebuild."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter as a draft, and the files that do not go with its first request."""

    content: dict[str, Any]
    later: tuple[MailAttachment, ...]


def draft(message: Outgoing, *, automatic: bool) -> Draft:
    """Make the draft of a letter.

    Graph takes headers that begin with X- and no others: of those that mark a robot's mail only ours is left. The date is
    Exchange's own.
    """
    now, later = _split(message.attachments)
    content: dict[str, Any] = {
        "subject": header(message.subject),
        "body": {"contentType": "text", "content": clean(SURROGATES.sub("\ufffd", message.text))},
        "toRecipients": [{"emailAddress": {"address": addresses.on_wire(message.recipient)}}],
        "internetMessageId": message.message_id,
    }
    headers = _headers(message, automatic)
    if headers:
        content["internetMessageHeaders"] = headers
    for name, field in (("cc", "ccRecipients"), ("reply-to", "replyTo")):
        said = next((value for header_name, value in message.headers if header_name.lower() == name), "")
        if named := [each.address for each in addresses.listed(said) if each.address]:
            content[field] = [{"emailAddress": {"address": addresses.on_wire(each)}} for each in named]
    if message.in_reply_to:
        ids = (IN_REPLY_TO, REFERENCES)
        content["singleValueExtendedProperties"] = [{"id": each, "value": header(message.in_reply_to)} for each in ids]
    if now:
        content["attachments"] = [file(each) for each in now]
    return Draft(content, later)


def file(attachment: MailAttachment) -> dict[str, Any]:
    """Return a file as an attachment in JSON."""
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": filename(attachment),
        "contentType": BYTES,
        "contentBytes": base64.b64encode(attachment.content).decode(),
    }


def filename(attachment: MailAttachment) -> str:
    """Return the name of a file on one line, never empty."""
    return header(attachment.filename)[:FILENAME] or "bilag"


def head(found: dict[str, Any]) -> bytes:
    """Return the header of a mail out of what Graph tells of it in JSON."""
    sender = (found.get("from") or found.get("sender") or {}).get("emailAddress") or {}
    address, name = addresses.parse(str(sender.get("address") or "")), str(sender.get("name") or "")
    fields = (
        ("From", f"{_encoded(name)} <{address}>".strip() if address else ""),
        ("Subject", _encoded(str(found.get("subject") or ""))),
        ("Date", _date(str(found.get("sentDateTime") or found.get("receivedDateTime") or ""))),
        ("Message-ID", header(str(found.get("internetMessageId") or ""))),
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
    return lines.encode("utf-8", "replace") + b"\r\n"


def _split(files: Sequence[MailAttachment]) -> tuple[list[MailAttachment], tuple[MailAttachment, ...]]:
    """Return the files that go with the draft's first request, so that it is whole at once, and the others."""
    now: list[MailAttachment] = []
    later: list[MailAttachment] = []
    room = SMALL - 1
    for each in files:
        if later or len(each.content) > room:
            later.append(each)  # their order is kept
        else:
            now.append(each)
            room -= len(each.content)
    return now, tuple(later)


def _headers(message: Outgoing, automatic: bool) -> list[dict[str, str]]:
    """Return the X- headers, our mark before all: Graph takes five."""
    wanted = {LOOP_MARK[0].lower(): LOOP_MARK} if automatic else {}
    for name, value in message.headers:
        if name.lower().startswith("x-"):
            wanted.setdefault(name.lower(), (name, header(value)))
    return [{"name": name, "value": value} for name, value in list(wanted.values())[:MOST_HEADERS]]


def _encoded(value: str) -> str:
    plain = header(value)
    return plain if plain.isascii() else Header(plain, "utf-8", maxlinelen=900).encode()


def _date(stamp: str) -> str:
    try:
        return format_datetime(datetime.fromisoformat(stamp))
    except ValueError:
        return ""
