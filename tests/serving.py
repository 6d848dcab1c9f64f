"""The web application on a real socket, in a thread of the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from flask import Flask

from app.commands.listener import listen
from app.web.platform.factory import create_app
from tests.acceptance import free_port
from tests.town import PATIENCE, Town


@contextmanager
def serving(town: Town, prepare: Callable[[Flask], None] = lambda _app: None) -> Iterator[str]:
    """Serve the town; gives the address. Its return links point there. `prepare` is called with the application before."""
    port = free_port()
    c = town.container
    c.settings = c.settings.model_copy(update={"port": port, "base_url": f"http://127.0.0.1:{port}"})
    app = create_app(c)
    prepare(app)
    server = listen(app, c.settings, threads=6)

    def run() -> None:
        with suppress(OSError):  # closing it pulls the socket from under its loop
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield c.settings.base_url
    server.close()
    thread.join(timeout=PATIENCE)
