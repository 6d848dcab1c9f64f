"""Settings are typed, refused with a sentence that says what to write, and described in one place."""

from pathlib import Path

import pytest

from app.config import Settings, SettingsError
from app.environment import SECRETS, of_a_mail_system, read_settings, secret_variables, variables
from app.mail_settings import KINDS, ExchangeSystem, FolderSystem, ImapSystem
from app.settings_reference import markdown

KEY = {"SLUSE_SECRET_KEY": "a-secret-for-tests-only"}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SLUSE_PORT", "eighty", "SLUSE_PORT must be a whole number, not 'eighty'"),
        ("SLUSE_PORT", "70000", "SLUSE_PORT must be at most 65535, not '70000'"),
        ("SLUSE_POLL_SECONDS", "soon", "SLUSE_POLL_SECONDS must be a number, not 'soon'"),
        ("SLUSE_DEMO_SPEED", "0", "SLUSE_DEMO_SPEED must be more than 0, not '0'"),
        ("SLUSE_DEMO_SPEED", "nan", "SLUSE_DEMO_SPEED must be "),
        ("SLUSE_DEMO_SPEED", "inf", "SLUSE_DEMO_SPEED must be a number, not 'inf'"),
        ("SLUSE_WORKER_CONCURRENCY", "0", "SLUSE_WORKER_CONCURRENCY must be at least 1, not '0'"),
        ("SLUSE_LOG_LEVEL", "loud", "SLUSE_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not 'loud'"),
        ("SLUSE_SECOND_FACTOR", "maybe", "SLUSE_SECOND_FACTOR must be one of required, optional, not 'maybe'"),
        ("SLUSE_BASEURL", "x", "There is no setting SLUSE_BASEURL. Did you mean SLUSE_BASE_URL?"),
        ("SLUSE_SECRET_KEY_FIL", "x", "Did you mean SLUSE_SECRET_KEY_FILE?"),
        ("SLUSE_SECURE_COOKIES", "0", "There is no setting SLUSE_SECURE_COOKIES."),
        ("SLUSE_XYZZY", "x", "There is no setting SLUSE_XYZZY. docs/settings.md lists them all."),
        ("SLUSE_MAIL_SYSTEMS", "{}", "There is no setting SLUSE_MAIL_SYSTEMS."),
        ("SLUSE_MAIL", "post", "SLUSE_MAIL must be one of folder, imap, exchange, graph, not 'post'"),
        ("SLUSE_MAIL__SERVER", "x", "Set SLUSE_MAIL as well, e.g. folder"),
        ("SLUSE_MAIL", "imap", "Set SLUSE_MAIL__SERVER as well, e.g. imap.example.org"),
        ("SLUSE_MAIL_SYSTEMS__NEW__KIND", "post", "SLUSE_MAIL_SYSTEMS__NEW__KIND must be one of folder, imap, "),
        ("SLUSE_MAIL_SYSTEMS__NEW__ROOT", "/x", "Set SLUSE_MAIL_SYSTEMS__NEW__KIND as well, e.g. folder"),
        ("SLUSE_MAIL_SYSTEMS__NEW", "folder", "Set SLUSE_MAIL_SYSTEMS__NEW__KIND, e.g. folder"),
        ("SLUSE_MAIL_SYSTEMS__9__KIND", "folder", "SLUSE_MAIL_SYSTEMS: '9' is no name"),
    ],
)
def test_what_makes_no_sense_is_refused_and_says_what_to_write(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(KEY | {name: value})
    assert says in str(refused.value)


def test_a_typo_in_a_mail_system_is_told() -> None:
    env = KEY | {"SLUSE_MAIL_SYSTEMS__NEW__KIND": "folder", "SLUSE_MAIL_SYSTEMS__NEW__ROTO": "/x"}
    with pytest.raises(SettingsError, match=r"no setting \S+__ROTO. Did you mean SLUSE_MAIL_SYSTEMS__NEW__ROOT\?"):
        read_settings(env)


IMAP = {"SLUSE_MAIL": "imap", "SLUSE_MAIL__SERVER": "imap.example.org", "SLUSE_MAIL__USER": "sluse"}
EWS = {"SLUSE_MAIL": "exchange", "SLUSE_MAIL__SERVER": "https://mail.example.org/EWS", "SLUSE_MAIL__USER": "sluse"}
GRAPH = {"SLUSE_MAIL": "graph", "SLUSE_MAIL__TENANT": "example.org", "SLUSE_MAIL__CLIENT_ID": "1"}


@pytest.mark.parametrize(
    ("env", "says"),
    [
        (IMAP, "SLUSE_MAIL: Set either PASSWORD"),
        (IMAP | {"SLUSE_MAIL__TOKEN_URL": "https://x"}, "SLUSE_MAIL: Set CLIENT_ID and CLIENT_SECRET"),
        (IMAP | {"SLUSE_MAIL__PASSWORD": "hush-hush", "SLUSE_MAIL__SECURITY": "none"}, "must be tls or starttls"),
        (IMAP | {"SLUSE_MAIL__PASSWORD": "hush-hush", "SLUSE_MAIL__SECURITY": "ssl"}, "one of tls, starttls, none"),
        (
            IMAP | {"SLUSE_MAIL__PASSWORD": "hush-hush", "SLUSE_MAIL__PORT": "x"},
            "SLUSE_MAIL__PORT must be a whole number",
        ),
        (IMAP | {"SLUSE_MAIL__PASSWORD_FILE": "/no/such"}, "PASSWORD_FILE: /no/such cannot be read: FileNotFoundError"),
        (IMAP | {"SLUSE_MAIL__PASWORD": "hush-hush"}, "Did you mean SLUSE_MAIL__PASSWORD?"),
        (EWS, "Set USER and PASSWORD"),
        (EWS | {"SLUSE_MAIL__SERVER": "https://outlook.office365.com/EWS"}, "use KIND=graph instead"),
        (EWS | {"SLUSE_MAIL__SERVER": "http://mail.example.org/EWS"}, "must begin with https://"),
        (GRAPH, "SLUSE_MAIL: Set either CLIENT_SECRET"),
        (GRAPH | {"SLUSE_MAIL__SERVER": "http://graph.example.org"}, "must begin with https://"),
        (GRAPH | {"SLUSE_MAIL__AUTHORITY": "http://login.example.org"}, "must begin with https://"),
        (GRAPH | {"SLUSE_MAIL__CLIENT_SECRET": "hush-hush", "SLUSE_MAIL__CERTIFICATE": "x"}, "either CLIENT_SECRET"),
    ],
)
def test_a_mail_system_that_cannot_work_is_refused(env: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(KEY | env)
    assert says in str(refused.value)
    assert "hush-hush" not in str(refused.value)


def test_secrets_of_mail_systems_lie_in_files_and_are_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("hush-hush\n")
    made = read_settings(
        KEY
        | IMAP
        | {"SLUSE_MAIL__PASSWORD_FILE": str(tmp_path / "word")}
        | {f"SLUSE_MAIL_SYSTEMS__OLD__{name}": value for name, value in (("KIND", "exchange"), ("USER", "x"))}
        | {
            "SLUSE_MAIL_SYSTEMS__OLD__SERVER": "https://mail.example.org/EWS",
            "SLUSE_MAIL_SYSTEMS__OLD__PASSWORD": "hush-hush",
        }
    )
    assert isinstance(made.mail, ImapSystem)
    assert made.mail.password is not None
    assert made.mail.password.get_secret_value() == "hush-hush"
    assert isinstance(made.mail_systems["old"], ExchangeSystem)
    assert "hush-hush" not in f"{made!r}{made}{made.model_dump()}"


def test_the_secrets_of_mail_systems_can_be_taken_out_of_the_environment() -> None:
    env = {
        "SLUSE_MAIL__PASSWORD": "x",
        "SLUSE_MAIL_SYSTEMS__OLD__CLIENT_SECRET": "x",
        "SLUSE_MAIL__USER": "x",
        "HOME": "/",
    }
    assert set(secret_variables(env)) - set(SECRETS) == {
        "SLUSE_MAIL__PASSWORD",
        "SLUSE_MAIL_SYSTEMS__OLD__CLIENT_SECRET",
    }


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"SLUSE_PORT": "x", "SLUSE_PARSERS": "y"})
    shown = str(refused.value)
    assert all(name in shown for name in ("SLUSE_SECRET_KEY", "SLUSE_PORT", "SLUSE_PARSERS"))
    assert len(shown.splitlines()) == 5, "and nothing that only follows from them"


