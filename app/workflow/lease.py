"""Lets one process at a time work in a house: two would take in the same mails, and send twice.

On PostgreSQL it is a lock of a session that does nothing else, from whatever machine; with SQLite, which one machine has, a
lock of a file in the home. Either ends with the process, however that ends, and then whoever waits is next.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

log = structlog.get_logger()
FILE = "worker.lock"
KEY = 0x51_05_E1
"""The number of the lock on PostgreSQL; the one before it is the writer's."""
PREFIX = "sluse "
"""Before the name, where the database tells who is connected."""
LOST = 70
"""The exit status of a process whose place another has taken."""
HOLDER = """
    SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE locktype = 'advisory' AND classid = 0 AND objid = :key AND granted
      AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Lease:
    """The right to work in a house. `name` tells who has it to whoever asks."""

    def __init__(self, engine: Engine, home: Path, name: str) -> None:
        self._engine, self._path, self.name = engine, home / FILE, name
        self._connection: Connection | None = None
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Take the lease if it is free; tells whether one has it now."""
        return self._take_session() if self._engine.dialect.name == "postgresql" else self._take_file()

    def holder(self) -> str:
        """Return who has it, as far as that can be seen; "" where it cannot."""
        if self._engine.dialect.name != "postgresql":
            return self._path.read_text().strip() if self._path.exists() else ""
        with self._engine.connect() as connection:
            return str(connection.scalar(text(HOLDER), {"key": KEY}) or "").removeprefix(PREFIX)

    def keep(self) -> None:
        """Make sure that one still has it; end the process at once where another has taken it.

        The lock of a file goes with the process alone. A session may break off: it is made anew, and while the database is
        away nobody can take one's place, nor work.
        """
        if self._file is not None:
            return
        try:
            if self._is_alive() or self._take_session():
                return
        except SQLAlchemyError as error:
            log.warning("lease_out_of_reach", error=type(error).__name__)
            return
        log.error("lease_lost", name=self.name, holder=self.holder())
        os._exit(LOST)

    def give_back(self) -> None:
        """Let the next one have it."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._drop()

    def _take_file(self) -> bool:
        # A lock of the open file, not of the process: whoever reads and closes the file elsewhere does not give it up.
        file = self._file or self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{self.name}\n")
        file.flush()
        self._file = file
        return True

    def _take_session(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": KEY}):
            connection.close()
            return False
        name = {"name": f"{PREFIX}{self.name}"}
        connection.execute(text("SELECT set_config('application_name', :name, false)"), name)
        self._connection = connection
        return True

    def _is_alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self._drop()
            return False
        return True

    def _drop(self) -> None:
        """End the session, and the lock with it; back in the pool it would keep both."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
