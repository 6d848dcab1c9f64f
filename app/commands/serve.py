"""`sluse serve`: web, robot and learner in one process. On one database file."""

from app.commands.pages import greet, serve_pages
from app.commands.process import begin, say
from app.commands.worker import open_house
from app.config import Settings
from app.container import Container
from app.workflow.lease import Lease
from app.workflow.worker import Worker


def serve(settings: Settings) -> int:
    """Update the database and serve. Until a signal ends it."""
    say("Sluse is starting. That takes some seconds.")
    container = begin(settings)
    lease = Lease(container.engine, settings.home, "serve")
    open_house(container, lease)
    greet(container)
    worker = Worker(container)
    worker.start(lease)
    return run(container, worker)


def run(container: Container, worker: Worker) -> int:
    """Serve beside a started worker; blocks until SIGTERM or SIGINT."""
    serve_pages(container)
    worker.stop()
    container.close()
    say("Stopped. Nothing is lost.")
    return 0
