"""What the house holds is nobody else's on the machine, whoever made it and with whatever mask."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import cli, private
from app.commands import serve
from app.config import Settings
from app.container import Container
from tests.acceptance import House, free_port
from tests.databases import POSTGRESQL
from tests.town import Town, mail


@pytest.fixture(autouse=True)
def open_mask() -> Iterator[None]:
    """A machine whose accounts read one another's files, as most are set up."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    found = [folder, *(Path(path, name) for path, folders, files in os.walk(folder) for name in (*folders, *files))]
    return [str(each) for each in found if each.lstat().st_mode & 0o077]


def test_a_home_that_lay_open_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "postkasser" / "a" / "cur").mkdir(parents=True)
    (home / "sluse.sqlite").write_text("x")
    (home / "postkasser" / "a" / "cur" / "1").write_text("x")
    (home / "script").write_text("x")
    (home / "script").chmod(0o755)
    (tmp_path / "outside").write_text("x")
    (home / "link").symlink_to(tmp_path / "outside")
    assert private.home(home) == 7
    assert [each for each in open_to_others(home) if not each.endswith("link")] == []
    assert stat.S_IMODE((home / "script").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "outside").stat().st_mode) == 0o644, "what a link leads to is not ours"
    assert private.home(home) == 0


def test_a_new_home_is_its_owners(tmp_path: Path) -> None:
    private.home(tmp_path / "new" / "home")
    assert stat.S_IMODE((tmp_path / "new" / "home").stat().st_mode) == 0o700


def test_the_container_closes_its_home(settings: Settings) -> None:
    settings.home.chmod(0o755)
    made = Container.build(settings)
    made.engine.dispose()
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


@pytest.mark.skipif(POSTGRESQL, reason="the house of this test has a file of SQLite")
def test_nothing_a_served_house_makes_is_open(tmp_path: Path) -> None:
    """Database, its log, mailboxes, archive, deadlines: all that is there after a start."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "old").write_text("from before")
    house = House(home, free_port())
    house.start()
    try:
        assert open_to_others(home) == []
        assert (home / "sluse.sqlite-wal").exists()
    finally:
        house.end()


def test_children_do_not_inherit_what_is_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They read strangers' mails: what they could not tell, nobody gets out of them."""
    found: list[str] = []
    monkeypatch.setattr(serve, "serve", lambda _settings: found.extend(os.environ) or 0)
    for name, value in {
        "SLUSE_HOME": str(tmp_path), "SLUSE_SECRET_KEY": "for-this-test-only-1",
        "SLUSE_DATABASE_URL": f"sqlite:///{tmp_path}/x",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert cli.main(["serve"]) == 0
    assert "SLUSE_HOME" in found
    assert not {"SLUSE_SECRET_KEY", "SLUSE_DATABASE_URL"} & set(found)


def test_the_sites_own_server_makes_private_files_too(tmp_path: Path) -> None:
    code = "import os, wsgi; print(oct(os.umask(0)))"
    env = {**os.environ, "SLUSE_HOME": str(tmp_path / "home"), "SLUSE_SECRET_KEY": "for-this-test-only-1"}
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "0o77"


def test_a_town_works_in_a_closed_home(town: Town) -> None:
    (enquiry_id,) = town.receive(mail("Træ", "Et træ"))
    assert town.events(enquiry_id)
