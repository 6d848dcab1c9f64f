"""A small house for tests: a real database, real folders of mail, a real archive, all in a temporary folder."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from app.config import Settings
from app.container import Container
from app.environment import read_settings
from connectors.mail.reading.parser import MailParser
from tests import slices, sparing
from tests.databases import POSTGRESQL, SAME_ON_BOTH, Databases, databases
from tests.town import PATIENCE, Town, build_town

SECRET = "a-secret-for-tests-only"
HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make test` ask PostgreSQL for a slice of what ran whole on SQLite; `make verify` runs it whole there too."""
    parser.addoption("--one-case-each", action="store_true", help="one case of each parametrised test: tests/slices.py")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out what says the same on either database, where the other one is not asked for."""
    if POSTGRESQL and collection_path.relative_to(HERE).as_posix() in SAME_ON_BOTH:
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the stories, which take up to minutes: behind the last of many small ones no core waits for another."""
    items.sort(key=lambda item: item.path.parent != HERE)
    if config.option.one_case_each:
        kept = slices.one_case_each(item.nodeid for item in items)
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
        items[:] = [item for item in items if item.nodeid in kept]


@pytest.fixture(autouse=True)
def _umask_as_before() -> Iterator[None]:
    """What a command called here keeps to itself from now on, the next test need not."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def log_as_at_the_start() -> Iterator[None]:
    """A command leads the log to the standard error it finds, which is gone once its test is over."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def made_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with databases(tmp_path_factory.mktemp("database")) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def spared() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        sparing.everything(patch)
        yield


@pytest.fixture
def database_url(made_databases: Databases, tmp_path: Path) -> str:
    """A migrated database of its own for each test."""
    return made_databases.migrated(tmp_path)


@pytest.fixture
def undo_seconds() -> float:
    """How long the robot waits with a human's decision; a test that undoes one asks for more."""
    return 0.0


@pytest.fixture
def settings(tmp_path: Path, database_url: str, undo_seconds: float) -> Settings:
    return settings_in(tmp_path, database_url, undo_seconds)


def settings_in(folder: Path, database_url: str, undo_seconds: float = 0.0) -> Settings:
    """The settings of a house whose home lies in `folder`."""
    home = folder / "home"
    home.mkdir()
    env = {
        "SLUSE_HOME": str(home), "SLUSE_DATABASE_URL": database_url, "SLUSE_SECRET_KEY": SECRET,
        "SLUSE_SECOND_FACTOR": "optional",
    }  # fmt: skip
    made = read_settings(env)
    return made.model_copy(update={"undo_seconds": undo_seconds, "poll_seconds": 0.2, "parsers": 1})


@pytest.fixture(scope="session")
def parser() -> Iterator[MailParser]:
    """The children that read mails start once, not with every test."""
    with MailParser(workers=1) as made:
        yield made


@pytest.fixture
def container(settings: Settings, parser: MailParser) -> Iterator[Container]:
    with housed(settings, parser) as made:
        yield made


@contextmanager
def housed(settings: Settings, parser: MailParser) -> Iterator[Container]:
    """A container for the length of a block; the parser is another's and stays."""
    made = Container.build(settings)
    made.parser = parser
    yield made
    del made.parser
    _hands_off()
    made.close()


def _hands_off() -> None:
    """A stopped engine's hands end what they are at; a connection that one takes from a closed house nobody would close."""
    for thread in threading.enumerate():
        if thread.name.startswith("dbos-executor-"):
            thread.join(timeout=PATIENCE)


@pytest.fixture
def town(container: Container) -> Town:
    """Three units, one shared mailbox, one person of each role."""
    return build_town(container)
