"""Close a gateway once, and never under the hands of whoever uses it."""

import threading
from collections.abc import Callable
from typing import Any

import structlog

from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway

log = structlog.get_logger()


class LentGateway:
    """A gateway that ends with the last call on it, after it was retired; no call begins after that."""

    def __init__(self, gateway: MailGateway) -> None:
        self._gateway, self._lock = gateway, threading.Lock()
        self._calls, self._retired = 0, False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._gateway, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self._begin()
            try:
                return method(*arguments, **named)
            finally:
                self._end()

        return call

    def retire(self) -> None:
        """Let no further call begin, and close the gateway: now, or with the last call that is under way."""
        with self._lock:
            last = not self._retired and self._calls == 0
            self._retired = True
        if last:
            self._close()

    def _begin(self) -> None:
        with self._lock:
            if self._retired:
                raise ConnectorError("the mail system has just been changed, or Sluse is stopping", retryable=True)
            self._calls += 1

    def _end(self) -> None:
        with self._lock:
            self._calls -= 1
            last = self._retired and self._calls == 0
        if last:
            self._close()

    def _close(self) -> None:
        try:
            self._gateway.close()
        except (ConnectorError, OSError) as error:  # its connections are gone either way
            log.info("gateway_not_closed", error=type(error).__name__)
