"""The one database: engine, sessions, migrations."""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from alembic.config import Config

ROOT = Path(__file__).parents[1]
WAL_KEPT = 16 * 1024 * 1024
"""Bytes of SQLite's working file (WAL) that stay after its pages have come to the database."""
SAMPLE = 1000
"""Rows of an index that are looked at; all of a large one would hold up who writes."""
WRITER = 0x51_05_E0
"""The number of the lock that a writer holds on PostgreSQL; the workflow engine has locks and tables of its own."""
PATIENCE = 30.0
"""Seconds that a writer waits for its turn."""
WRITES = re.compile(r"\s*(?:BEGIN IMMEDIATE|INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
"""What opens a writing transaction on SQLite, of Python's own accord or ours."""

ASKED = "asked"
"""Where a session keeps the answers of `once`."""
Answer = TypeVar("Answer")


def create(url: str) -> Engine:
    """Create an engine for `url`. On SQLite: WAL, synchronous FULL, foreign keys, 30 s patience for a lock.

    No error tells a statement's parameters: they are people's mails.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=20, max_overflow=20, hide_parameters=True)
    if file := make_url(url).database:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    # The connection used last is used next: each keeps pages of its own in memory.
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_use_lifo=True,
        hide_parameters=True,
        connect_args={"timeout": PATIENCE, "factory": TurnTaking},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    _one_writer_at_a_time(engine)
    return engine


class TurnTaking(sqlite3.Connection):
    """A connection that gives back its turn to write when its transaction ends."""

    turn: "threading.Lock | None" = None
    """The lock that it holds."""

    def give_turn_back(self) -> None:
        """Let the next writer begin. Harmless where no turn is held."""
        turn, self.turn = self.turn, None
        if turn is not None:
            turn.release()

    def commit(self) -> None:
        super().commit()
        self.give_turn_back()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self.give_turn_back()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.give_turn_back()


def _one_writer_at_a_time(engine: Engine) -> None:
    """Let this process's threads wait for each other on a lock; SQLite has one writer anyway.

    Its own way of waiting is to look again after pauses of up to 100 ms, in which nobody writes: six threads got a quarter of
    the transactions done. Between processes it is still what keeps the order.
    """
    turn = threading.Lock()

    @event.listens_for(engine, "before_cursor_execute")
    def wait_for_turn(_c: object, cursor: Any, statement: str, *_rest: object) -> None:
        connection: TurnTaking = cursor.connection
        begins = not connection.in_transaction and connection.turn is None and WRITES.match(statement)
        if begins and turn.acquire(timeout=PATIENCE):  # who waits in vain is left to SQLite
            connection.turn = turn

    @event.listens_for(engine, "after_cursor_execute")
    def give_back(_c: object, cursor: Any, *_rest: object) -> None:
        connection: TurnTaking = cursor.connection
        if connection.turn is not None and not connection.in_transaction:
            connection.give_turn_back()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Open an engine for a block. Its connections are closed at the end."""
    engine = create(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's sqlite3 opens a transaction before the first write only; IMMEDIATE makes that one wait for its turn
    # instead of failing half-way. `write` opens it before the first read as well.
    connection.isolation_level = "IMMEDIATE"
    # What is deleted is overwritten: an erasure must not leave words in free pages. Each connection keeps half the pages
    # it would by default; the system keeps the others for all of them together.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "secure_delete=ON")
    for pragma in (*pragmas, "cache_size=-1000", f"journal_size_limit={WAL_KEPT}"):
        connection.execute(f"PRAGMA {pragma}")  # nosemgrep: sql-from-text - ours, from above


@contextmanager
def read(engine: Engine) -> Iterator[Session]:
    """Open a session that only reads. All its queries see one moment. Nothing it does is kept."""
    with Session(engine, autoflush=False) as session:
        if engine.dialect.name == "sqlite":
            session.execute(text("BEGIN DEFERRED"))
        else:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session
        session.expunge_all()  # what was read may be used after the session
        session.rollback()


@contextmanager
def write(engine: Engine) -> Iterator[Session]:
    """Open a session that writes.

    Its transaction commits at the end of the block, and rolls back when the block raises.
    """
    with Session(engine) as session, session.begin():
        begin_write(session)
        yield session


@contextmanager
def portion(engine: Engine) -> Iterator[Session]:
    """Open a session that writes for many mails in one go. It asks `once` for what no mail changes."""
    with write(engine) as session:
        session.info[ASKED] = {}
        yield session


def once(session: Session, ask: Callable[[Session], Answer]) -> Answer:
    """Return what `ask` finds. In a portion it is asked once: its writer has the one lock, so nobody changes the answer."""
    answers: dict[Callable[[Session], Any], Any] | None = session.info.get(ASKED)
    if answers is None:
        return ask(session)
    if ask not in answers:
        answers[ask] = ask(session)
    found: Answer = answers[ask]
    return found


def begin_write(session: Session) -> None:
    """Wait for the turn to write before reading. Then everything that was read still holds when it is written.

    SQLite has one writer anyway. On PostgreSQL a lock until the transaction's end gives the same promise to the same code.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("BEGIN IMMEDIATE"))
    else:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER})


def analyze(engine: Engine) -> None:
    """Sample what the indexes of SQLite hold. Without that it chooses its way through a large table blindly.

    PostgreSQL does it by itself.
    """
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.execute(text(f"PRAGMA analysis_limit={SAMPLE}"))  # nosemgrep: sql-from-text - a number of ours
            connection.execute(text("ANALYZE"))


def alembic_config(url: str) -> "Config":
    from alembic.config import Config  # what only serves pages needs none of it

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def is_current(engine: Engine) -> bool:
    """Tell whether the database's tables are those of this version."""
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    if not inspect(engine).has_table("alembic_version"):
        return False
    with engine.connect() as connection:
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest)


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database's tables up to `revision`."""
    from alembic import command

    command.upgrade(alembic_config(url), revision)
