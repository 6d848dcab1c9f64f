"""The parts of a mail with its wrappings opened.

Parts in S/MIME or winmail.dat count as if they stood in the mail.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.mail.reading import locked, pgp, smime, tree, winmail
from connectors.mail.reading.limits import Limits, MailUnreadable, prescan
from connectors.mail.reading.notes import ReadingNotes, Unread
from connectors.mail.reading.tree import MimePart

DEEPEST = 4
"""Wrappings within wrappings that are opened."""

Choice = tuple[int, int] | None
"""The multipart/alternative that a part stands in, if any: the wrapping's number and its own."""
Leaf = tuple[MimePart, Choice]


@dataclass(slots=True)
class Opener:
    """The opener of a mail's wrappings. It notes what stays closed.

    Args:
        content: a part's bytes, out of their transfer encoding.
        name: what a part calls itself, "" where it has no name.
    """

    limits: Limits
    notes: ReadingNotes
    content: Callable[[MimePart, ReadingNotes], bytes]
    name: Callable[[MimePart], str]
    _opened: int = 0

    def leaves(self, mail: MimePart, depth: int = 0) -> Iterator[Leaf]:
        """Yield every part that is no container. Those within wrappings come in the place of the wrapping."""
        number = self._opened
        for part, choice in tree.leaves(mail, self.limits, self.notes):
            inner = self._inside(part) if depth < DEEPEST else None
            if inner is None:
                yield part, None if choice is None else (number, choice)
            else:
                self._opened += 1
                yield from self.leaves(inner, depth + 1)

    def _inside(self, part: MimePart) -> MimePart | None:
        """The mail within a wrapping; None where there is none, or none that opens."""
        kind = part.kind()
        if kind.startswith(("text/", "multipart/", "message/", "image/")):
            return None
        if kind == pgp.CONTROL:
            self.notes.missed(Unread.ENCRYPTED)
        elif kind in smime.SIGNATURES:
            self.notes.missed(Unread.SIGNATURE)
        else:
            return self._read(self._unwrapped(part, kind))
        return None

    def _unwrapped(self, part: MimePart, kind: str) -> bytes | Unread | None:
        name, content = self.name(part), self.content(part, self.notes)
        if smime.is_smime(kind, name):
            found = smime.opened(content)
            if isinstance(found, bytes):
                self.notes.missed(Unread.SIGNATURE)
            return found
        if winmail.is_winmail(kind, name, content):
            return winmail.opened(content, self.notes)
        return Unread.LOCKED if locked.is_locked(content) else None

    def _read(self, found: bytes | Unread | None) -> MimePart | None:
        if isinstance(found, Unread):
            self.notes.missed(found)
        if not isinstance(found, bytes):
            return None
        try:
            prescan(found, self.limits)
            return tree.read(found, self.limits, self.notes)
        except MailUnreadable:
            self.notes.missed(Unread.DAMAGED)
            return None
