"""The one place through which anybody sees a mail: it checks who may, hides identities, and logs the look."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.domain import excerpt, splitting
from app.domain.access import may_see
from app.domain.excerpt import Bound
from app.errors import NotFoundError
from app.models.account import Account
from app.models.enquiry import Attachment, Enquiry
from app.services import events
from connectors.mail.limits import MailUnreadable
from connectors.mail.message import Attachment as MailFile
from connectors.mail.parser import MailParser
from learning.features import WORD_CAP
from learning.identities import masks

_WORD = re.compile(r"[\w\xad\u0300-\u036f\u200b-\u200f\u2060\ufeff]+")
"""A word as a screen has it: learning has composed its letters and taken what is invisible out of it."""
AROUND = 1_000
"""Characters around what is shown in which an identity may begin or end; the longest has some 60."""
_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text; `kind` is "" for plain, "first", "second", "both" for what a word spoke for, "found", or what is hidden."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Words to mark, as learning has them: those that spoke for the first unit, and those for the second against it."""

    first: frozenset[str] = frozenset()
    second: frozenset[str] = frozenset()

    def kind(self, word: str) -> str:
        """What a word as it stands in the mail spoke for."""
        word = self.plain(word)[:WORD_CAP]
        if word in self.first:
            return "both" if word in self.second else "first"
        return "second" if word in self.second else ""

    @staticmethod
    def plain(word: str) -> str:
        """A word as it is compared: composed, without what is invisible, in lower case."""
        return unicodedata.normalize("NFC", word.translate(_INVISIBLE)).lower()

    @classmethod
    def of(cls, *spoke: tuple[str, ...]) -> "Marks":
        """Of the words of the first unit and of the second, where there are any. A masked identity is no reason."""
        first, second = ({word for word in words if not word.startswith("_")} for words in (*spoke, (), ())[:2])
        return cls(frozenset(first), frozenset(second))


NO_MARKS = Marks()


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
    enquiry = ahead(session, enquiry_id, by=by)
    events.record(session, "viewed", by=by.email, now=now, enquiry_id=enquiry_id, purpose=purpose)
    return enquiry


def ahead(session: Session, enquiry_id: int, *, by: Account) -> Enquiry:
    """The enquiry with its text, loaded before anybody sees it: `look` is called once it is shown."""
    enquiry = find(session, enquiry_id, by=by)
    session.scalars(
        select(Enquiry).where(Enquiry.id == enquiry_id).options(undefer(Enquiry.text), undefer(Enquiry.html))
    ).one()
    return enquiry


class Excerpt(list[list[Segment]]):
    """Paragraphs that a page shows at once; `rest` is where in the text the others begin, None where there are none."""

    rest: int | None = None
    length: int = 0


def paragraphs(
    text: str, marks: Marks = NO_MARKS, *, hide: bool = True, start: int = 0, bound: Bound = excerpt.PAGE
) -> Excerpt:
    """Divide a mail's text for a screen, as much of it as is shown at once; what that costs has a bound too."""
    start, end = min(start, len(text)), excerpt.end(text, start, bound)
    found = Excerpt(pieces(text, splitting.paragraphs(text[start:end]), marks, hide=hide, start=start, end=end))
    found.rest, found.length = end if end < len(text) else None, len(text)
    return found


def pieces(
    text: str,
    parts: Iterable[str],
    marks: Marks = NO_MARKS,
    *,
    hide: bool = True,
    start: int = 0,
    end: int | None = None,
) -> list[list[Segment]]:
    """Divide a text for a screen: segments of each part, words marked, identities hidden.

    Identities are looked for in all that is shown and a little around it, since one may begin in one part and end in
    the next.

    Args:
        parts: pieces of the text, in its order, all of them between `start` and `end`.
    """
    before = max(0, start - AROUND)
    text = text[before : (len(text) if end is None else end) + AROUND]
    spans = masks(text)
    found, position, first = [], start - before, 0
    for part in parts:
        begin = text.index(part, position)
        position = begin + len(part)
        while first < len(spans) and spans[first][1] <= begin:
            first += 1
        within = takewhile(lambda span: span[0] < position, islice(spans, first, None))  # noqa: B023 - used at once
        found.append(list(_segments(text, begin, position, within, marks, hide)))
    return found


def line(text: str, marks: Marks = NO_MARKS, *, hide: bool = True) -> list[Segment]:
    """A text without paragraphs, such as a subject. Inside an identity nothing is marked, shown or not."""
    return list(_segments(text, 0, len(text), masks(text), marks, hide))


def _segments(
    text: str, position: int, until: int, spans: Iterable[tuple[int, int, str]], marks: Marks, hide: bool
) -> Iterator[Segment]:
    """The text between two places, of which the spans are identities, as far as they stand there."""
    for start, end, kind in spans:
        start, end = max(start, position), min(end, until)
        yield from _marked(text[position:start], marks)
        yield Segment(kind, "") if hide else Segment("", text[start:end])
        position = end
    yield from _marked(text[position:until], marks)


def hidden(text: str) -> str:
    """A short text, such as a subject, with identities replaced by what they are."""
    return "".join(s.text if s.kind == "" else f"[{s.kind}]" for s in line(text))


def _marked(text: str, marks: Marks) -> Iterator[Segment]:
    position = 0
    for match in _WORD.finditer(text) if marks != NO_MARKS else ():
        if kind := marks.kind(match[0]):
            yield from _plain(text[position : match.start()])
            yield Segment(kind, match[0])
            position = match.end()
    yield from _plain(text[position:])


def _plain(text: str) -> Iterator[Segment]:
    if text:
        yield Segment("", text)


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
    stored = session.get(Attachment, (enquiry_id, position))
    found = _same(files, stored) if stored else None
    if found is None:
        raise NotFoundError
    events.record(session, "downloaded", by=by.email, now=now, enquiry_id=enquiry_id, what=f"attachment {position}")
    return File(found.filename, found.content_type, found.content)


def _same(files: Sequence[MailFile], stored: Attachment) -> MailFile | None:
    """The file that was stored under a name and a size.

    Its place, name or size may have changed since: the reader of mails learns to find files, and to decode them.
    """

    def likeness(n: int) -> tuple[int, bool]:
        return (files[n].filename == stored.filename) + (len(files[n].content) == stored.size), n == stored.position

    best = max(range(len(files)), key=likeness, default=None)
    return files[best] if best is not None and likeness(best)[0] else None
