"""Notes of what was mended and what stayed unread. They are made while a mail is read.

Only codes: their texts stand in app/web/platform/display_names.py. They are stored with the enquiry, so none is renamed.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Repair(StrEnum):
    """The kinds of repairs. Something was written wrongly and was read all the same."""

    HEADER = "header"
    """A line in the header, or the lack of one, would have ended it early or joined it to the text."""
    BOUNDARY = "boundary"
    """The mark between the parts was missing or misspelt."""
    ENCODING = "encoding"
    """The transfer encoding had a strange name, or none."""
    BASE64 = "base64"
    QUOTED_PRINTABLE = "quoted_printable"
    UUENCODE = "uuencode"
    """A file stood as letters in the text."""
    CHARSET = "charset"
    """The charset was not named, not known, or not the one the text is in."""
    FILE_NAME = "file_name"
    STUB = "stub"
    """The plain part said nothing; the page was read in its stead."""


class Unread(StrEnum):
    """Something that is missing from what was read."""

    CUT = "cut"
    """A file or a text ends before its end."""
    LETTERS = "letters"
    """Single letters that no charset explains; each is shown as U+FFFD."""
    ENCODING = "encoding"
    """A part in a transfer encoding that nobody knows; its bytes are as they came."""
    ENCRYPTED = "encrypted"
    """Only who has the key reads it (S/MIME, PGP)."""
    DAMAGED = "damaged"
    """A wrapping (S/MIME, winmail.dat) that cannot be opened."""
    LOCKED = "locked"
    """A file that asks for a password."""
    SIGNATURE = "signature"
    """A digital signature: what it signs is read, and nobody has checked it."""


@dataclass(slots=True)
class ReadingNotes:
    """A collector of repairs and of unread parts. Each once, in the order they were met while a mail is read."""

    repairs: list[Repair] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def mended(self, repair: Repair) -> None:
        """Record that something was mended."""
        if repair not in self.repairs:
            self.repairs.append(repair)

    def missed(self, unread: Unread) -> None:
        """Record that something could not be read."""
        if unread not in self.unread:
            self.unread.append(unread)
