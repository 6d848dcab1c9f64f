"""Signing in under attack: the owner gets in, nobody holds up who writes, and the house does not fill up."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app import database
from app.domain.access import Role
from app.models.event import Event
from app.services.platform import passwords
from tests.app.web.conftest import csrf_token
from tests.town import Town, eventually, mail

OWNER = f"{Role.VISITATOR}@town.example.org"
RIGHT = "secret-enough"


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def attempt(client: FlaskClient, email: str, password: str, source: str = "192.0.2.1") -> int:
    environ = {"REMOTE_ADDR": source}
    form = {"email": email, "password": password, "csrf_token": csrf_token(client, "/log-ind")}
    return client.post("/log-ind", data=form, environ_overrides=environ).status_code


def failures(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count(Event.id)).where(Event.kind == "login_failed")) or 0


def sign_out(client: FlaskClient) -> None:
    client.post("/log-ud", data={"csrf_token": csrf_token(client, "/henvendelser/")})


def test_a_stranger_does_not_lock_the_owner_out(app: Flask, browser: FlaskClient) -> None:
    """Neither from another network nor from the same one, as behind one proxy."""
    assert attempt(browser, OWNER, RIGHT) == 302
    sign_out(browser)
    stranger = app.test_client()
    for source in ("198.51.100.7", "192.0.2.1"):
        assert [attempt(stranger, OWNER, "wrong", source) for _ in range(7)] == [401] * 5 + [429] * 2
    assert attempt(browser, OWNER, RIGHT) == 302
    assert attempt(app.test_client(), OWNER, RIGHT, "203.0.113.5") == 302, "and from a new browser elsewhere"


def test_a_known_browser_may_not_guess_for_ever(browser: FlaskClient) -> None:
    assert attempt(browser, OWNER, RIGHT) == 302
    sign_out(browser)
    assert [attempt(browser, OWNER, "wrong") for _ in range(11)] == [401] * 10 + [429]
    assert attempt(browser, OWNER, RIGHT) == 429


def test_a_browser_is_known_for_its_owner_only(browser: FlaskClient) -> None:
    assert attempt(browser, OWNER, RIGHT) == 302
    sign_out(browser)
    other = f"{Role.ADMINISTRATOR}@town.example.org"
    assert [attempt(browser, other, "wrong") for _ in range(6)] == [401] * 5 + [429]


@pytest.mark.parametrize("cookie", ["", "x", "WzEsInh4Il0.aaaa.bbbb", '[1,"x"]', "\u00e6" * 50, "9" * 4_000])
def test_a_made_up_cookie_makes_no_browser_known(app: Flask, cookie: str) -> None:
    client = app.test_client()
    client.set_cookie("sluse-browser", cookie)
    assert [attempt(client, OWNER, "wrong") for _ in range(6)] == [401] * 5 + [429]


def test_addresses_tried_one_after_the_other_are_one_stranger(town: Town, app: Flask) -> None:
    client = app.test_client()
    codes = [attempt(client, f"p{n}@town.example.org", "wrong") for n in range(40)]
    assert codes == [401] * 30 + [429] * 10
    assert failures(town) == 30, "what is refused leaves nothing"


def test_of_an_ipv6_network_all_addresses_are_one_stranger(app: Flask) -> None:
    client = app.test_client()
    codes = [attempt(client, OWNER, "wrong", f"2001:db8:1:2::{n:x}") for n in range(1, 8)]
    assert codes == [401] * 5 + [429] * 2
    assert attempt(client, OWNER, "wrong", "2001:db8:1:3::1") == 401


def test_a_password_is_tried_while_others_write(
    town: Town, app: Flask, browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verification stands still until somebody else has written."""
    written = threading.Event()

    def write() -> None:
        with town.container.engine.connect() as connection, connection.begin():
            connection.execute(text("UPDATE account SET name = name"))
        written.set()

    def verify(_password_hash: str, password: str) -> bool:
        threading.Thread(target=write).start()
        assert written.wait(20), "the database is locked"
        return password == RIGHT

    monkeypatch.setattr(passwords, "fits", verify)
    assert attempt(browser, OWNER, RIGHT) == 302
    written.clear()
    assert attempt(app.test_client(), OWNER, "wrong") == 401


