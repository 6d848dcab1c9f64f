"""Search results as shown and as logged.

Snippets have no identities, there is a line in the log, and nothing of erased persons.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.base import ABSENT
from app.domain.events.enquiries import MailsSearched
from app.domain.excerpt import PAGE
from app.domain.search import Wanted
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
    """Marks of searched words, as the index finds them."""

    wanted: Wanted = NOTHING

    def kind(self, word: str) -> str:
        return "found" if any(term.fits(self.plain(word)) for term in self.wanted.terms) else ""


def snippet(mail: str, wanted: Wanted) -> list[Segment]:
    """Return one line of words around the first hit.

    Without a hit it is the mail's beginning; identities are hidden.
    """
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
    """Return the last `BEFORE` characters, from a word's beginning. Hidden segments count nothing and stay whole."""
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
    """Return the kinds of identity somebody searches for. These are cpr, email, iban, phone."""
    return sorted({kind for _, _, kind in masks(wanted.text, strict=True)})


def log(session: Session, wanted: Wanted, found: list[int], *, by: Actor, now: datetime) -> None:
    """Log a search and the mails it shows. No identity is written: a log is not erased."""
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
        by=by,
        now=now,
    )
    note_logged(found)
