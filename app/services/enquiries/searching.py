"""What a search shows and leaves behind: snippets without identities, a line in the log, nothing of whom was erased."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from sqlalchemy.orm import Session

from app.domain.events.base import ABSENT
from app.domain.events.enquiries import MailsSearched
from app.domain.excerpt import PAGE
from app.domain.search import Wanted
from app.models.account import Account
from app.models.words import note_logged
from app.services.platform import events
from app.services.platform.viewing import Marks, Segment, hidden, line
from learning.identities import capped, masks

READ = PAGE.characters
"""Characters of a mail that a snippet is looked for in."""
BEFORE, WHOLE = 60, 200
"""Characters of a snippet before the first word found, and in all."""
QUERY = 200
"""Characters of what was searched for that the log keeps."""


_BLANKS = re.compile(r"\s+")
NOTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Sought(Marks):
    """Marks the words somebody searches for, as the index finds them."""

    wanted: Wanted = NOTHING

    def kind(self, word: str) -> str:
        return "found" if any(term.fits(self.plain(word)) for term in self.wanted.terms) else ""


def snippet(mail: str, wanted: Wanted) -> list[Segment]:
    """Some words around the first place that was found, or the mail's beginning: one line, identities hidden."""
    # Hidden first: on one line an identity could look like something else.
    segments = [
        Segment(each.kind, _BLANKS.sub(" ", each.text))
        for each in line(capped(mail.strip(), READ), Sought(wanted=wanted))
    ]
    before = list(takewhile(lambda segment: segment.kind != "found", segments))
    if len(before) == len(segments):
        return _cut(segments)
    return _cut([*_lead(before), *segments[len(before) :]])


def _lead(before: list[Segment]) -> list[Segment]:
    """The last `BEFORE` characters, from the beginning of a word; what is hidden counts nothing and stays whole."""
    kept: list[Segment] = []
    room = BEFORE
    for segment in reversed(before):
        if len(segment.text) > room:
            return [Segment("", "… " + segment.text[-room:].partition(" ")[2]), *kept]
        kept.insert(0, segment)
        room -= len(segment.text)
    return kept


def _cut(segments: Iterable[Segment]) -> list[Segment]:
    """The first `WHOLE` characters, to the end of a word."""
    found: list[Segment] = []
    room = WHOLE
    for segment in segments:
        if len(segment.text) > room:
            return [*found, Segment(segment.kind, segment.text[:room].rpartition(" ")[0] + " …")]
        found.append(segment)
        room -= len(segment.text)
    return found


def identities(wanted: Wanted) -> list[str]:
    """The kinds of identity somebody searches for: cpr, email, iban, phone."""
    return sorted({kind for _, _, kind in masks(wanted.text, strict=True)})


def log(session: Session, wanted: Wanted, found: list[int], *, by: Account, now: datetime) -> None:
    """Write down what was searched for, and of which mails something is shown. Never an identity: a log is not erased."""
    kinds = identities(wanted)
    events.record(
        session,
        MailsSearched(
            query=hidden(wanted.text)[:QUERY],
            found=len(found),
            purpose="find a citizen" if kinds else ABSENT,
            kinds=kinds or ABSENT,
            enquiries=found,
        ),
        by=by.email,
        now=now,
    )
    note_logged(found)
