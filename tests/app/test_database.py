"""How the database finds its way, and lets each writer have its turn."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from app import database
from app.services.learning import model_replay
from tests.databases import POSTGRESQL
from tests.town import Town

pytestmark = pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL samples its indexes by itself")


def test_indexes_are_sampled(town: Town) -> None:
    town.teach_history()
    database.analyze(town.container.engine)
    with database.read(town.container.engine) as session:
        sampled = set(session.scalars(text("SELECT idx FROM sqlite_stat1 WHERE tbl = 'label'")))
    assert "ix_label_tally" in sampled


def test_new_lessons_are_found_by_their_position(town: Town) -> None:
    """SQLite once went by the index of what a label revokes, which is empty for almost all of them, twice a second."""
    town.teach_history()
    plans: list[str] = []

    def explain(connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM lesson JOIN label" in statement:
            shown = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[union-attr]
            plans.extend(row[3] for row in shown)

    event.listen(town.container.engine, "before_cursor_execute", explain)
    database.analyze(town.container.engine)
    with database.read(town.container.engine) as session:
        end = model_replay.end(session)
        assert len(list(model_replay.training_labels(session, after=end - 2, until=end))) == 2
    event.remove(town.container.engine, "before_cursor_execute", explain)
    assert plans[:2] == [
        "SEARCH lesson USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH label USING INTEGER PRIMARY KEY (rowid=?)",
    ]


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Engine]:
    """A database whose own patience is none: whoever finds it locked fails at once."""
    with database.opened(f"sqlite:///{tmp_path / 'turns.sqlite'}") as engine:
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
        with database.write(engine) as session:
            session.execute(text("CREATE TABLE t (a INTEGER)"))
        yield engine


def test_threads_take_turns_to_write(impatient: Engine) -> None:
    """SQLite let a thread look again after pauses; one that was unlucky gave up after 30 s, and its work ended."""

    def ours(n: int) -> None:
        with database.write(impatient) as session:
            session.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})

    def as_the_engine_does(n: int) -> None:
        with impatient.begin() as connection:
            connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: (ours, as_the_engine_does)[n % 2](n), range(200)))
    with database.read(impatient) as session:
        assert session.scalar(text("SELECT count(*) FROM t")) == 200


def test_a_turn_is_given_back_whatever_happens(impatient: Engine) -> None:
    with pytest.raises(ZeroDivisionError), database.write(impatient):
        _ = 1 / 0
    with pytest.raises(OperationalError), database.write(impatient) as session:
        session.execute(text("INSERT INTO absent VALUES (1)"))
    with impatient.connect() as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))  # and never commits
    with impatient.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("INSERT INTO t VALUES (2)"))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(_write, impatient).result(timeout=20) is None


def _write(engine: Engine) -> None:
    with database.write(engine) as session:
        session.execute(text("INSERT INTO t VALUES (3)"))
