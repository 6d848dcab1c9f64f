"""Mails with content that Sluse has not read. They are for a human, whatever their subject says."""

from collections.abc import Collection, Sequence
from enum import StrEnum


class WordsMissing(StrEnum):
    """The reasons why a mail's words are missing.

    Sluse has none of them though the mail has some. The text a person reads is in the web's labels.
    """

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    LOCKED = "locked"
    FILES = "files"
    """They stand in its files, or in pictures."""


NOT_EXPORTED = "not_exported"
"""Why a mail is quarantined of which its mail system hands out no more than the head."""
WRAPPED = (WordsMissing.ENCRYPTED, WordsMissing.DAMAGED)
"""Where a few words beside it say little: the matter lies in what is wrapped."""
FEW = 12
NO_MATTER = (
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
    "text/vcard",
    "text/x-vcard",
    "application/pgp-keys",
)
"""Files that mail programs send along by themselves."""


def words_missing(
    words: int, closed: Collection[str], files: Sequence[str], *, pictures: bool = False
) -> WordsMissing | None:
    """Tell why a mail's words are missing. None where it has some, or nothing else that could hold any.

    Args:
        words: how many words of its own were read, courtesies left out.
        closed: codes of what stayed unread (connectors/mail/reading/notes.py).
        files: content types of what is attached.
        pictures: whether its page shows pictures.
    """
    wrapped = next((each for each in WRAPPED if each in closed), None)
    if wrapped is not None and words < FEW:
        return wrapped
    if words:
        return None
    if WordsMissing.LOCKED in closed:
        return WordsMissing.LOCKED
    held = pictures or any(kind not in NO_MATTER for kind in files)
    return WordsMissing.FILES if held else None
