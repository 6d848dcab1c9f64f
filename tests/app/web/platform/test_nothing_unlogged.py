"""No row, no view: every route of the house, with a log that can be written and with one that cannot."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from werkzeug.routing import Rule

from app import database
from app.domain.access import Role
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.services.triage import notes
from tests.app.web.canaries import CANARIES, canary
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.routes import VALUES, rules
from tests.databases import POSTGRESQL
from tests.town import PARK, Town, mail, now

HTMX = {"HX-Request": "true"}
READERS = [role for role in Role if role is not Role.AUDITOR]


@pytest.fixture
def mails(town: Town) -> list[int]:
    """Mails that wait, that are alike, and one at a unit, with a note."""
    town.teach_history(1)
    ids = town.receive(*(canary(n) for n in range(4)))
    with database.write(town.container.engine) as session:
        notes.write(session, session.get_one(Enquiry, ids[0]), "Kvistrune igen", by=town.visitator.actor, now=now())
    town.decide(ids[0], PARK)
    town.decide(ids[1], PARK)
    town.learn()
    return ids


def close_the_log(town: Town) -> None:
    if POSTGRESQL:
        body = "$$ BEGIN RAISE EXCEPTION 'the log is full'; END $$"
        statements = [
            f"CREATE FUNCTION no_log() RETURNS trigger LANGUAGE plpgsql AS {body}",
            "CREATE TRIGGER no_log BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION no_log()",
        ]
    else:
        statements = ["CREATE TRIGGER no_log BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'the log is full'); END"]
    with town.container.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def open_the_log(town: Town) -> None:
    with town.container.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER no_log" + (" ON event" if POSTGRESQL else "")))


def addresses(app: Flask, rule: Rule, mails: list[int], method: str) -> Iterator[str]:
    """A route's address, for each of the mails where it is about one; with what makes it show more."""
    values = {name: VALUES[name] for name in rule.arguments}
    for number in (mails[0], mails[-1]) if "enquiry_id" in values else mails[:1]:
        if "enquiry_id" in values:
            values["enquiry_id"] = number
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
        yield address
        if method == "GET" and number == mails[0]:
            yield f"{address}?q=nummer&ord=nummer&kun={number}&vis=alt&enhed=1&mail={number}&aktuel={number}"


def found(answer: str) -> set[str]:
    return {word for word in CANARIES if word in answer.lower()}


def answers(app: Flask, client: FlaskClient, mails: list[int]) -> Iterator[tuple[str, int, str]]:
    """(address, status, body) of every route that may be asked, plain and by a script."""
    for rule in rules(app):
        if rule.endpoint == "static" or "GET" not in (rule.methods or ()):
            continue
        for address in addresses(app, rule, mails, "GET"):
            for headers in ({}, HTMX):
                response = client.get(address, headers=headers, buffered=True)
                yield address, response.status_code, response.get_data().decode(errors="replace")


@pytest.mark.parametrize("role", READERS)
def test_no_word_of_a_mail_leaves_without_a_row(
    app: Flask, town: Town, sign_in: SignIn, mails: list[int], role: Role
) -> None:
    client = sign_in(role)
    last, shown = newest(town), 0
    for address, status, body in answers(app, client, mails):
        fresh = since(town, last)
        last = max((event.id for event in fresh), default=last)
        if not found(body):
            continue
        shown += 1
        logged = {event.enquiry_id for event in fresh} | {n for event in fresh for n in event.data.get("enquiries", ())}
        assert logged & set(mails), (address, status, found(body), [event.kind for event in fresh])
        assert {event.by for event in fresh} == {f"{role}@town.example.org"}
    assert shown > (20 if role is Role.CASEWORKER else 40)


