"""The page of alarms, and forgetting an account's labels in two steps."""

import html

from flask.testing import FlaskClient
from sqlalchemy import event

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.alarm import AlarmKind
from app.domain.enquiry import LabelSource
from app.models.enquiry import Enquiry
from app.services.learning import alarms, labels
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, Town, mail, now


def test_an_alarm_is_shown_until_seen(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    assert "Ingen alarmer" in client.get("/alarmer/").text
    town.automatic()
    data = {"before": 0.1, "after": 0.4, "words": ["affaldssortering"]}
    with database.write(town.container.engine) as session:
        for kind in (AlarmKind.ERROR, AlarmKind.VOCABULARY):
            alarms.raise_alarm(session, kind, town.units[PARK], since=now(), data=data, now=now())
    page = client.get("/alarmer/").text
    assert all(text in page for text in ("affaldssortering", "Robotten foreslår nu kun", "Flere forkerte forslag"))
    client.post("/alarmer/1/set", data={"csrf_token": csrf_token(client, "/alarmer/")})
    assert "administrator@town.example.org ·" in client.get("/alarmer/").text


def test_open_alarms_are_counted_in_the_menu_of_those_who_may_see_them(town: Town, sign_in: SignIn) -> None:
    client, manager = sign_in(Role.ADMINISTRATOR), sign_in(Role.MANAGER)
    assert "count" not in menu(client)
    statements: list[str] = []
    event.listen(town.container.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))
    for n, unit in enumerate(town.units.values(), 1):
        with database.write(town.container.engine) as session:
            data = {"before": 0.0, "after": 0.4, "words": [f"ord{n}"]}
            alarms.raise_alarm(session, AlarmKind.VOCABULARY, unit, since=now(), data=data, now=now())
        statements.clear()
        assert f'<span class="count">{n}<span class="hide"> {"åben" if n == 1 else "åbne"}</span>' in menu(client)
        assert sum("FROM alarm" in statement for statement in statements) == 1
    assert "count" not in menu(manager)
    client.post("/alarmer/1/set", data={"csrf_token": csrf_token(client, "/alarmer/")})
    assert '<span class="count">2<' in menu(client)


def menu(client: FlaskClient) -> str:
    return client.get("/henvendelser/").text.split("<nav")[1].split("</nav>")[0]


def test_forgetting_an_account_shows_first_what_it_does(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    enquiry_id = town.receive(mail("Træ", "Træet er væltet"))[0]
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        labels.give(
            session, enquiry, town.units[PARK], LabelSource.CONFIRMED, by=Actor("fjende@example.org"), now=now()
        )
    asked = {"konto": "fjende@example.org", "siden": "2020-01-01T00:00"}
    assert "Glem valgene" in client.get("/alarmer/", query_string=asked).text
    token = csrf_token(client, "/alarmer/")
    after = client.post("/alarmer/mistro", data=asked | {"csrf_token": token}, follow_redirects=True).text
    assert "Lad dem tælle igen" in after
    assert "ingen valg" in html.unescape(client.get("/alarmer/", query_string=asked).text)
    client.post("/alarmer/mistro/1/ophaev", data={"csrf_token": token})
    assert "Glem valgene" in client.get("/alarmer/", query_string=asked).text
    assert client.get("/alarmer/", query_string=asked | {"siden": "i går"}).status_code == 422
