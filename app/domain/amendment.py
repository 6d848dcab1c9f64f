"""Reasons why labels count differently than given."""

from enum import StrEnum


class AmendmentKind(StrEnum):
    ROLLED_BACK = "rolled_back"
    """The model is as it was before these labels."""
    DISTRUSTED = "distrusted"
    """One account's labels since some time do not count."""
    ERASED = "erased"
    """A person's mails are to be forgotten; never lifted."""
    REORGANISED = "reorganised"
    """Units were merged, split or moved: the labels count as another unit's."""