@pytest.mark.parametrize("role", READERS)
def test_nothing_is_shown_while_the_log_cannot_be_written(
    app: Flask, town: Town, sign_in: SignIn, mails: list[int], role: Role
) -> None:
    client = sign_in(role)
    token = csrf_token(client, "/hjaelp/")
    app.testing = False
    close_the_log(town)
    refused = 0
    for address, status, body in answers(app, client, mails):
        assert not found(body), address
        refused += status == 500
    assert refused > 10
    for rule in rules(app):
        if rule.endpoint.startswith("auth.") or "POST" not in (rule.methods or ()):
            continue
        for address in addresses(app, rule, mails, "POST"):
            for headers in ({}, HTMX):
                form = {"csrf_token": token, "unit": town.units[PARK], "version": 1, "vist": mails[-1], "address": "x"}
                response = client.post(address, data=form, headers=headers, buffered=True)
                assert not found(response.get_data(as_text=True)), address


def test_mails_are_taken_in_while_the_log_cannot_be_written(town: Town) -> None:
    """What cannot be logged waits in the mailbox, whole; nothing is lost, and it comes in by itself afterwards."""
    close_the_log(town)
    town.gateway.deliver("tmf@town.example.org", canary(7))
    with pytest.raises(Exception, match="the log is full"):
        town.take_in()
    open_the_log(town)
    assert enquiries(town) == 0
    town.take_in()
    assert enquiries(town) == 1


def enquiries(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count(Enquiry.id))) or 0


@pytest.mark.parametrize("way", ["", "/original", "/html", "/bilag/0", "/haendelseslog"])
def test_as_many_rows_as_looks(town: Town, sign_in: SignIn, mails: list[int], way: str) -> None:
    client = sign_in(Role.MANAGER)
    for n in range(1, 4):
        assert client.get(f"/henvendelser/{mails[0]}{way}", buffered=True).status_code == 200
        assert looks(town, mails[0], "manager") == n


def looks(town: Town, enquiry_id: int, who: str) -> int:
    with database.read(town.container.engine) as session:
        query = select(Event).where(Event.by == f"{who}@town.example.org", Event.enquiry_id == enquiry_id)
        return len(session.scalars(query.where(Event.kind.in_(["viewed", "downloaded"]))).all())


def test_what_is_loaded_ahead_is_logged_before_it_is_seen(town: Town, sign_in: SignIn, mails: list[int]) -> None:
    client, waiting = sign_in(Role.VISITATOR), mails[2:]
    shown = client.get("/visitering/").text
    token = csrf_token(client, "/hjaelp/")
    ahead = client.post(f"/visitering/{waiting[0]}/naeste", data={"csrf_token": token}, headers=HTMX)
    assert found(ahead.text)
    with database.read(town.container.engine) as session:
        query = select(Event.enquiry_id, Event.data).where(Event.kind == "viewed").order_by(Event.id)
        logged = [(number, data["purpose"]) for number, data in session.execute(query)]
    assert logged == [(waiting[0], "triage"), (waiting[1], "triage, ahead")]
    assert f'action="/visitering/{waiting[0]}"' in shown


def test_a_queue_that_stands_still_is_not_sent_again(town: Town, sign_in: SignIn, mails: list[int]) -> None:
    client = sign_in(Role.VISITATOR)
    poll = client.get("/visitering/", headers=HTMX).text.split('hx-get="/visitering/koe')[1].split('"')[0]
    poll = "/visitering/koe" + poll.replace("&amp;", "&")
    last = newest(town)
    assert client.get(poll, headers=HTMX).status_code == 204
    assert not since(town, last)
    town.receive(mail("Kvistrune ni", "Hul i vejen"))
    assert "Kvistrune ni" in client.get(poll, headers=HTMX).text
    assert [event.kind for event in since(town, last) if event.by != "robot"] == ["listed"]


def newest(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalars(select(Event.id).order_by(Event.id.desc()).limit(1)).first() or 0


def since(town: Town, last: int) -> list[Event]:
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(Event).where(Event.id > last).order_by(Event.id)))