@pytest.mark.parametrize("name", SECRETS)
def test_no_refusal_tells_a_secret(name: str) -> None:
    env = KEY | {
        name: "aaaaaaaa",
        "SLUSE_PORT": "x",
        "SLUSE_OIDC_BUTTON": "x",
        "SLUSE_BASE_URL": "https://x.example.org",
    }
    with pytest.raises(SettingsError) as refused:
        read_settings(env)
    assert "aaaaaaaa" not in str(refused.value)
    cause: BaseException | None = refused.value
    while cause is not None:
        assert "aaaaaaaa" not in repr(cause)
        cause = cause.__cause__


def test_empty_is_not_set_and_variables_of_tests_are_no_settings() -> None:
    env = KEY | {"SLUSE_PORT": "", "SLUSE_HOME": " ", "SLUSE_TEST_DATABASE": "postgresql", "PATH": "/bin"}
    made = read_settings(env)
    assert (made.port, made.home) == (8000, Path("var/sluse").absolute())


def test_what_follows_from_others() -> None:
    env = KEY | {"SLUSE_HOME": "/srv/sluse", "SLUSE_BASE_URL": "https://sluse.example.org/", "SLUSE_LOG_LEVEL": "info"}
    made = read_settings(env)
    assert made.database_url == "sqlite:////srv/sluse/sluse.sqlite"
    assert (made.base_url, made.secure_cookies, made.log_level) == ("https://sluse.example.org", True, "INFO")
    demo = read_settings({}, demo=True)
    assert (demo.poll_seconds, demo.second_factor, demo.municipality) == (1.0, False, "Slusekøbing Kommune")


