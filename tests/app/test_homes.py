"""The demo's house and a real one are never taken for each other, and no key or address of the demo becomes real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import database
from app.commands import homes
from app.config import DEMO_KEY, Settings, SettingsError
from app.domain.access import Role
from app.environment import read_settings
from app.models.account import Account, Setting
from tests.databases import POSTGRESQL
from tests.town import Town

KEY = "a-secret-for-tests-only"


def mark(settings: Settings) -> None:
    with database.opened(settings.database_url) as engine, database.write(engine) as session:
        homes.mark_demo(session, 11)


def test_a_demos_house_is_not_served_as_real(settings: Settings) -> None:
    homes.refuse_demo(settings)
    mark(settings)
    with pytest.raises(SettingsError, match="sluse demo"):
        homes.refuse_demo(settings)
    homes.refuse_real(settings)
    homes.refuse_real(settings, fresh=True)


def test_the_seed_it_was_made_with_stays(settings: Settings) -> None:
    mark(settings)
    with database.opened(settings.database_url) as engine, database.write(engine) as session:
        homes.mark_demo(session, 99)
        assert session.get_one(Setting, homes.MARK).value == 11


def test_the_demo_leaves_a_real_house_alone(town: Town) -> None:
    for fresh in (False, True):
        with pytest.raises(SettingsError, match="was not made by"):
            homes.refuse_real(town.container.settings, fresh=fresh)


def test_one_account_makes_a_house_somebodys(settings: Settings) -> None:
    settings = settings.model_copy(update={"home": settings.home / "none-yet"})
    homes.refuse_real(settings)
    with database.opened(settings.database_url) as engine, database.write(engine) as session:
        session.add(Account(email="a@town.example.org", name="A", role=Role.MANAGER, password_hash=""))
    with pytest.raises(SettingsError):
        homes.refuse_real(settings)


def test_a_folder_of_other_things_is_not_thrown_away(tmp_path: Path) -> None:
    home = tmp_path / "papers"
    home.mkdir()
    (home / "letter.txt").write_text("mine")
    settings = read_settings({"SLUSE_HOME": str(home)}, demo=True)
    homes.refuse_real(settings)
    with pytest.raises(SettingsError):
        homes.refuse_real(settings, fresh=True)
    assert (home / "letter.txt").read_text() == "mine"


ORGANISATION = """
name = "Eksempel"
mailbox = [{address = "post@x.example.org", name = "Fælles", mail_system = "new"}]
[[unit]]
name = "Byg"
area = "Byen"
address = "byg@x.example.org"
guide = ""
subject_code = ""
mode = "suggest"
[[unit]]
name = "Vej"
area = "Byen"
address = "vej@x.example.org"
guide = ""
subject_code = ""
mode = "suggest"
mail_system = "new"
"""


def run(command: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SLUSE_")}
    sluse = str(Path(sys.executable).parent / "sluse")
    return subprocess.run(
        [sluse, *command.split()], env=clean | env, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.mark.parametrize("command", ["demo", "demo --fresh"])
def test_the_command_says_so_and_changes_nothing(tmp_path: Path, command: str) -> None:
    home = tmp_path / "home"
    settings = read_settings({"SLUSE_HOME": str(home), "SLUSE_SECRET_KEY": KEY})
    database.migrate(settings.database_url)
    with database.opened(settings.database_url) as engine, database.write(engine) as session:
        session.add(Account(email="a@town.example.org", name="A", role=Role.MANAGER, password_hash=""))
    done = run(command, SLUSE_HOME=str(home))
    assert (done.returncode, "was not made by" in done.stderr) == (2, True)
    with database.opened(settings.database_url) as engine, database.read(engine) as session:
        assert session.query(Account).count() == 1


@pytest.mark.skipif(POSTGRESQL, reason="the house of this test has a file of SQLite")
def test_a_mailbox_in_a_system_that_no_setting_describes_is_told_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "organisation.toml"
    file.write_text(ORGANISATION)
    env = {"SLUSE_HOME": str(tmp_path / "home"), "SLUSE_SECRET_KEY": KEY}
    done = run(f"load-organisation {file}", **env)
    assert done.returncode == 2
    assert "post@x.example.org is in the mail system 'new', which nobody has described" in done.stderr
    several = env | {"SLUSE_MAIL_SYSTEMS__NEW__KIND": "folder", "SLUSE_MAIL_SYSTEMS__NEW__ROOT": str(tmp_path / "new")}
    assert run(f"load-organisation {file}", **several).returncode == 0
    made = {each.name: each.parent.name for each in tmp_path.glob("*/**/*@x.example.org")}
    assert made == {"post@x.example.org": "new", "byg@x.example.org": "postkasser", "vej@x.example.org": "new"}
    done = run("serve", **env, SLUSE_PORT="1")
    assert (done.returncode, "set SLUSE_MAIL_SYSTEMS__NEW__KIND" in done.stderr) == (2, True)


def test_serving_a_demos_house_is_refused_by_name(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = read_settings({"SLUSE_HOME": str(home), "SLUSE_SECRET_KEY": KEY})
    database.migrate(settings.database_url)
    mark(settings)
    done = run("serve", SLUSE_HOME=str(home), SLUSE_SECRET_KEY=KEY, SLUSE_PORT="1")
    assert (done.returncode, "Serve it with `sluse demo`" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        DEMO_KEY,
        "1111111111111111",
        "abababababababab",
        "changeme-changeme",
        "x" * 64,
        "123123123123123123123",
    ],
)
def test_a_key_that_others_know_or_guess_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="SLUSE_SECRET_KEY"):
        read_settings({"SLUSE_SECRET_KEY": key})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "sluse.example.org", "127.0.0.1.example.org", "0"])
def test_the_demo_is_for_this_machine_only(host: str) -> None:
    with pytest.raises(SettingsError, match="this machine only"):
        read_settings({"SLUSE_HOST": host}, demo=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "LOCALHOST"])
def test_and_there_it_is_served(host: str) -> None:
    assert read_settings({"SLUSE_HOST": host}, demo=True).host == host
    assert read_settings({"SLUSE_HOST": ""}, demo=True).host == "127.0.0.1"
    assert read_settings({"SLUSE_HOST": "0.0.0.0", "SLUSE_SECRET_KEY": KEY}).host == "0.0.0.0"


def test_secrets_stand_in_no_text_about_the_settings() -> None:
    settings = read_settings({"SLUSE_SECRET_KEY": KEY, "SLUSE_DATABASE_URL": "postgresql://u:hidden@localhost/x"})
    for text in (repr(settings), str(settings), f"{settings!r:>10}"):
        assert KEY not in text
        assert "hidden" not in text


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert read_settings({"SLUSE_SECRET_KEY_FILE": str(file)}).secret_key == KEY
    url = tmp_path / "url"
    url.write_text("postgresql://u:p@localhost/x\n")
    found = read_settings({"SLUSE_SECRET_KEY": KEY, "SLUSE_DATABASE_URL_FILE": str(url)})
    assert found.database_url == "postgresql://u:p@localhost/x"


@pytest.mark.parametrize(
    "env",
    [
        {"SLUSE_SECRET_KEY_FILE": "/nowhere"},
        {"SLUSE_SECRET_KEY_FILE": "/nowhere", "SLUSE_SECRET_KEY": KEY},
        {"SLUSE_SECRET_KEY": KEY, "SLUSE_SECOND_FACTOR": "maybe"},
    ],
)
def test_what_makes_no_sense_is_named(env: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"SLUSE_SECRET_KEY|SLUSE_SECOND_FACTOR"):
        read_settings(env)
