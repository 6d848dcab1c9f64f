"""The one place through which anybody sees a mail.

It checks the right to see it, logs the look, and only then gives the mail.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, undefer

from app import database
from app.domain import excerpt, splitting
from app.domain.access import may_see
from app.domain.actor import Actor
from app.domain.events.base import DomainEvent
from app.domain.events.enquiries import EnquiriesExported, FileDownloaded, ListViewed, MailViewed
from app.domain.excerpt import Bound
from app.errors import NotFoundError
from app.models import words
from app.models.enquiry import Attachment, Enquiry
from app.services.platform import events, parts
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser
from learning.identities import masks
from learning.text import WORD_CAP

_WORD = re.compile(r"[\w\xad\u0300-\u036f\u200b-\u200f\u2060\ufeff]+")
"""A word as a screen has it: learning has composed its letters and taken what is invisible out of it."""
AROUND = 1_000
"""Characters around what is shown in which an identity may begin or end; the longest has some 60."""
_INVISIBLE = dict.fromkeys([0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF])


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text of one kind.

    `kind` is "" for plain, "first", "second", "both" for the units a word spoke for, "found", or the kind of identity
    that is hidden.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Words to mark in a mail, as learning has them.

    `first` spoke for the first unit, `second` for the second one against it.
    """

    first: frozenset[str] = frozenset()
    second: frozenset[str] = frozenset()

    def kind(self, word: str) -> str:
        """Return which units a word of the mail spoke for."""
        word = self.plain(word)[:WORD_CAP]
        if word in self.first:
            return "both" if word in self.second else "first"
        return "second" if word in self.second else ""

    @staticmethod
    def plain(word: str) -> str:
        """Return a word as it is compared. Composed (NFC), without invisible characters, in lower case."""
        return unicodedata.normalize("NFC", word.translate(_INVISIBLE)).lower()

    @classmethod
    def of(cls, *spoke: tuple[str, ...]) -> "Marks":
        """Make the marks from the words of two units. Masked identities are left out, since they are no reason."""
        first, second = ({word for word in words if not word.startswith("_")} for words in (*spoke, (), ())[:2])
        return cls(frozenset(first), frozenset(second))


NO_MARKS = Marks()


@dataclass(frozen=True, slots=True)
class ViewedFile:
    filename: str
    content_type: str
    content: bytes


def find(session: Session, enquiry_id: int, *, by: Actor) -> Enquiry:
    """Return an enquiry without its text.

    Raises:
        NotFoundError: there is none, or this person may not see it.
    """
    enquiry = session.get(Enquiry, enquiry_id)
    if enquiry is None or not may_see(by.role, by.unit_id, enquiry.unit_id):
        raise NotFoundError
    return enquiry


@contextmanager
def opened(
    engine: Engine, enquiry_id: int, *, by: Actor, purpose: str, now: datetime
) -> Iterator[tuple[Session, Enquiry]]:
    """Log a look, commit it, then give the mail. The mail comes from a session that only reads. No row, no view.

    A page that is rendered from it holds up nobody who writes.

    Raises:
        NotFoundError: there is none, or this person may not see it.
    """
    with database.write(engine) as session:
        log(session, enquiry_id, by=by, purpose=purpose, now=now)
    with database.read(engine) as session:
        yield session, read(session, enquiry_id, by=by)


def log(session: Session, enquiry_id: int, *, by: Actor, purpose: str, now: datetime) -> None:
    """Log that a person is shown a mail, and why. Call `read` once that is committed.

    Raises:
        NotFoundError: there is none, or this person may not see it.
    """
    find(session, enquiry_id, by=by)
    _record(session, MailViewed(purpose=purpose), enquiry_id, by, now)


def _record(session: Session, look: DomainEvent, enquiry_id: int, by: Actor, now: datetime) -> None:
    events.record(session, look, by=by, now=now, enquiry_id=enquiry_id)
    words.note_logged([enquiry_id])


def log_list(session: Session, enquiry_ids: Iterable[int], *, page: str, by: Actor, now: datetime) -> None:
    """Log which enquiries a list page shows somebody."""
    shown = sorted(enquiry_ids)
    events.record(session, ListViewed(page=page, enquiries=shown), by=by, now=now)
    words.note_logged(shown)


