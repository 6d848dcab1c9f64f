"""How the database finds its way: by samples of its indexes, and never through the whole log unasked."""

from typing import Any

import pytest
from sqlalchemy import Connection, event, text

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
