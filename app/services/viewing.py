"""The one place through which anybody sees a mail: it checks who may, hides identities, and logs the look."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.domain.access import may_see
from app.errors import NotFoundError
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.services import events
from connectors.mail.limits import MailUnreadable
from connectors.mail.parser import MailParser
from learning.text import masks


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text; `kind` is "" for plain, "reason" for a word that spoke for the suggestion, or what is hidden."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class File:
    filename: str
    content_type: str
    content: bytes


def find(session: Session, enquiry_id: int, *, by: Account) -> Enquiry:
    """The enquiry, without its text.

    Raises:
        NotFoundError: there is none, or this person may not see it.
    """
    enquiry = session.get(Enquiry, enquiry_id)
    if enquiry is None or not may_see(by.role, by.unit_id, enquiry.unit_id):
        raise NotFoundError
    return enquiry


def look(session: Session, enquiry_id: int, *, by: Account, purpose: str, now: datetime) -> Enquiry:
    """The enquiry with its text, for a screen; the look is logged with its purpose."""
    enquiry = find(session, enquiry_id, by=by)
    session.scalars(
        select(Enquiry).where(Enquiry.id == enquiry_id).options(undefer(Enquiry.text), undefer(Enquiry.html))
    ).one()
    events.record(session, "viewed", by=by.email, now=now, enquiry_id=enquiry_id, purpose=purpose)
    return enquiry


def paragraphs(text: str, words: tuple[str, ...] = (), *, hide: bool = True) -> list[list[Segment]]:
    """The mail's text for a screen: paragraphs of segments, reasons marked, identities hidden."""
    blocks = re.split(r"\n[ \t]*\n", text.strip())
    return [_segments(block, words, hide) for block in blocks if block.strip()]


def hidden(text: str) -> str:
    """A short text, such as a subject, with identities replaced by what they are."""
    return "".join(s.text if s.kind == "" else f"[{s.kind}]" for s in _segments(text, (), hide=True))


def _segments(text: str, words: tuple[str, ...], hide: bool) -> list[Segment]:
    spans = [(start, end, kind) for start, end, kind in masks(text)] if hide else []
    found = []
    position = 0
    for start, end, kind in sorted(spans):
        if start < position:
            continue
        found += _marked(text[position:start], words)
        found.append(Segment(kind, ""))
        position = end
    return found + _marked(text[position:], words)


def _marked(text: str, words: tuple[str, ...]) -> list[Segment]:
    if not words or not text:
        return [Segment("", text)] if text else []
    pattern = r"\b(" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + r")\b"
    parts = re.split(pattern, text, flags=re.IGNORECASE)
    return [Segment("reason" if n % 2 else "", part) for n, part in enumerate(parts) if part]


def original(session: Session, enquiry_id: int, *, by: Account, now: datetime) -> File:
    """The mail's bytes as received."""
    enquiry = find(session, enquiry_id, by=by)
    events.record(session, "downloaded", by=by.email, now=now, enquiry_id=enquiry_id, what="original")
    return File(f"henvendelse-{enquiry_id}.eml", "application/octet-stream", enquiry.raw.content)


def attachment(
    session: Session, parser: MailParser, enquiry_id: int, position: int, *, by: Account, now: datetime
) -> File:
    """One attached file, read from the raw mail again.

    Raises:
        NotFoundError: the mail has no such file, or cannot be read.
    """
    enquiry = find(session, enquiry_id, by=by)
    try:
        files = parser.parse(enquiry.raw.content).attachments
    except MailUnreadable as error:
        raise NotFoundError from error
    if position >= len(files):
        raise NotFoundError
    events.record(session, "downloaded", by=by.email, now=now, enquiry_id=enquiry_id, what=f"attachment {position}")
    return File(files[position].filename, files[position].content_type, files[position].content)
