"""Columns that hold what people wrote to us. Reading one is noticed, so that nothing of it is shown unlogged."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field

from sqlalchemy import Dialect, LargeBinary, String, TypeDecorator


@dataclass(slots=True)
class Reading:
    """The record of what was read of mails. Since somebody began to ask."""

    words: bool = False
    """Any of the columns below, of whatever mail."""
    enquiries: set[int] = field(default_factory=set)
    """Whose, as far as it is known."""
    logged: set[int] = field(default_factory=set)
    """Those of which a row of the log tells already."""
    rows: int = 0


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)


def begin() -> None:
    """Begin to notice what is read of mails. In this thread."""
    _reading.set(Reading())


def end() -> Reading:
    """Stop, and return what was noticed."""
    found = _reading.get() or Reading()
    _reading.set(None)
    return found


def note(enquiry_ids: Iterable[int]) -> None:
    """Note whose words a query reads. For queries that read columns and not whole enquiries."""
    if (reading := _reading.get()) is not None:
        reading.enquiries.update(enquiry_ids)


def note_logged(enquiry_ids: Iterable[int]) -> None:
    """Note that the log tells of a look. By a row about these enquiries."""
    if (reading := _reading.get()) is not None:
        reading.logged.update(enquiry_ids)
        reading.rows += 1


def _noticed() -> None:
    if (reading := _reading.get()) is not None:
        reading.words = True


class MailText(TypeDecorator[str]):
    """A column with the text of a mail. Also of what was written because of one."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        _noticed()
        return value


class MailBytes(TypeDecorator[bytes]):
    """A mail as it came."""

    impl = LargeBinary
    cache_ok = True

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        _noticed()
        return value
