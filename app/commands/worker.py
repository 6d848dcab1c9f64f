"""`sluse worker`: robot and learner without pages. One works; any other waits to take over from it."""

import secrets
import threading
import time
from contextlib import suppress

from sqlalchemy import select

from app import database, memory
from app.commands import homes
from app.commands.process import READY, begin, end_by_signal, say
from app.config import Settings
from app.container import Container
from app.models.unit import Mailbox
from app.services.platform.settings import seed_coin
from app.workflow.lease import Lease
from app.workflow.worker import Worker

LOOK = 0.5
"""Seconds between two looks whether the process that works has ended."""


def work(settings: Settings, name: str) -> int:
    """Bring the database up to date and work until a signal ends it; wait before that while another process works."""
    container = begin(settings)
    lease = Lease(container.engine, settings.home, name)
    worker = Worker(container)
    with suppress(SystemExit):
        end_by_signal()
        open_house(container, lease)
        worker.start(lease)
        memory.give_back()
        say(f"{READY} worker {name}\nStop it with Ctrl-C; it goes on where it stopped.")
        threading.Event().wait()
    worker.stop()
    container.close()
    say("Stopped. Nothing is lost.")
    return 0


def open_house(container: Container, lease: Lease) -> None:
    """Become the one process that works in this house, however long that takes; then bring its database up to date."""
    if not lease.take():
        say(f"{lease.holder() or 'Another process'} works in this house. {lease.name} waits to take over.")
        while not lease.take():
            time.sleep(LOOK)
    database.migrate(container.settings.database_url)
    homes.refuse_lost_mailboxes(container)
    with database.write(container.engine) as session:
        seed_coin(session, secrets.token_hex(16))
        if session.scalar(select(Mailbox.id)) is None:
            say("There is no mailbox yet. An administrator makes one in the browser, on the page Kom i gang.")
