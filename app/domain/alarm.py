"""Alarms: what the system notices and tells a person."""

from enum import StrEnum


class AlarmKind(StrEnum):
    ERROR = "error"
    """A unit's suggestions, or all of them, are wrong more often than before."""
    CONFIDENCE = "confidence"
    """The model is less sure than before."""
    VOCABULARY = "vocabulary"
    """Words have come up in a unit's mails."""
    LABEL_FLOOD = "label_flood"
    """One account labels faster than the model may learn from it."""
    SILENCE = "silence"
    """No mail has come to a mailbox for longer than is usual at that time of the week."""
