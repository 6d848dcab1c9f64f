"""From an empty house to the first mails: each step tells how it stands, and what is missing still."""

import re
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import database
from app.container import Container
from app.domain.access import Role
from app.domain.enquiry import State
from app.domain.events.organisation import MailboxTried
from app.domain.routing import Mode
from app.models.account import Account
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.rule import Rule
from app.models.unit import Mailbox, MailboxState, Unit
from app.services.organisation import people
from app.services.platform import first_run, settings
from app.web.platform.factory import create_app
from connectors.errors import CertificateRefused, ConnectorError, NotReached, SignInRefused
from connectors.mail.message import Folder
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.steps import post
from tests.town import PARK, SHARED, UNITS, Town, mail, now

GOOD = "kaktus harmonika 4 torden"
FORM = {"name": "Første Prøve", "email": "foerste@town.example.org", "password": GOOD, "again": GOOD}
PAGE = "/opsaetning/"


@pytest.fixture
def empty(container: Container) -> FlaskClient:
    """The first administrator of an empty house, just signed in."""
    code = first_run.prepare(container.engine, container.settings.home)
    client = create_app(container).test_client()
    token = csrf_token(client, "/foerste-gang/")
    answer = client.post("/foerste-gang/", data={"csrf_token": token, "code": code, **FORM})
    assert answer.location == PAGE
    return client


@pytest.fixture
def administrator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.ADMINISTRATOR)


def states(client: FlaskClient) -> Mapping[str, str]:
    return dict(re.findall(r'<li id="(\w+)" class="(\w+)">', client.get(PAGE).text))


def test_in_an_empty_house_all_is_missing_and_the_administrator_lands_here(empty: FlaskClient) -> None:
    assert set(states(empty).values()) == {"missing"}
    assert empty.get("/").location == PAGE
    html = empty.get(PAGE).text
    assert "Navnet mangler." in html
    assert "Hvad mangler der?" not in html


def test_the_name_is_said_here_and_stands_at_the_head_of_what_is_printed(empty: FlaskClient) -> None:
    assert post(empty, f"{PAGE}navn", PAGE, name="  ").status_code == 422
    assert post(empty, f"{PAGE}navn", PAGE, name=" Ny  Kommune ").status_code == 303
    assert "<b>Ny Kommune</b>" in empty.get(PAGE).text
    assert states(empty)["authority"] == "begun"
    post(empty, "/frister/kalender", PAGE, yearly="06-05", soon="2")
    assert states(empty)["authority"] == "ready"


def test_what_the_settings_say_cannot_be_changed_here(town: Town, administrator: FlaskClient) -> None:
    named = town.container.settings.model_copy(update={"municipality": "Fast Kommune"})
    town.container.settings = named
    html = administrator.get(PAGE).text
    assert "<b>Fast Kommune</b>" in html
    assert 'name="name"' not in html
    assert post(administrator, f"{PAGE}navn", PAGE, name="Anden").status_code == 422
    assert "Fast Kommune" in administrator.get(PAGE).text


def test_the_example_is_ten_observed_units_and_comes_into_an_empty_house_only(
    empty: FlaskClient, container: Container
) -> None:
    assert post(empty, f"{PAGE}eksempel", PAGE).status_code == 303
    with database.read(container.engine) as db:
        units = list(db.scalars(select(Unit)))
    assert len(units) == 10
    assert {unit.mode for unit in units} == {Mode.OBSERVE}
    assert all(unit.guide and unit.address.endswith("@example.org") for unit in units)
    assert container.gateway.new_messages("park@example.org", None, folder=Folder.RETURNS).messages == ()
    html = empty.get(PAGE).text
    assert states(empty)["units"] == "begun"
    assert "Enheder med en opfunden adresse (@example.org) (10)" in html
    assert "Begynd med et eksempel" not in html
    assert post(empty, f"{PAGE}eksempel", PAGE).status_code == 422
    with database.write(container.engine) as db:
        for unit in db.scalars(select(Unit)):
            unit.address = unit.address.replace("example.org", "kommune.example.org")
    assert states(empty)["units"] == "ready"


