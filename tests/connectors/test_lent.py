"""A gateway is closed once, after the last call on it, and nobody begins another then."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest

from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.lent import LentGateway


class Slow:
    """A gateway whose calls last until they are let go; it must not be closed meanwhile."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self.under_way = self.closed = 0
        self.broken = False

    def find(self, *_: Any, **__: Any) -> str:
        self.under_way += 1
        self.begun.release()
        self.go_on.wait(30)
        self.under_way -= 1
        return "found"

    def close(self) -> None:
        assert self.under_way == 0
        self.closed += 1
        if self.broken:
            raise OSError("the connection was dead")


def lent(inner: Slow) -> Any:
    return LentGateway(cast(MailGateway, inner))


@pytest.mark.parametrize("broken", [False, True])
def test_nobody_uses_it(broken: bool) -> None:
    inner = Slow()
    inner.broken = broken
    gateway = lent(inner)
    for _ in range(2):
        gateway.retire()
    assert inner.closed == 1
    with pytest.raises(ConnectorError) as raised:
        gateway.find("a", "b")
    assert raised.value.retryable
    assert inner.closed == 1


def test_it_is_closed_with_the_last_call_that_is_under_way() -> None:
    inner = Slow()
    gateway = lent(inner)
    with ThreadPoolExecutor(3) as threads:
        calls = [threads.submit(gateway.find) for _ in range(3)]
        for _ in calls:
            inner.begun.acquire()
        for _ in range(2):
            gateway.retire()
        assert inner.closed == 0
        inner.go_on.set()
        assert [each.result() for each in calls] == ["found"] * 3
    assert inner.closed == 1
