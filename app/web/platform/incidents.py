"""Faults of ours and their numbers. A number stands on the page and in the log: a report needs no more than that."""

import secrets
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, g, request

from app.services.platform import faults

log = structlog.get_logger()


class Reporting(Flask):
    """An application that logs its faults. By number, kind and place, with nothing of what it was given."""

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None] | Any, *_more: Any
    ) -> None:
        error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
        if error is not None:
            report(error)


def report(error: BaseException) -> str:
    """Log a fault, and return its number. Once for each request."""
    if "incident" not in g:
        g.incident = secrets.token_hex(4)
        log.error(
            "incident",
            number=g.incident,
            method=request.method,
            endpoint=request.endpoint,
            error=faults.name(error),
            at=faults.where(error),
        )
    return str(g.incident)
