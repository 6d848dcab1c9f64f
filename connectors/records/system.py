"""The interface of any records system (ESDH). The embedded archive, a REST interface or a robot at its screen."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class Direction(StrEnum):
    RECEIVED = "received"
    SENT = "sent"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case to open. `title` is a short theme (offentlighedsloven § 15, 3), without personal numbers."""

    key: str
    title: str
    unit: str
    subject_code: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to file. `at` is when it was received, sent or written."""

    key: str
    title: str
    filename: str
    content: bytes
    direction: Direction
    at: datetime


@dataclass(frozen=True, slots=True)
class FiledDocument:
    """A filed document, under its filed name."""

    filename: str
    content: bytes


class RecordsSystem(Protocol):
    """The interface of any records system.

    Every effect carries an idempotency key: the same key again returns the first result and changes nothing.
    """

    def open_case(self, case: NewCase) -> str:
        """Open a case and return its number, e.g. 2026-000123."""
        ...

    def find_case(self, key: str) -> str | None: ...

    def assign(self, case_number: str, unit: str) -> None:
        """Make `unit` the one that answers the case."""
        ...

    def add_document(self, case_number: str, document: NewDocument) -> str:
        """File a document and return its number. The number counts within the records system."""
        ...

    def find_document(self, case_number: str, key: str) -> str | None: ...

    def read_document(self, case_number: str, number: str) -> FiledDocument | None:
        """Return a filed document. None where the case has none of that number."""
        ...

    def close_case(self, case_number: str, on: date) -> None:
        """Close the case; closing a closed case changes nothing."""
        ...

    def reopen_case(self, case_number: str) -> None:
        """Reopen a closed case. An open one stays as it is."""
        ...
