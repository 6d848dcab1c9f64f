"""Let the records system and the deadline register be written in a process of their own.

They are asked the same as the robot asks them, in the same order; what they would answer is known before, so that the
play need not wait for their files.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from app import connectors_by_name
from app.config import Settings
from app.domain import deadlines
from connectors import durable
from connectors.deadlines import embedded
from connectors.deadlines.register import NewDeadline
from connectors.records.system import NewCase, NewDocument

PORTION = 200
"""Calls that are handed over at a time."""
Call = tuple[str, str, tuple[Any, ...], Any]
"""Whose it is, which, with what, and what it is to answer."""


class Outside:
    """Both systems, with a process that does what was asked of them."""

    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self._calls: Any = context.Queue(maxsize=20)
        self._waiting: list[Call] = []
        self._child = context.Process(target=_write, args=(settings, self._calls), daemon=True)
        self._child.start()
        self.records, self.register = AwaitedRecords(self._put), AwaitedRegister(self._put)

    def _put(self, system: str, name: str, arguments: tuple[Any, ...], answer: Any) -> None:
        self._waiting.append((system, name, arguments, answer))
        if len(self._waiting) >= PORTION:
            self._hand_over()

    def _hand_over(self) -> None:
        self._calls.put(self._waiting)
        self._waiting = []

    def end(self) -> None:
        """Wait until everything is written.

        Raises:
            RuntimeError: a system answered otherwise than was counted on.
        """
        self._hand_over()
        self._calls.put(None)
        self._child.join()
        if self._child.exitcode:
            raise RuntimeError("the records system or the deadline register could not be written")


Put = Callable[[str, str, tuple[Any, ...], Any], None]


class AwaitedRecords:
    """An empty records system, as far as its answers follow from what it was asked."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._last: Counter[int] = Counter()
        self._documents: Counter[str] = Counter()

    def open_case(self, case: NewCase) -> str:
        year = deadlines.local_day(case.received_at).year
        self._last[year] += 1
        number = f"{year}-{self._last[year]:06d}"
        self._put("records", "open_case", (case,), number)
        return number

    def assign(self, case_number: str, unit: str) -> None:
        self._put("records", "assign", (case_number, unit), None)

    def add_document(self, case_number: str, document: NewDocument) -> str:
        self._documents[case_number] += 1
        number = f"{case_number}-{self._documents[case_number]:02d}"
        self._put("records", "add_document", (case_number, document), number)
        return number

    def close_case(self, case_number: str, on: date) -> None:
        self._put("records", "close_case", (case_number, on), None)


class AwaitedRegister:
    """A deadline register, as far as its answers follow from what it was asked."""

    def __init__(self, put: Put) -> None:
        self._put = put

    def register(self, deadline: NewDeadline) -> str:
        number = embedded.number_of(deadline.key)
        self._put("deadlines", "register", (deadline,), number)
        return number

    def complete(self, key: str, on: date) -> None:
        self._put("deadlines", "complete", (key, on), None)


def _write(settings: Settings, calls: Any) -> None:
    """Ask the systems what they were asked, one after the other. All of it comes to the disk at the end."""
    systems = {"records": connectors_by_name.records(settings), "deadlines": connectors_by_name.deadlines(settings)}
    with durable.at_once():
        while (portion := calls.get()) is not None:
            for system, name, arguments, answer in portion:
                found = getattr(systems[system], name)(*arguments)
                if found != answer:
                    raise RuntimeError(f"{system}.{name} answered {found}, not {answer}")
    os.sync()
