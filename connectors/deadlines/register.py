"""The one door to a deadline register (KOMLIS)."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NewDeadline:
    """A response deadline; `due_on` is a day in Copenhagen."""

    key: str
    case_number: str
    unit: str
    due_on: date


class DeadlineRegister(Protocol):
    """The same key again returns the first result; a changed unit is brought up to date, the date never."""

    def register(self, deadline: NewDeadline) -> str:
        """Register a deadline and return its number."""
        ...

    def find(self, key: str) -> str | None: ...

    def complete(self, key: str, on: date) -> None:
        """The deadline is met or void; completing it again changes nothing."""
        ...
