"""Answers questions to the past, in a process of its own: pages ask them (`what_if`) without the model this needs."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine

from app import database
from app.domain.what_if import Question, WhatIfState
from app.models.what_if import WhatIf
from app.services.learning import simulation

TELL = 1.0
"""Seconds between two words about the progress."""
MILDNESS = 10
"""How far the process that plays stands back behind those that serve people."""


def answer(engine: Engine, what_if_id: int, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Play a question to its end, and keep the result."""
    with database.read(engine) as session:
        row = session.get_one(WhatIf, what_if_id)
        rehearsable = simulation.read(session, Question.from_json(row.question))
    reported_at = time.monotonic()

    def note(done: int, total: int) -> None:
        nonlocal reported_at
        if time.monotonic() - reported_at >= TELL:
            reported_at = time.monotonic()
            _note(engine, what_if_id, done, total, clock())

    _note(engine, what_if_id, 0, rehearsable.total, clock())
    result = rehearsable.play(note)
    with database.write(engine) as session:
        row = session.get_one(WhatIf, what_if_id)
        row.state, row.done, row.result = WhatIfState.DONE, row.total, result.to_json()


def _note(engine: Engine, what_if_id: int, done: int, total: int, now: datetime) -> None:
    with database.write(engine) as session:
        row = session.get_one(WhatIf, what_if_id)
        row.done, row.total, row.heard_at = done, total, now


def work(database_url: str, what_if_id: int) -> None:
    """Answer a question in a process of its own."""
    os.nice(MILDNESS)
    with database.opened(database_url) as engine:
        answer(engine, what_if_id)
