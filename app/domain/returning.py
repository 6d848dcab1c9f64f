"""The reasons why a unit sends a mail back. The list is short, so that it takes one click and can be counted."""

from enum import StrEnum


class ReturnReason(StrEnum):
    OTHER_UNIT = "other_unit"
    OTHER_AUTHORITY = "other_authority"
    SEVERAL_MATTERS = "several_matters"
    KNOWN_CASE = "known_case"
    NOT_FOR_ANSWER = "not_for_answer"
    SOMETHING_ELSE = "something_else"


def reason_of(code: str, belongs_id: int | None) -> ReturnReason | None:
    """Return the reason as it was chosen. To name a unit is to say why; a reason is not required."""
    if code in set(ReturnReason):
        return ReturnReason(code)
    return ReturnReason.OTHER_UNIT if belongs_id is not None else None
