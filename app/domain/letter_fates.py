"""What may have become of a letter whose sending was begun."""

from enum import StrEnum


class LetterFate(StrEnum):
    """The fates of a letter."""

    OPEN = ""
    """It is being sent, or whoever sent it ended before its answer: the next try looks for it first."""
    UNKNOWN = "unknown"
    """No look tells; a person must say."""
    ARRIVED = "arrived"
    """It has left: it is marked as sent without sending."""
    AGAIN = "again"
    """A person wants it sent once more, whatever became of it."""