def test_a_mail_system_is_ready_when_a_mailbox_was_read_in_it(
    empty: FlaskClient, container: Container, tmp_path: object
) -> None:
    post(empty, "/mailsystemer/", PAGE, main="1", kind="folder", root=str(tmp_path))
    assert states(empty)["mail_systems"] == "begun"
    assert "Et mailsystem er ikke prøvet endnu" in empty.get(PAGE).text
    with database.write(container.engine) as db:
        db.add_all([Mailbox(address=SHARED, name="Post"), MailboxState(address=SHARED, seen_at=now())])
    assert states(empty)["mail_systems"] == "ready"


def test_a_units_own_mailbox_that_cannot_be_read_is_told_too(town: Town, administrator: FlaskClient) -> None:
    with database.write(town.container.engine) as db:
        db.add(MailboxState(address=SHARED, seen_at=now()))
        db.add(MailboxState(address=UNITS[PARK], failing_since=now()))
    assert states(administrator)["mailboxes"] == "begun"
    html = administrator.get(PAGE).text
    assert "Enheder, hvis egen postkasse ikke kan læses lige nu (1)" in html
    assert 'href="/postkasser/"' in html.split('id="mailboxes"')[1].split("</li>\n    <li id")[0]


def test_mailboxes_are_ready_when_the_robot_has_seen_into_all(town: Town, administrator: FlaskClient) -> None:
    assert states(administrator)["mailboxes"] == "begun"
    with database.write(town.container.engine) as db:
        db.add(MailboxState(address=SHARED, seen_at=now()))
    assert states(administrator)["mailboxes"] == "ready"
    with database.write(town.container.engine) as db:
        db.execute(update(MailboxState).values(failing_since=now()))
    assert states(administrator)["mailboxes"] == "begun"
    assert "Postkasser, der ikke kan læses lige nu (1)" in administrator.get(PAGE).text
    assert administrator.get("/").location == "/robot/", "a house that is begun has its usual first page"


def test_a_visitator_is_invited_and_then_comes(empty: FlaskClient, container: Container) -> None:
    with database.write(container.engine) as db:
        first = db.scalars(select(Account)).one()
        invited, _key = people.invite(
            db, email="v@town.example.org", name="V", role=Role.VISITATOR, unit_id=None, by=first.actor, now=now()
        )
        invited_id = invited.id
    assert states(empty)["people"] == "begun"
    with database.write(container.engine) as db:
        db.get_one(Account, invited_id).password_hash = "chosen"
    assert states(empty)["people"] == "ready"


def test_the_first_mail_makes_observing_ready_and_what_acts_by_itself_is_told(
    town: Town, administrator: FlaskClient
) -> None:
    assert states(administrator)["observe"] == "begun"
    town.receive(mail("Træ", "Træet i parken er væltet"))
    assert states(administrator)["observe"] == "ready"
    html = administrator.get(PAGE).text
    assert "observeres ikke" not in html
    with database.write(town.container.engine) as db:
        db.get_one(Unit, town.units[PARK]).mode = Mode.AUTOMATIC
        db.add(Rule(position=1, name="Træer", words="træ", unit_id=town.units[PARK]))
        db.execute(update(Mailbox).values(acknowledge=True))
    html = administrator.get(PAGE).text
    assert "1 enhed observeres ikke" in html
    assert "1 regel sender selv mails til en enhed" in html
    assert "1 postkasse kvitterer" in html


def test_an_observed_unit_gets_nothing_by_itself(town: Town) -> None:
    """Not even where the model is sure, and any limit would do."""
    town.teach_history()
    with database.write(town.container.engine) as db:
        db.execute(update(Unit).values(mode=Mode.OBSERVE))
        settings.put(db, settings.CONFIDENCE_LIMIT, 0.0)
    ids = town.receive(*(mail(f"Træ {n}", "Træet i parken er væltet") for n in range(5)))
    assert len(ids) == 5
    assert {town.enquiry(each).state for each in ids} == {State.TRIAGE}
    with database.read(town.container.engine) as db:
        assert db.scalars(select(Forward)).all() == []
        assert db.scalars(select(Enquiry.id).where(Enquiry.automatic)).all() == []
    for address in (SHARED, "park@town.example.org"):
        assert town.gateway.new_messages(address, None, folder=Folder.SENT).messages == ()
    assert town.gateway.new_messages("park@town.example.org", None).messages == ()


