"""A small house for tests: a real database, real folders of mail, a real archive, all in a temporary folder."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import database
from app.config import Settings
from app.container import Container
from tests.town import Town, build_town

SECRET = "a-secret-for-tests-only"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("database") / "empty.sqlite"
    database.migrate(f"sqlite:///{path}")
    engine = database.create(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def undo_seconds() -> float:
    """How long the robot waits with a human's decision; a test that undoes one asks for more."""
    return 0.0


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path, undo_seconds: float) -> Settings:
    home = tmp_path / "home"
    home.mkdir()
    (home / "sluse.sqlite").write_bytes(empty_database.read_bytes())
    made = Settings.from_env({"SLUSE_HOME": str(home), "SLUSE_SECRET_KEY": SECRET})
    return replace(made, undo_seconds=undo_seconds, poll_seconds=0.2, parsers=1)


@pytest.fixture
def container(settings: Settings) -> Iterator[Container]:
    made = Container.build(settings)
    yield made
    made.close()


@pytest.fixture
def town(container: Container) -> Town:
    """Three units, one shared mailbox, one person of each role."""
    return build_town(container)
