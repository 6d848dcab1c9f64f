"""Wakes the learner, in whichever process it runs, as soon as what it is to look at is committed.

On PostgreSQL a notification is part of the transaction, and whoever listens has it within milliseconds. SQLite has no such
thing: a counter that every commit of another connection raises is looked at many times a second, and only then the log.
In its own process a learner is woken at once on either.
"""

import threading
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.orm import Session

from app.models.amendment import Amendment
from app.models.label import Label
from app.models.prediction import RankingRequest

CHANNEL = "sluse_learner"
POLL = 0.1
"""Seconds between two looks at SQLite's counter; each costs some hundredths of a millisecond."""
LISTEN = 0.5
"""Seconds for which PostgreSQL is listened to before it is looked whether the process ends."""
RETRY = 1.0
"""Seconds until a database that went away is asked again."""

_bells: WeakKeyDictionary[Engine, threading.Event] = WeakKeyDictionary()


def bell(engine: Engine) -> threading.Event:
    """Return what wakes the learner of this process."""
    return _bells.setdefault(engine, threading.Event())


def wake_learner(session: Session) -> None:
    """Let the learner look for what is new once this transaction is committed; nothing happens if it is not."""
    engine = session.get_bind().engine
    if engine.dialect.name == "postgresql":
        session.execute(text(f"NOTIFY {CHANNEL}"))  # nosemgrep: sql-from-text - ours, from above

    def ring(_session: Session) -> None:
        bell(engine).set()

    event.listen(session, "after_commit", ring, once=True)


def watch(engine: Engine, stopping: threading.Event) -> None:
    """Ring the bell of this process whenever another one has woken the learner; returns when `stopping` is set.

    Raises:
        SQLAlchemyError: the database is gone. Whoever calls tries again; what came meanwhile is then looked for.
    """
    ring = bell(engine).set
    ring()
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        if engine.dialect.name == "postgresql":
            _listen(connection, ring, stopping)
        else:
            _poll(connection, ring, stopping)


def _listen(connection: Connection, ring: Callable[[], None], stopping: threading.Event) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"LISTEN {CHANNEL}")  # nosemgrep: sql-from-text - ours, from above
    try:
        while not stopping.is_set():
            for _ in driver.notifies(timeout=LISTEN, stop_after=1):
                ring()
    finally:
        connection.invalidate()  # it would go on listening in the pool


def _poll(connection: Connection, ring: Callable[[], None], stopping: threading.Event) -> None:
    version, known = 0, _newest(connection)
    while not stopping.wait(POLL):
        now = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        if now != version and (newest := _newest(connection)) != known:
            known = newest
            ring()
        version = now


def _newest(connection: Connection) -> tuple[Any, ...]:
    """What another process may have written for the learner."""
    asked = (select(func.max(column)).scalar_subquery() for column in (Label.id, Amendment.id, RankingRequest.id))
    return tuple(connection.execute(select(*asked)).one())