def test_mail_systems_have_names() -> None:
    env = {"SLUSE_MAIL_SYSTEMS__NEW__KIND": " folder", "SLUSE_MAIL_SYSTEMS__NEW__ROOT": "/srv/new"}
    (name, system), *more = read_settings(KEY | env).mail_systems.items()
    assert isinstance(system, FolderSystem)
    assert (name, system.kind, system.root, more) == ("new", "folder", Path("/srv/new"), [])


THREE = {
    "SLUSE_MAIL__SERVER": "imap.example.org",
    "SLUSE_MAIL__USER": "post@example.org",
    "SLUSE_MAIL__PASSWORD": "hush-hush",
}
"""What lets the demo look into a mailbox."""


def test_the_demo_looks_into_a_mailbox_by_three_settings() -> None:
    made = read_settings(THREE, demo=True)
    assert (made.mail.kind, made.demo_mailbox) == ("imap", "post@example.org")
    named = THREE | {"SLUSE_MAIL__USER": "EXAMPLE+post", "SLUSE_DEMO_MAILBOX": "post@example.org"}
    assert read_settings(named, demo=True).demo_mailbox == "post@example.org"
    assert read_settings({"SLUSE_DEMO_MAILBOX": "post@example.org"}, demo=True).demo_mailbox == ""
    assert read_settings(KEY | THREE | {"SLUSE_MAIL": "imap"}).demo_mailbox == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"SLUSE_MAIL": "exchange", "SLUSE_MAIL__SERVER": "https://mail.example.org/EWS/Exchange.asmx"},
            "leave SLUSE_MAIL=exchange out",
        ),
        ({"SLUSE_MAIL__USER": "EXAMPLE+post"}, "Set SLUSE_DEMO_MAILBOX"),
        ({"SLUSE_MAIL__PASSWORD": ""}, "Set either PASSWORD"),
        ({"SLUSE_RECORDS": "other"}, "The demo plays with SLUSE_RECORDS=archive"),
    ],
)
def test_the_demo_plays_with_its_own_systems_but_for_that(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(THREE | given, demo=True)
    assert said in str(refused.value)
    assert "hush-hush" not in str(refused.value)


def test_settings_that_are_made_read_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUSE_PORT", "1234")
    assert Settings(secret_key=KEY["SLUSE_SECRET_KEY"]).port == 8000


def test_the_reference_is_what_the_settings_are() -> None:
    written = Path(__file__).parents[2] / "docs" / "settings.md"
    assert written.read_text(encoding="utf-8") == markdown(), "make settings"


def test_every_setting_is_described() -> None:
    of_systems = [of_a_mail_system(name, kind) for name, kind in KINDS.items()]
    for name, info in [*variables().items(), *(each for options in of_systems for each in options.items())]:
        assert info.description, name
        assert info.examples, name
