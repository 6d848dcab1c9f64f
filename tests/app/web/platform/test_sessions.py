"""A sign-in ends where it should: whoever holds a copy of its cookie holds nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.errors import RefusedError
from app.models.account import Account
from app.models.user_session import UserSession
from app.services.platform import sessions
from app.web.platform.sessions import browser_name
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import Town

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PAGE = "/visitering/"


def copy(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with the same cookies: what somebody has who read them once."""
    thief = app.test_client()
    for cookie in client._cookies.values():  # type: ignore[union-attr]
        thief.set_cookie(cookie.key, cookie.value)
    return thief


def opens(client: FlaskClient, **headers: str) -> bool:
    return client.get(PAGE, headers=headers).status_code == 200


def later(town: Town, *, idle: timedelta = timedelta(), age: timedelta = timedelta()) -> None:
    """Let time pass: since somebody did something last, and since they signed in."""
    now = datetime.now(UTC)
    with database.write(town.container.engine) as db:
        db.execute(update(UserSession).values(seen_at=now - idle, created_at=now - max(age, idle)))


def rows(town: Town) -> list[UserSession]:
    with database.read(town.container.engine) as db:
        return list(db.scalars(select(UserSession).order_by(UserSession.id)))


def sign_out(client: FlaskClient) -> None:
    assert client.post("/log-ud", data={"csrf_token": csrf_token(client, PAGE)}).status_code == 302


def keep_posting(client: FlaskClient) -> None:
    """What changes the session's own contents: a language, a message, a round of practice."""
    token = csrf_token(client, PAGE)
    client.post("/oevelse/begynd", data={"csrf_token": token})
    client.post("/sprog/da", data={"csrf_token": token})


def test_a_copied_cookie_is_dead_after_signing_out(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    thief = copy(app, client)
    assert opens(thief)
    sign_out(client)
    assert not opens(thief)
    assert not opens(client)


def test_another_browser_of_the_same_person_goes_on(app: Flask, sign_in: SignIn) -> None:
    here, there = sign_in(Role.VISITATOR), sign_in(Role.VISITATOR)
    sign_out(here)
    assert opens(there)


@pytest.mark.parametrize(("idle", "alive"), [(59 * MINUTE, True), (60 * MINUTE, False), (26 * HOUR, False)])
def test_an_idle_sign_in_ends(town: Town, sign_in: SignIn, idle: timedelta, alive: bool) -> None:
    client = sign_in(Role.VISITATOR)
    later(town, idle=idle)
    assert opens(client) is alive


@pytest.mark.parametrize(("age", "alive"), [(9 * HOUR + 59 * MINUTE, True), (10 * HOUR, False), (48 * HOUR, False)])
def test_no_sign_in_lasts_for_ever_whatever_is_done(town: Town, sign_in: SignIn, age: timedelta, alive: bool) -> None:
    client = sign_in(Role.VISITATOR)
    later(town, age=9 * HOUR)
    keep_posting(client)
    later(town, age=age)
    assert opens(client) is alive


def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    later(town, idle=50 * MINUTE)
    assert opens(client, **{"Sluse-Unattended": "1"})
    before = rows(town)[0].seen_at
    assert datetime.now(UTC) - before > 49 * MINUTE
    assert opens(client)
    assert datetime.now(UTC) - rows(town)[0].seen_at < MINUTE


def test_being_there_is_written_down_once_a_minute(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    first = rows(town)[0].seen_at
    assert opens(client)
    assert rows(town)[0].seen_at == first


def test_the_token_of_forms_is_another_after_signing_in_and_out(app: Flask) -> None:
    client = app.test_client()
    tokens = [csrf_token(client, "/log-ind")]
    form = {"email": f"{Role.VISITATOR}@town.example.org", "password": "secret-enough", "csrf_token": tokens[0]}
    assert client.post("/log-ind", data=form).status_code == 302
    tokens.append(csrf_token(client, PAGE))
    assert client.post("/sprog/da", data={"csrf_token": tokens[0]}).status_code == 400
    sign_out(client)
    assert client.post("/sprog/da", data={"csrf_token": tokens[1]}).status_code == 400


def test_a_stranger_leaves_no_row(app: Flask, town: Town) -> None:
    stranger = app.test_client()
    for page in ("/log-ind", PAGE, "/", "/findes-ikke"):
        stranger.get(page)
    assert rows(town) == []


@pytest.mark.parametrize("key", ["", "1", "1.0123456789abcdef", "x" * 5000, "\x00", "æøå", "' OR 1=1 --"])
def test_no_other_key_opens_anything(app: Flask, sign_in: SignIn, key: str) -> None:
    client = sign_in(Role.VISITATOR)
    with client.session_transaction() as kept:
        kept["_user_id"] = key
    assert client.get(PAGE).status_code == 302


def test_the_row_does_not_hold_the_key(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    with client.session_transaction() as kept:
        key = kept["_user_id"]
    (row,) = rows(town)
    assert key not in (row.key_hash, row.browser, row.source)
    assert len(key) >= 43


def test_what_is_over_is_cleared_away(town: Town, sign_in: SignIn) -> None:
    sign_in(Role.VISITATOR)
    later(town, idle=HOUR)
    sign_in(Role.MANAGER)
    assert len(rows(town)) == 1


def end_one(db: Session, town: Town) -> None:
    (row,) = sessions.open_ones(db, town.visitator.id, now=datetime.now(UTC))
    assert sessions.end(db, row.id, town.visitator.id)
    assert not sessions.end(db, row.id, town.visitator.id)


def end_all(db: Session, town: Town) -> None:
    assert sessions.end_all(db, town.visitator.id) == 1


@pytest.mark.parametrize("ended", [end_one, end_all])
def test_ended_from_elsewhere(town: Town, sign_in: SignIn, ended: Callable[[Session, Town], None]) -> None:
    client, other = sign_in(Role.VISITATOR), sign_in(Role.MANAGER)
    with database.write(town.container.engine) as db:
        ended(db, town)
    assert not opens(client)
    assert opens(other)


def test_nobody_ends_anothers(town: Town, sign_in: SignIn) -> None:
    sign_in(Role.VISITATOR)
    (row,) = rows(town)
    with database.write(town.container.engine) as db:
        assert not sessions.end(db, row.id, town.people[Role.MANAGER].id)
    assert len(rows(town)) == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("(Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("(Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("(iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Safari/604.1", "Safari, iPhone"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_called_what_people_call_it(agent: str, name: str) -> None:
    assert browser_name(agent) == name


CHANGES = {
    "password": {"password_hash": "another"},
    "closed": {"active": False},
    "code": {"factor_secret": "sealed"},
    "moved to the identity provider": {"issuer": "https://id.example.org", "subject": "7"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_sign_in_under_way_does_not_outlive_the_account_it_began_with(town: Town, change: str) -> None:
    """The password is tried outside every transaction; what is changed meanwhile counts."""
    shown = town.visitator
    with database.write(town.container.engine) as db:
        for name, value in CHANGES[change].items():
            setattr(db.get_one(Account, shown.id), name, value)
    with pytest.raises(RefusedError), database.write(town.container.engine) as db:
        sessions.begin(db, shown, sessions.Device("192.0.2.1", ""), method="password", now=datetime.now(UTC))
    assert rows(town) == []