def test_a_few_passwords_are_tried_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes 64 MiB: strangers wait for one another, then they are sent away; whom the browser knows comes between."""
    go, inside, most, lock = threading.Event(), [0], [0], threading.Lock()

    def verify(_password_hash: str, password: str) -> bool:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        if password == "slow":
            assert go.wait(60)
        with lock:
            inside[0] -= 1
        return password == RIGHT

    monkeypatch.setattr(passwords, "fits", verify)
    owner = app.test_client()
    assert attempt(owner, OWNER, RIGHT) == 302
    sign_out(owner)
    codes: list[int] = []
    clients = [app.test_client() for _ in range(8)]
    tokens = [csrf_token(client, "/log-ind") for client in clients]

    def strange(n: int) -> None:
        form = {"email": f"p{n}@town.example.org", "password": "slow", "csrf_token": tokens[n]}
        code = clients[n].post("/log-ind", data=form, environ_overrides={"REMOTE_ADDR": f"192.0.2.{n}"}).status_code
        codes.append(code)

    threads = [threading.Thread(target=strange, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(codes) == 5)
    assert attempt(owner, OWNER, RIGHT) == 302
    go.set()
    for thread in threads:
        thread.join(60)
    assert most[0] <= 2
    assert sorted(codes) == [401] * 3 + [429] * 5


@pytest.mark.parametrize(("page", "most"), [("/henvendelser/?q=vej", 120), ("/henvendelser/henvendelser.csv", 10)])
def test_searches_and_exports_have_a_limit(app: Flask, page: str, most: int) -> None:
    client, other = app.test_client(), app.test_client()
    assert attempt(client, f"{Role.MANAGER}@town.example.org", RIGHT) == 302
    assert attempt(other, f"{Role.ADMINISTRATOR}@town.example.org", RIGHT) == 302
    assert [client.get(page).status_code for _ in range(most + 2)] == [200] * most + [429] * 2
    assert client.get("/henvendelser/").status_code == 200
    assert other.get(page).status_code == 200, "counted by person"


def test_the_return_link_has_a_limit(app: Flask) -> None:
    client = app.test_client()
    codes = [client.get("/retur/x", environ_overrides={"REMOTE_ADDR": "192.0.2.9"}).status_code for _ in range(32)]
    assert codes == [404] * 30 + [429] * 2
    assert client.get("/retur/x").status_code == 404


def rows(town: Town, *kinds: str) -> list[tuple[str, str, dict[str, object]]]:
    with database.read(town.container.engine) as session:
        found = session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id))
        return [(event.kind, event.by, event.data) for event in found]


def test_who_comes_and_goes_is_logged_with_where_from(town: Town, browser: FlaskClient) -> None:
    attempt(browser, OWNER, "wrong", "192.0.2.7")
    attempt(browser, OWNER, RIGHT, "192.0.2.8")
    sign_out(browser)
    sign_out_again = browser.post("/log-ud", data={"csrf_token": csrf_token(browser, "/log-ind")})
    assert sign_out_again.status_code == 302
    assert rows(town, "login_failed", "logged_in", "logged_out") == [
        ("login_failed", OWNER, {"source": "192.0.2.7"}),
        ("logged_in", OWNER, {"source": "192.0.2.8", "method": "password"}),
        ("logged_out", OWNER, {"source": "127.0.0.1"}),
    ]


@pytest.mark.parametrize(
    "typed", ["010190-1234", "Anna Jensen, Prøvegade 7", "anna@borger.example.org", "'; DROP TABLE event"]
)
def test_what_a_stranger_types_as_a_name_is_not_kept(town: Town, browser: FlaskClient, typed: str) -> None:
    attempt(browser, typed, "wrong")
    assert rows(town, "login_failed") == [("login_failed", "", {"source": "192.0.2.1"})]


def test_a_stranger_cannot_fill_the_log(app: Flask, town: Town) -> None:
    stranger = app.test_client()
    for n in range(80):
        stranger.get(f"/henvendelser/{n}")
        stranger.get(f"/retur/{n}")
        stranger.get(f"/findes-ikke/{n}")
    for n in range(40):
        attempt(stranger, f"{n}@example.org", "x")
    assert len(rows(town, "login_failed")) == 30
    assert not rows(town, "refused")


def test_what_somebody_is_refused_is_logged_once_an_hour(app: Flask, town: Town, browser: FlaskClient) -> None:
    (foreign,) = town.receive(mail("Hul", "Hul i vejen"))
    client = app.test_client()
    assert attempt(client, f"{Role.CASEWORKER}@town.example.org", RIGHT) == 302
    for _ in range(3):
        assert client.get(f"/henvendelser/{foreign}").status_code == 404
    assert client.get(f"/henvendelser/{foreign}/original").status_code == 404
    assert client.get("/robot/").status_code == 404
    stated = [(by, data["page"], data["asked"]) for _, by, data in rows(town, "refused")]
    asked, who = {"enquiry_id": str(foreign)}, f"{Role.CASEWORKER}@town.example.org"
    assert stated == [(who, "enquiries.show", asked), (who, "enquiries.original", asked), (who, "robot.index", {})]
    for n in range(100, 180):
        client.get(f"/henvendelser/{n}")
    assert len(rows(town, "refused")) == 60
