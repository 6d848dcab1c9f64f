"""Mails that lie whole in a mail. A colleague's "forward as attachment" sends them so."""

import re
from collections.abc import Sequence

from connectors.mail.message import MailAttachment, ParsedMail

KINDS = frozenset(("message/rfc822", "message/global"))
NAMELESS = frozenset(("application/octet-stream", "application/eml", "text/plain"))
OTHER_MATTER = frozenset(("multipart/report", "multipart/digest"))
DEEPEST, MOST = 3, 5
HEAD = re.compile(rb"\s*(?:[!-9;-~]{1,80}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2}")


def mail_in(file: MailAttachment) -> bytes | None:
    """Return the mail that a file is. None where it is none."""
    if file.content_type in KINDS:
        return file.content
    named = file.content_type in NAMELESS and file.filename.lower().endswith(".eml")
    return file.content if named and HEAD.match(file.content[:10_000]) else None


def with_words(text: str, enclosed: Sequence[ParsedMail]) -> str:
    """Join a mail's words and its enclosed mails' words. Each enclosed mail's stand below its subject."""
    inner = (f"Emne: {each.subject}\n\n{each.text}".strip() for each in enclosed if each.text or each.subject)
    return "\n\n".join(filter(None, (text, *inner)))
