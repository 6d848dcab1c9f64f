"""Write our letters as Exchange keeps messages: by fields, so that it rebuilds nothing that we attach."""

import threading
from email.header import Header
from email.utils import format_datetime, formataddr
from typing import Any

from exchangelib import Account, Body, ExtendedProperty, FileAttachment, Mailbox, Message

from connectors.mail import addresses
from connectors.mail.compose import FILENAME, LOOP_MARK, MAIL, SURROGATES, header
from connectors.mail.exchange import services
from connectors.mail.message import MailAttachment, Outgoing
from connectors.mail.reading.headers import clean

LONGEST_SUBJECT = 255
"""Characters that Exchange keeps of a subject."""
_lock = threading.Lock()
_marks: dict[str, str] = {}
"""Attribute of a message by the header that it stands for."""


def written(account: Account, message: Outgoing, *, automatic: bool) -> Message:
    """Return the message that stands for a letter.

    Of its headers those beginning with X-, Cc and Reply-To go along. Auto-Submitted does not survive Exchange, so our own mark
    alone keeps a robot's letter from starting a loop. A mail is attached as a file: as a mail it would come out rewritten.
    """
    marks = [LOOP_MARK] if automatic else []
    fields = {name.lower(): (name, value) for name, value in reversed([*message.headers, *marks])}
    item = Message(
        account=account,
        subject=header(message.subject)[:LONGEST_SUBJECT],
        body=Body(clean(SURROGATES.sub("\ufffd", message.text))),
        author=_mailbox(message.sender),
        to_recipients=[_mailbox(message.recipient)],
        cc_recipients=_mailboxes(fields.get("cc")),
        reply_to=_mailboxes(fields.get("reply-to")),
        message_id=message.message_id,
        in_reply_to=message.in_reply_to,
        references=message.in_reply_to,
        is_read=True,
        attachments=[_attachment(each) for each in message.attachments],
    )
    for name, value in fields.values():
        if name.lower().startswith("x-"):
            setattr(item, mark(name), header(value))
    return item


def mark(name: str) -> str:
    """Return the attribute under which messages have a header; the library knows none of them by itself."""
    with _lock:
        if name not in _marks:
            attribute = f"header_{len(_marks)}"
            kind = type(
                f"Header{len(_marks)}",
                (ExtendedProperty,),
                {"distinguished_property_set_id": "InternetHeaders", "property_name": name, "property_type": "String"},
            )
            Message.register(attribute, kind)
            _marks[name] = attribute
        return _marks[name]


def head(item: Any) -> bytes:
    """Return the header of a mail that cannot be exported, as far as its item tells."""
    author = getattr(item, "author", None) or getattr(item, "sender", None)
    sent = getattr(item, "datetime_sent", None) or getattr(item, "datetime_received", None)
    fields = (
        ("From", _encoded(author.name or "", author.email_address or "") if author else ""),
        ("Subject", Header(header(item.subject or ""), "utf-8").encode() if item.subject else ""),
        ("Date", format_datetime(services.utc(sent)) if sent else ""),
        ("Message-ID", header(getattr(item, "message_id", None) or "")),
    )
    return "".join(f"{name}: {value}\r\n" for name, value in fields if value).encode(errors="replace") + b"\r\n"


def _encoded(name: str, address: str) -> str:
    """Return a person as a header names them; of Exchange's internal addresses only the name can be told."""
    known = addresses.parse(address)
    if known is None:
        return Header(header(name), "utf-8").encode()
    return formataddr((header(name), known)) if known.isascii() else known


def _mailbox(address: str) -> Mailbox:
    return Mailbox(email_address=addresses.on_wire(address))


def _mailboxes(field: tuple[str, str] | None) -> list[Mailbox] | None:
    """Return the addresses of a header; None where there is none."""
    return [_mailbox(each.address) for each in addresses.listed(field[1] if field else "") if each.address] or None


def _attachment(attachment: MailAttachment) -> FileAttachment:
    name = header(attachment.filename)[:FILENAME] or "bilag"
    kind = "application/octet-stream" if attachment.content_type == MAIL else attachment.content_type
    return FileAttachment(name=name, content=attachment.content, content_type=kind)
