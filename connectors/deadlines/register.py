"""The interface of deadline registers (KOMLIS)."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NewDeadline:
    """A response deadline; days are days in Copenhagen.

    `due_on` is for the answer; `feedback_due_on` for telling the citizen who handles the matter, None where that is not promised.
    """

    key: str
    case_number: str
    unit: str
    due_on: date
    feedback_due_on: date | None = None
    kind: str = ""


class DeadlineRegister(Protocol):
    """The interface of any deadline register.

    The same key again returns the first result; a changed unit is brought up to date, the days only by `amend`.
    """

    def register(self, deadline: NewDeadline) -> str:
        """Register a deadline and return its number."""
        ...

    def find(self, key: str) -> str | None: ...

    def amend(self, deadline: NewDeadline) -> None:
        """Change a deadline's type and days. A human has chosen another type."""
        ...

    def feedback(self, key: str, on: date) -> None:
        """Note that the citizen has been told. They know who handles the matter; saying so again changes nothing."""
        ...

    def complete(self, key: str, on: date) -> None:
        """Complete a deadline that is met or void. Completing it again changes nothing."""
        ...

    def reopen(self, key: str) -> None:
        """Reopen a deadline with the days it had.

        The reason that made it void was taken back. A running one stays as it is.
        """
        ...
