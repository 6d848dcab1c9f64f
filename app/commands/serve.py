"""`sluse serve`: web, robot and learner in one process, on one database file."""

import gc
import secrets
import signal
import sys
from contextlib import suppress
from types import FrameType

import structlog
from sqlalchemy import select

from app import database, memory, private
from app.commands import homes
from app.commands.listener import listen
from app.config import Settings, is_loopback
from app.container import Container
from app.models.unit import Mailbox
from app.services.platform import first_run
from app.services.platform.settings import seed_coin
from app.web.platform.factory import create_app
from app.workflow.worker import Worker

SWITCH_SECONDS = 0.001
"""How long a thread that computes may keep the interpreter from one that makes a page."""
ENDING = (signal.SIGTERM, signal.SIGINT)
READY = "Sluse is ready:"
"""The line that says the page answers; tests and start scripts wait for it."""


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def quiet_logs(level: str) -> None:
    """One line a message on standard error, from `level` up."""
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


def serve(settings: Settings) -> int:
    """Bring the database up to date and serve until a signal ends it."""
    quiet_logs(settings.log_level)
    memory.bound()
    if opened := private.home(settings.home):
        say(
            f"{opened} files and folders in {settings.home} were open to other accounts of this machine. They are closed now."
        )
    homes.refuse_demo(settings)
    database.migrate(settings.database_url)
    container = Container.build(settings)
    homes.refuse_lost_mailboxes(container)
    if code := first_run.prepare(container.engine, settings.home):
        say(f"Nobody administers this house yet. Open {settings.base_url}/foerste-gang/ and type this code: {code}")
    if not settings.secure_cookies and not is_loopback(settings.host):
        say("SLUSE_BASE_URL does not begin with https://, so what people send can be read on the way.")
    with database.write(container.engine) as session:
        seed_coin(session, secrets.token_hex(16))
        if session.scalar(select(Mailbox.id)) is None:
            say("There is no mailbox yet. Describe yours in a TOML file and run: sluse load-organisation FILE")
    worker = Worker(container)
    worker.start()
    return run(container, worker)


def run(container: Container, worker: Worker) -> int:
    """Serve beside a started worker; blocks until SIGTERM or SIGINT."""
    settings = container.settings
    sys.setswitchinterval(SWITCH_SECONDS)
    server = listen(create_app(container), settings)
    memory.give_back()
    # What is loaded by now stays: a search through all of it for garbage would hold up a page for 150 ms now and then.
    gc.freeze()

    def end(_signal: int, _frame: FrameType | None) -> None:
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)  # once is enough; what ends must come to its end
        raise SystemExit

    # The loop is left from within: closed from another thread, it would go on for whoever holds a connection open.
    with suppress(SystemExit):
        for each in ENDING:
            signal.signal(each, end)
        say(f"{READY} {settings.base_url}\nStop it with Ctrl-C; it goes on where it stopped.")
        server.run()
    server.close()
    worker.stop()
    container.close()
    say("Stopped. Nothing is lost.")
    return 0
