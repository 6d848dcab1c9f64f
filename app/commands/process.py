"""Begins and ends what runs for long: `serve`, `web` and `worker`. Nothing in here loads pages, robot or model."""

import signal
import sys
from types import FrameType

import structlog

from app import memory, private
from app.commands import homes
from app.config import Settings
from app.container import Container

ENDING = (signal.SIGTERM, signal.SIGINT)
READY = "Sluse is ready:"
"""The line that says a process does its work; tests and start scripts wait for it."""


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def quiet_logs(level: str) -> None:
    """Log one line per message on standard error. Messages are from `level` up."""
    number = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40}.get(level, 30)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def begin(settings: Settings) -> Container:
    """Close the home to other accounts, and build what the process works with. The database is not touched yet.

    Raises:
        SettingsError: the house is the demo's.
    """
    quiet_logs(settings.log_level)
    memory.bound()
    if opened := private.home(settings.home):
        say(
            f"{opened} files and folders in {settings.home} were open to other accounts of this machine. They are closed now."
        )
    homes.refuse_demo(settings)
    return Container.build(settings)


def end_by_signal() -> None:
    """Let SIGTERM and SIGINT raise SystemExit in the main thread, once: what ends must come to its end."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit

    for each in ENDING:
        signal.signal(each, end)
