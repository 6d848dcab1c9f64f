"""Our own mails as bytes. The same message gives the same bytes, and no header of a citizen's mail can break out of one."""

import hashlib
import re
from email import policy
from email.message import EmailMessage

from connectors.mail.message import Outgoing

LOOP_MARK = ("X-Sluse", "1")
BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
SURROGATES = re.compile(r"[\ud800-\udfff]")
_POLICY = policy.SMTP.clone(max_line_length=200)


def compose(message: Outgoing, *, automatic: bool = True) -> bytes:
    """RFC 5322 bytes of `message`.

    Args:
        message: a date, where one is wanted, comes among its headers.
        automatic: mark it as written by a robot (RFC 3834) and as ours, so that it starts no loop; False for a draft
            that a person will send.
    """
    mail = EmailMessage(policy=_POLICY)
    fields = [
        ("From", message.sender),
        ("To", message.recipient),
        ("Subject", message.subject),
        ("Message-ID", message.message_id),
        *message.headers,
    ]
    if message.in_reply_to:
        fields += [("In-Reply-To", message.in_reply_to), ("References", message.in_reply_to)]
    if automatic:
        fields += [("Auto-Submitted", "auto-generated"), LOOP_MARK]
    for name, value in fields:
        mail[name] = header(value)
    mail.set_content(SURROGATES.sub("\ufffd", message.text), cte="quoted-printable")
    for attachment in message.attachments:
        # Never message/rfc822: it would have to be written anew, and hostile bytes would not survive that.
        main, _, sub = "application/octet-stream".partition("/")
        mail.add_attachment(attachment.content, maintype=main, subtype=sub, filename=header(attachment.filename))
    if message.attachments:
        mail.set_boundary("=_" + hashlib.sha256(message.message_id.encode()).hexdigest()[:40])
    return mail.as_bytes()


def header(value: str) -> str:
    """A header value on one line, whatever it was decoded from."""
    return SURROGATES.sub("\ufffd", BREAKING.sub(" ", value)).strip()[:900]
