"""Wait for a call on a mail system no longer than somebody is willing to."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from connectors.errors import ConnectorError

Result = TypeVar("Result")


class NoAnswer(ConnectorError):
    """The error of a call that has not come back in time."""

    def __init__(self) -> None:
        super().__init__("no answer in time", retryable=True)


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Call something in a thread of its own, and wait for it only so long.

    One that hangs longer is left behind: it cannot be ended from outside, and ends by its connector's own time limit.

    Raises:
        NoAnswer: it has not come back.
        Exception: as the call itself.
    """
    if seconds <= 0:
        raise NoAnswer
    answer: Future[Result] = Future()

    def run() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits
            answer.set_exception(error)

    threading.Thread(target=run, name="bounded-call", daemon=True).start()
    try:
        return answer.result(timeout=seconds)
    except TimeoutError:
        if answer.done():
            raise  # the call's own
        raise NoAnswer from None
