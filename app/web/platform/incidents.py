"""A fault of ours has a number, which stands on the page and in the log: who reports it need not tell more."""

import secrets
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, g, request

from app.services.platform import faults

log = structlog.get_logger()


class Reporting(Flask):
    """An application that logs its faults by number, kind and place, and nothing of what it was given."""

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None] | Any, *_more: Any
    ) -> None:
        error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
        if error is not None:
            report(error)


def report(error: BaseException) -> str:
    """Log a fault, and return its number; once for each request."""
    if "incident" not in g:
        g.incident = secrets.token_hex(4)
        log.error(
            "incident", number=g.incident, method=request.method, endpoint=request.endpoint,
            error=faults.name(error), at=faults.where(error),
        )  # fmt: skip
    return str(g.incident)
