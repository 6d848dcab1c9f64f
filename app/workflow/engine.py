"""The durable engine in this process. Only workers start it, on the application's own database connection."""

import logging

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from app.container import Container
from app.services.platform.robot import QUEUE, VERSION
from app.workflow.doors import Hands

EXECUTOR = "worker-1"
"""The same for every worker: one works at a time, and goes on with all that the one before it began."""
_container: Hands | None = None


def container() -> Hands:
    """Return the container that running steps work with.

    Raises:
        RuntimeError: the engine has not been started in this process.
    """
    if _container is None:
        raise RuntimeError("the engine is not running in this process")
    return _container


def start(chosen: Container) -> None:
    """Launch the engine and go on with what an earlier process left undone, whichever it was."""
    global _container
    _container = Hands(chosen)
    logging.getLogger("dbos").setLevel(logging.ERROR)
    config: DBOSConfig = {
        "name": "sluse",
        "system_database_engine": chosen.engine,
        "application_version": VERSION,
        "executor_id": EXECUTOR,
        "serializer": DBOSPortableJSONSerializer(),
        "log_level": "ERROR",
        "console_log_level": "ERROR",
        "enable_otlp": False,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=chosen.settings.worker_concurrency, polling_interval_sec=0.2)


def stop() -> None:
    """Stop the engine. Unfinished work goes on at the next start."""
    global _container
    if _container is not None:
        DBOS.destroy(workflow_completion_timeout_sec=0)
    _container = None
