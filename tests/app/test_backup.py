"""A backup is whole, its owner's alone, and never written over another; what moves while it is copied is in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app import database
from app.commands import backup as command
from app.commands.audit import verify_audit
from app.commands.backup import backup
from app.environment import read_settings
from tests.databases import POSTGRESQL
from tests.town import SHARED, Town, mail

sqlite_only = pytest.mark.skipif(POSTGRESQL, reason="PostgreSQL is backed up by its own tools")


@pytest.fixture(autouse=True)
def open_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def files(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


@sqlite_only
def test_what_is_restored_is_what_was_there(town: Town, tmp_path: Path) -> None:
    town.receive(mail("Et hul i vejen", "Der er et hul i vejen."), mail("Skrald", "Skraldet er ikke hentet."))
    settings = town.container.settings
    with database.write(town.container.engine):  # somebody writes meanwhile
        assert backup(settings, tmp_path / "copy") == 0
    there = files(settings.home) - {"sluse.sqlite", "sluse.sqlite-wal", "sluse.sqlite-shm"}
    assert files(tmp_path / "copy") == there | {"sluse.sqlite"}
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
    copy = tmp_path / "copy"
    restored = settings.model_copy(update={"home": copy, "database_url": f"sqlite:///{copy / 'sluse.sqlite'}"})
    assert verify_audit(restored, None) == 0
    with database.opened(settings.database_url) as ours, database.opened(restored.database_url) as theirs:
        assert rows(ours) == rows(theirs)


def rows(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        return {name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"'))) for name in names}


@sqlite_only
@pytest.mark.parametrize("left", ["sluse.sqlite", "other", ".hidden"])
def test_nothing_is_written_over(town: Town, tmp_path: Path, left: str) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / left).write_text("an earlier one")
    assert backup(town.container.settings, tmp_path / "copy") == 2
    assert files(tmp_path / "copy") == {left}


def test_what_cannot_be_done_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = {"SLUSE_HOME": str(tmp_path / "none"), "SLUSE_SECRET_KEY": "a-key-of-this-test-alone-0123456789"}
    for url in ("", "postgresql+psycopg://sluse@db.example.org/sluse", "sqlite://"):
        assert backup(read_settings(env | {"SLUSE_DATABASE_URL": url}), tmp_path / "copy") == 2
    assert "pg_dump" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()


@sqlite_only
def test_a_mail_that_is_taken_while_it_is_copied_is_in_the_copy(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It moves from `new` to `cur` between the looks into both."""
    for number in range(3):
        town.gateway.deliver(SHARED, mail(f"Nr. {number}", "Et hul i vejen"))
    real = command._copied_file

    def moved_first(source: Path, target: Path) -> int:
        if source.parent.name == "new" and source.exists():
            town.gateway.mark_taken(SHARED, source.name)
        return real(source, target)

    monkeypatch.setattr(command, "_copied_file", moved_first)
    assert backup(town.container.settings, tmp_path / "copy") == 0
    box = tmp_path / "copy" / "postkasser" / SHARED
    assert len([each for part in ("new", "cur") for each in (box / part).iterdir()]) == 3
