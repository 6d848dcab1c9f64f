"""Playing of questions to the past.

It has a process of its own, so that neither the pages nor the robot wait for it.
"""

import multiprocessing
import threading
from datetime import UTC, datetime

import structlog

from app import database
from app.container import Container
from app.domain.what_if import WhatIfState
from app.services.learning import playing, what_if

log = structlog.get_logger()
LOOK = 0.5
"""Seconds between two looks whether the process has ended, or is to end."""


def play(container: Container, stopping: threading.Event) -> None:
    """Play the next waiting question. Until its end, or until this process stops."""
    with database.write(container.engine) as session:
        what_if_id = what_if.take(session, now=datetime.now(UTC))
    if what_if_id is None:
        return
    # Not fork: this process has threads.
    process = multiprocessing.get_context("spawn").Process(
        target=playing.work, args=(container.settings.database_url, what_if_id), daemon=True
    )
    process.start()
    while process.is_alive() and not stopping.is_set():
        process.join(LOOK)
    interrupted = process.is_alive()
    process.terminate()
    process.join()
    if not interrupted and process.exitcode != 0:
        log.error("what_if_failed", what_if_id=what_if_id, exitcode=process.exitcode)
    with database.write(container.engine) as session:
        what_if.end(session, what_if_id, WhatIfState.INTERRUPTED if interrupted else WhatIfState.FAILED)