def log_export(
    session: Session, enquiry_ids: Sequence[int], filters: Mapping[str, str], *, by: Actor, now: datetime
) -> None:
    """Log which enquiries somebody exports, and by which filters. Identities in the filters are hidden."""
    kept = {name: hidden(value)[:200] for name, value in filters.items()}
    events.record(
        session,
        EnquiriesExported(rows=len(enquiry_ids), filters=kept, enquiries=list(enquiry_ids)),
        by=by,
        now=now,
    )
    words.note_logged(enquiry_ids)


def read(session: Session, enquiry_id: int, *, by: Actor) -> Enquiry:
    """Return an enquiry with its text, after its logged look.

    Raises:
        NotFoundError: there is none, or this person may not see it.
    """
    enquiry = find(session, enquiry_id, by=by)
    session.scalars(
        select(Enquiry).where(Enquiry.id == enquiry_id).options(undefer(Enquiry.text), undefer(Enquiry.html))
    ).one()
    return enquiry


class Excerpt(list[list[Segment]]):
    """The paragraphs that a page shows at once.

    `rest` is where in the text the others begin, None where there are none.
    """

    rest: int | None = None
    length: int = 0


def paragraphs(
    text: str, marks: Marks = NO_MARKS, *, hide: bool = True, start: int = 0, bound: Bound = excerpt.PAGE
) -> Excerpt:
    """Divide a mail's text into paragraphs for a screen.

    Only as much as is shown at once is worked on, so the cost is bounded too.
    """
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
    """Divide a text into marked segments for a screen. Words are marked and identities hidden, in each part.

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
    """Return the segments of a text without paragraphs.

    Inside an identity nothing is marked, hidden or not. Used for subjects.
    """
    return list(_segments(text, 0, len(text), masks(text), marks, hide))


def _segments(
    text: str, position: int, until: int, spans: Iterable[tuple[int, int, str]], marks: Marks, hide: bool
) -> Iterator[Segment]:
    """Yield the segments of a text between two places. The spans are identities, as far as they stand between these."""
    for start, end, kind in spans:
        start, end = max(start, position), min(end, until)
        yield from _marked(text[position:start], marks)
        yield Segment(kind, "") if hide else Segment("", text[start:end])
        position = end
    yield from _marked(text[position:until], marks)


def hidden(text: str) -> str:
    """Return a short text with its identities replaced. Each, in a subject for example, becomes the name of its kind.

    The text leaves the house, or stays in a log that is never erased, so a possible CPR number is taken for one.
    """
    segments = _segments(text, 0, len(text), masks(text, strict=True), NO_MARKS, hide=True)
    return "".join(s.text if s.kind == "" else f"[{s.kind}]" for s in segments)


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


def original(engine: Engine, parser: MailParser, enquiry_id: int, *, by: Actor, now: datetime) -> ViewedFile:
    """Return the mail's bytes as received. For a part of a split mail, a mail made of the part."""
    with database.read(engine) as session:
        enquiry = find(session, enquiry_id, by=by)
        parts.load(enquiry)
    try:
        content = parts.mail_of(enquiry, parser)
    except MailUnreadable as error:
        raise NotFoundError from error
    log_download(engine, enquiry_id, "original", by=by, now=now)
    return ViewedFile(f"henvendelse-{enquiry_id}.eml", "application/octet-stream", content)


def attachment(
    engine: Engine, parser: MailParser, enquiry_id: int, position: int, *, by: Actor, now: datetime
) -> ViewedFile:
    """Return one attached file, read from the raw mail again.

    Raises:
        NotFoundError: the mail has no such file, or cannot be read.
    """
    with database.read(engine) as session:
        content = find(session, enquiry_id, by=by).raw.content
        stored = session.get(Attachment, (enquiry_id, position))
    if stored is None:
        raise NotFoundError
    try:
        files = parser.parse(content).attachments
    except MailUnreadable as error:
        raise NotFoundError from error
    found = parts.same(files, stored)
    if found is None:
        raise NotFoundError
    log_download(engine, enquiry_id, f"attachment {position}", by=by, now=now)
    return ViewedFile(hidden(found.filename), found.content_type, found.content)


def log_download(engine: Engine, enquiry_id: int, what: str, *, by: Actor, now: datetime) -> None:
    """Log that a file is handed out, before it is."""
    with database.write(engine) as session:
        _record(session, FileDownloaded(what=what), enquiry_id, by, now)
