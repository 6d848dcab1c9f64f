"""The one door to a deadline register (KOMLIS)."""

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
    """The same key again returns the first result; a changed unit is brought up to date, the days only by `amend`."""

    def register(self, deadline: NewDeadline) -> str:
        """Register a deadline and return its number."""
        ...

    def find(self, key: str) -> str | None: ...

    def amend(self, deadline: NewDeadline) -> None:
        """A human chose another type of deadline: its kind and days are these from now on."""
        ...

    def feedback(self, key: str, on: date) -> None:
        """The citizen has been told who handles the matter; telling it again changes nothing."""
        ...

    def complete(self, key: str, on: date) -> None:
        """The deadline is met or void; completing it again changes nothing."""
        ...

    def reopen(self, key: str) -> None:
        """It runs again, with the days it had: what made it void was taken back. A running one stays as it is."""
        ...
