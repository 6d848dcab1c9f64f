"""Between Graph's JSON and MIME, as the stand-in needs it."""

import base64
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP, compat32
from email.utils import format_datetime, getaddresses
from typing import Any

from tests.standins.graph.mailboxes import File, Item

LINES = SMTP.clone(max_line_length=400)


def fields_of(raw: bytes, fallback_id: str) -> dict[str, Any]:
    """What Graph's JSON says of a mail that came."""
    mail = message_from_bytes(raw, policy=compat32)
    writers = recipients(mail, "From")
    return {
        "subject": "".join(values(mail, "Subject")[:1]),
        "internetMessageId": "".join(values(mail, "Message-ID")[:1]).strip() or fallback_id,
        "toRecipients": recipients(mail, "To"),
        "ccRecipients": recipients(mail, "Cc"),
        "replyTo": recipients(mail, "Reply-To"),
        "body": {"contentType": "text", "content": body_of(mail)},
        "internetMessageHeaders": [
            {"name": clean(str(name)), "value": text(value)} for name, value in mail.items()
        ],
    } | ({"from": writers[0], "sender": writers[0]} if writers else {})  # fmt: skip


def values(mail: Message, name: str) -> list[str]:
    """A header's values, also where somebody wrote UTF-8 into it as it is."""
    raw = [str(value) for each, value in mail.raw_items() if each.lower() == name.lower()]
    return [text(value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")) for value in raw]


def text(value: object) -> str:
    try:
        return clean(str(make_header(decode_header(str(value)))))
    except (ValueError, LookupError):
        return clean(str(value))


def clean(value: str) -> str:
    return value.encode("utf-8", "replace").decode().replace("\r", "").replace("\n", "")


def recipients(mail: Message, name: str) -> list[dict[str, Any]]:
    found = getaddresses(values(mail, name))
    return [recipient(address, called) for called, address in found if address]


def recipient(address: str, name: str = "") -> dict[str, Any]:
    return {"emailAddress": {"name": name or address, "address": address}}


def body_of(mail: Message) -> str:
    for part in mail.walk():
        content = part.get_payload(decode=True)
        if part.get_content_type() == "text/plain" and isinstance(content, bytes):
            return content.decode("utf-8", "replace")
    return ""


def files_of(raw: bytes) -> list[File]:
    """The files of a mail that came."""
    found = []
    for part in message_from_bytes(raw, policy=compat32).walk():
        name, content = part.get_filename(), part.get_payload(decode=True)
        if name and isinstance(content, bytes):
            found.append(File(text(name), content, part.get_content_type()))
    return found


def composed(item: Item, sender: str) -> bytes:
    """The MIME that Exchange makes of a draft."""
    message, fields = EmailMessage(policy=LINES), item.fields
    message["From"] = sender
    for name, key in (("To", "toRecipients"), ("Cc", "ccRecipients"), ("Reply-To", "replyTo")):
        listed = [each["emailAddress"]["address"] for each in fields.get(key, [])]
        if listed:
            message[name] = ", ".join(listed)
    message["Subject"] = clean(fields.get("subject") or "")
    message["Message-ID"] = fields["internetMessageId"]
    message["Date"] = format_datetime(item.modified)
    for each in fields.get("internetMessageHeaders", []):
        message[each["name"]] = each["value"]
    known = {"String 0x1042": "In-Reply-To", "String 0x1039": "References"}
    for each in fields.get("singleValueExtendedProperties", []):
        if each["id"] in known:
            message[known[each["id"]]] = each["value"]
    body = fields.get("body") or {}
    subtype = "html" if str(body.get("contentType", "")).lower() == "html" else "plain"
    message.set_content(body.get("content") or "", subtype=subtype)
    for file in item.files:
        main, _, sub = (file.content_type or "application/octet-stream").partition("/")
        if main in ("message", "multipart"):
            main, sub = "application", "octet-stream"
        message.add_attachment(file.content, maintype=main, subtype=sub or "octet-stream", filename=file.name)
    return message.as_bytes()


def file_in_json(file: File) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment", "id": file.id, "name": file.name, "contentType": file.content_type,
        "size": len(file.content), "isInline": False, "contentBytes": base64.b64encode(file.content).decode(),
    }  # fmt: skip
