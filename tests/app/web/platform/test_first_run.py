"""The first administrator: made by whoever can read the house's files, once."""

import stat

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app import database
from app.container import Container
from app.domain.access import Role
from app.errors import RefusedError
from app.models.account import Account
from app.services.platform import first_run, passwords
from app.web.platform.factory import create_app
from tests.app.web.conftest import csrf_token
from tests.town import now

GOOD = "kaktus harmonika 4 torden"
FORM = {"name": "Første Prøve", "email": "foerste@town.example.org", "password": GOOD, "again": GOOD}


@pytest.fixture
def empty(container: Container) -> tuple[Flask, str]:
    code = first_run.prepare(container.engine, container.settings.home)
    assert code
    return create_app(container), code


def send(app: Flask, **given: str) -> int:
    client = app.test_client()
    token = csrf_token(client, "/foerste-gang/")
    return client.post("/foerste-gang/", data={"csrf_token": token, **FORM, **given}).status_code


def test_an_empty_house_asks_for_its_first_administrator(empty: tuple[Flask, str], container: Container) -> None:
    app, code = empty
    file = container.settings.home / first_run.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first_run.prepare(container.engine, container.settings.home) == code, "the same after a restart"
    assert app.test_client().get("/log-ind").location == "/foerste-gang/"
    assert send(app, code=code.lower().replace("-", " ")) == 302
    assert not file.exists()
    assert app.test_client().get("/foerste-gang/").status_code == 404
    assert app.test_client().get("/log-ind").status_code == 200
    assert first_run.prepare(container.engine, container.settings.home) is None
    with database.read(container.engine) as db:
        assert [row.role for row in db.scalars(select(Account))] == [Role.ADMINISTRATOR]


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": ""}, {"code": "AAAA-AAAA-AAAA"}, {"code": "x" * 5000}, {"code": "æøå"}, {"code": "\x00"},
        {"password": "kort", "again": "kort"},
        {"again": "another"}, {"email": "ingen"}, {"name": ""},
    ],
)  # fmt: skip
def test_nobody_else_becomes_it(empty: tuple[Flask, str], container: Container, wrong: dict[str, str]) -> None:
    app, code = empty
    assert send(app, **({"code": code} | wrong)) == 422
    with database.read(container.engine) as db:
        assert db.scalars(select(Account)).all() == []
    assert send(app, code=code) == 302


def test_guessing_the_code_is_slowed_down(empty: tuple[Flask, str]) -> None:
    app, _ = empty
    assert [send(app, code=str(n)) for n in range(11)] == [422] * 10 + [429]


def test_a_house_that_had_one_makes_no_other_this_way(empty: tuple[Flask, str], container: Container) -> None:
    app, code = empty
    client = app.test_client()
    token = csrf_token(client, "/foerste-gang/")
    assert send(app, code=code) == 302
    with database.write(container.engine) as db:
        db.scalars(select(Account)).one().active = False
    again = client.post("/foerste-gang/", data={"csrf_token": token, **FORM, "code": code})
    assert again.status_code == 404


def test_without_its_file_no_code_is_right(empty: tuple[Flask, str], container: Container) -> None:
    app, _code = empty
    (container.settings.home / first_run.FILE).unlink()
    assert send(app, code="") == 422
    with database.write(container.engine) as db:
        assert db.execute(delete(Account)).rowcount == 0


def test_two_at_once_make_one(empty: tuple[Flask, str], container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have shown the code; the second is through with hashing when the first is there already."""
    _app, code = empty
    given = {"code": code, "name": "Prøve", "password": GOOD}
    hashed = passwords.hashed

    def slowly(password: str) -> str:
        monkeypatch.setattr(passwords, "hashed", hashed)
        first_run.make(container.engine, container.settings.home, **given, email="a@town.example.org", now=now())
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", slowly)
    with pytest.raises(RefusedError):
        first_run.make(container.engine, container.settings.home, **given, email="b@town.example.org", now=now())
    with database.read(container.engine) as db:
        assert [row.email for row in db.scalars(select(Account))] == ["a@town.example.org"]
