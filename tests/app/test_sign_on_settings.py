"""The settings of an identity provider: all that is needed or nothing, and what to write where something is wrong."""

from pathlib import Path

import pytest

from app.config import SettingsError
from app.environment import read_settings

ALL = {
    "SLUSE_SECRET_KEY": "a-secret-for-tests-only",
    "SLUSE_BASE_URL": "https://sluse.kommune.example.org",
    "SLUSE_OIDC_ISSUER": "https://login.kommune.example.org/realms/kommune",
    "SLUSE_OIDC_CLIENT_ID": "sluse",
    "SLUSE_OIDC_CLIENT_SECRET": "hemmelig-hos-udbyderen",
}


def test_nothing_set_is_no_provider() -> None:
    assert read_settings({"SLUSE_SECRET_KEY": ALL["SLUSE_SECRET_KEY"], "SLUSE_OIDC_BUTTON": " "}).sign_on is None


def test_all_that_is_needed() -> None:
    known = read_settings(ALL).sign_on
    assert known is not None
    assert (known.issuer, known.client_id, known.client_secret) == tuple(list(ALL.values())[2:])
    assert (known.scopes, known.groups_claim, known.button) == ("openid profile email", "groups", "")
    assert known.origin == "https://login.kommune.example.org"


def test_what_may_be_set_besides() -> None:
    more = {
        "SLUSE_OIDC_SCOPES": "profile  groups",
        "SLUSE_OIDC_GROUPS_CLAIM": "roles",
        "SLUSE_OIDC_BUTTON": "Log ind med KK",
    }
    known = read_settings(ALL | more).sign_on
    assert known is not None
    assert (known.scopes, known.groups_claim, known.button) == ("openid profile groups", "roles", "Log ind med KK")


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:9400", "http://localhost:9400/x", "http://[::1]:9400", "https://a.example.org/"]
)
def test_issuers_that_nobody_reads_along_with(issuer: str) -> None:
    known = read_settings(ALL | {"SLUSE_OIDC_ISSUER": issuer}).sign_on
    assert known is not None
    assert known.issuer == issuer


@pytest.mark.parametrize(
    "issuer",
    ["http://login.example.org", "login.example.org", "ftp://a.example.org", "https://", "https://a.example.org/?x=1", "https://[",
     "https://a.example.org/#x", "https://b@a.example.org", "http://localhost.evil.example.org", "http://127.0.0.1@evil.example.org",
     "https://a.example.org:x", "http://0.0.0.0:1", "javascript:x"],
)  # fmt: skip
def test_issuers_that_will_not_do(issuer: str) -> None:
    with pytest.raises(SettingsError, match="SLUSE_OIDC_ISSUER must be an https address"):
        read_settings(ALL | {"SLUSE_OIDC_ISSUER": issuer})


@pytest.mark.parametrize("missing", ["SLUSE_OIDC_ISSUER", "SLUSE_OIDC_CLIENT_ID", "SLUSE_OIDC_CLIENT_SECRET"])
def test_what_is_missing_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"Set {missing} as well"):
        read_settings({name: value for name, value in ALL.items() if name != missing})


def test_people_must_be_sent_back_over_https() -> None:
    with pytest.raises(SettingsError, match="Set SLUSE_BASE_URL to the https address"):
        read_settings(ALL | {"SLUSE_BASE_URL": "http://sluse.kommune.example.org"})


def test_the_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("fra-en-fil\n")
    given = {name: value for name, value in ALL.items() if name != "SLUSE_OIDC_CLIENT_SECRET"}
    known = read_settings(given | {"SLUSE_OIDC_CLIENT_SECRET_FILE": str(file)}).sign_on
    assert known is not None
    assert known.client_secret == "fra-en-fil"


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "cannot be read"), (b"", "is empty"), (b" \n", "is empty"), (b"\xff\xfe", "cannot be read")],
)
def test_a_file_without_a_secret_is_told(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    given = {name: value for name, value in ALL.items() if name != "SLUSE_OIDC_CLIENT_SECRET"}
    with pytest.raises(SettingsError, match=says):
        read_settings(given | {"SLUSE_OIDC_CLIENT_SECRET_FILE": str(file)})


def test_one_secret_is_enough(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="not both"):
        read_settings(ALL | {"SLUSE_OIDC_CLIENT_SECRET_FILE": str(tmp_path)})


def test_the_secret_is_not_told() -> None:
    assert ALL["SLUSE_OIDC_CLIENT_SECRET"] not in repr(read_settings(ALL))