def test_what_each_unit_lacks_is_counted(town: Town, administrator: FlaskClient) -> None:
    html = administrator.get(PAGE).text
    assert html.count("0 af 59 bedømt") == 3
    assert html.count("ikke nok kendt endnu") == 3
    with database.write(town.container.engine) as db:
        settings.put(db, settings.CONFIDENCE_LIMIT, 0.8)
    assert administrator.get(PAGE).text.count("muligt fra 80") == 3


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (
            CertificateRefused("imap.example.org", "self-signed certificate"),
            "skriv filen med jeres certifikatudsteder under Mailsystemer",
        ),
        (
            NotReached("smtp.example.org:465", "ConnectionRefusedError"),
            "om server og port er rigtige under Mailsystemer",
        ),
        (SignInRefused("the mail server refuses the sign-in", retryable=False), "Ret brugernavn, adgangskode"),
        (SignInRefused("Exchange does not let us in", retryable=True), "Ret brugernavn, adgangskode"),
        (ConnectorError("there is no such folder", retryable=False), "om adressen er stavet rigtigt"),
    ],
)
def test_what_is_wrong_is_told_with_where_to_mend_it(
    town: Town, administrator: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: ConnectorError, advice: str
) -> None:
    def failing(*_given: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr(type(town.container.gateway), "new_messages", failing)
    there = "/enheder/postkasse?id=1"
    post(administrator, f"{PAGE}postkasse/1/kig", there)
    assert advice in administrator.get(there).text


def test_a_mailbox_is_tried_from_its_page(town: Town, administrator: FlaskClient) -> None:
    town.gateway.deliver(SHARED, mail("Hemmeligt emne", "Tekst"))
    with database.read(town.container.engine) as db:
        box = db.scalars(select(Mailbox.id)).one()
    there = f"/enheder/postkasse?id={box}"
    assert post(administrator, f"{PAGE}postkasse/{box}/kig", there).location == there
    html = administrator.get(there).text
    assert "Sluse så 1 mail i indbakken. Intet er hentet." in html
    assert "Hemmeligt emne" not in html
    post(administrator, f"{PAGE}postkasse/{box}/proevemail", there)
    assert "Postkassen kan både sende og modtage." in administrator.get(there).text
    assert post(administrator, f"{PAGE}postkasse/99/kig", there).status_code == 404
    with database.write(town.container.engine) as db:
        db.get_one(Mailbox, box).address = "ukendt@town.example.org"
    post(administrator, f"{PAGE}postkasse/{box}/kig", there)
    html = administrator.get(there).text
    assert "Mailsystemet siger nej." in html
    assert "there is no mailbox ukendt@town.example.org" in html
    with database.read(town.container.engine) as db:
        tried = db.scalars(select(Event).where(Event.kind == MailboxTried.kind).order_by(Event.id)).all()
    assert [(each.data["address"], each.data["trial"], each.data["outcome"]) for each in tried] == [
        (SHARED, "look", "looked"),
        (SHARED, "letter", "arrived"),
        ("ukendt@town.example.org", "look", "refused"),
    ]
    assert {each.by for each in tried} == {"administrator@town.example.org"}


def test_triage_without_a_mailbox_points_here_for_administrators(town: Town, sign_in: SignIn) -> None:
    link = f'href="{PAGE}"'
    queue = sign_in(Role.ADMINISTRATOR).get("/visitering/").text.split("<main")[1]
    assert link not in queue
    with database.write(town.container.engine) as db:
        for box in db.scalars(select(Mailbox)):
            db.delete(box)
    queue = sign_in(Role.ADMINISTRATOR).get("/visitering/").text.split("<main")[1]
    assert "Der hentes ikke mails endnu" in queue
    assert link in queue
    queue = sign_in(Role.VISITATOR).get("/visitering/").text.split("<main")[1]
    assert "Der hentes ikke mails endnu" in queue
    assert link not in queue


def test_the_default_rules_are_there_from_the_first_administrator_on(empty: FlaskClient, container: Container) -> None:
    with database.read(container.engine) as db:
        assert db.scalars(select(Rule.id)).all()
