"""`sluse web`: pages alone. Any number of them serve one house; a `sluse worker` does the rest."""

import time
from contextlib import suppress

from app import database
from app.commands.pages import greet, serve_pages
from app.commands.process import begin, end_by_signal, say
from app.config import Settings
from app.container import Container

LOOK = 0.2
"""Seconds between two looks whether the worker has brought the database up to date."""


def web(settings: Settings) -> int:
    """Serve pages until a signal ends it. The database is the worker's to bring up to date: until it is, wait."""
    container = begin(settings)
    with suppress(SystemExit):
        end_by_signal()
        _wait(container)
        greet(container)
        serve_pages(container)
    container.close()
    say("Stopped. Nothing is lost.")
    return 0


def _wait(container: Container) -> None:
    if database.is_current(container.engine):
        return
    say("The database is not up to date. `sluse worker` brings it there; waiting for it.")
    while not database.is_current(container.engine):
        time.sleep(LOOK)
