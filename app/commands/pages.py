"""Serves pages: what `serve` and `web` have in common."""

import sys
from contextlib import suppress

from app import memory
from app.commands.listener import listen
from app.commands.process import READY, end_by_signal, say
from app.config import is_loopback
from app.container import Container
from app.services.platform import first_run
from app.web.platform.factory import create_app

SWITCH_SECONDS = 0.001
"""Seconds until the interpreter turns to another thread. One that computes must not keep a page waiting."""


def greet(container: Container) -> None:
    """Tell whoever started this process what is still to be done. The database is up to date."""
    settings = container.settings
    if code := first_run.prepare(container.engine, settings.home):
        say(f"Nobody administers this house yet. Open {settings.base_url}/foerste-gang/ and type this code: {code}")
    if not settings.secure_cookies and not is_loopback(settings.host):
        say("SLUSE_BASE_URL does not begin with https://, so what people send can be read on the way.")


def serve_pages(container: Container) -> None:
    """Serve pages until SIGTERM or SIGINT. What is being answered then comes to its end."""
    settings = container.settings
    sys.setswitchinterval(SWITCH_SECONDS)
    server = listen(create_app(container), settings)
    memory.freeze()
    # The loop is left from within: closed from another thread, it would go on for whoever holds a connection open.
    with suppress(SystemExit):
        end_by_signal()
        say(f"{READY} {settings.base_url}\nStop it with Ctrl-C; it goes on where it stopped.")
        server.run()
    server.close()
