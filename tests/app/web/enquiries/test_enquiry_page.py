"""The list of enquiries, its search and its file; an enquiry's story and notes."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.services.enquiries import erasing
from app.services.triage import decisions, notes, undoing
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import PARK, ROAD, WASTE, Town, mail, now

LIST = "/henvendelser/"


@pytest.fixture
def visitator(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.VISITATOR)


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_snippet_marks_the_words_and_hides_identities(town: Town, visitator: FlaskClient) -> None:
    text = (
        "Kære kommune. " * 20 + "Ring til mig på 12 34 56 78 om storskraldet, eller skriv til eva@borger.example.org."
    )
    town.receive(mail("Hjælp", text))
    page = visitator.get(LIST, query_string={"q": "storskrald"}).text
    assert '<mark class="found">storskraldet</mark>' in page
    assert '<span class="masked">telefon skjult</span>' in page
    assert "12 34 56 78" not in page
    assert "eva@borger" not in page


def test_what_was_found_elsewhere_is_told(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Hjælp", "Det er væk", attachment=b"x"))
    post(visitator, f"{LIST}{enquiry}/noter", f"{LIST}{enquiry}", text="Cyklen er fundet")
    page = visitator.get(LIST, query_string={"q": "cyklen"}).text
    assert "i en note: Cyklen er fundet" in plain(page)
    assert '<mark class="found">Cyklen</mark>' in page
    assert "i et bilags navn" in visitator.get(LIST, query_string={"q": "billede"}).text


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("aase@borger.example.org", ["email"]),
        ("010190-1234", ["cpr"]),
        ("12 34 56 78", ["phone"]),
        ("storskrald", None),
    ],
)
def test_a_search_for_a_person_is_logged_without_the_person(
    town: Town, visitator: FlaskClient, typed: str, kinds: list[str] | None
) -> None:
    sender = "Åse <aase@borger.example.org>"
    (enquiry,) = town.receive(mail("Hjælp", "CPR 010190-1234, telefon 12 34 56 78, storskrald", sender=sender))
    page = visitator.get(LIST, query_string={"q": typed}).text
    assert f'href="/henvendelser/{enquiry}"' in page
    with database.read(town.container.engine) as session:
        logged = list(session.scalars(select(Event).where(Event.kind == "searched")))
    assert [event.data.get("kinds") for event in logged] == [kinds]
    for event in logged:
        assert event.data.get("purpose") == ("find a citizen" if kinds else None)
        assert event.data["enquiries"] == [enquiry]
        assert (typed in str(event.data)) is (kinds is None)


@pytest.mark.parametrize(
    "typed", ["0101-90-1234", "010190 (1234)", "1990-01-01-1234", "O10190-1234", "990190-1234", "0101 901234"]
)
def test_no_form_of_a_number_stays_in_the_log_of_searches(town: Town, visitator: FlaskClient, typed: str) -> None:
    visitator.get(LIST, query_string={"q": f"Bo {typed}"})
    with database.read(town.container.engine) as session:
        (logged,) = session.scalars(select(Event).where(Event.kind == "searched"))
    assert (logged.data["purpose"], logged.data["kinds"]) == ("find a citizen", ["cpr"])
    assert "1234" not in logged.data["query"]


def test_chips_take_filters_off_one_by_one(town: Town, visitator: FlaskClient) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    given = {
        "q": "træ",
        "tilstand": "triage",
        "bilag": "nej",
        "enhed": "999999999999",
        "frist": "vrøvl",
        "fra": "i går",
    }
    page = visitator.get(LIST, query_string=given).text
    chips = page[page.index('class="chips"') : page.index("</ul>", page.index('class="chips"'))]
    assert plain(chips).count("fjern filteret") == 3
    assert 'href="/henvendelser/?q=tr%C3%A6&amp;bilag=nej"' in chips
    assert 'href="/henvendelser/?q=tr%C3%A6&amp;tilstand=triage"' in chips
    assert "Fjern alle" in chips


def test_pages_go_on_where_the_last_one_ended(
    town: Town, visitator: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queries.enquiries.enquiry_list.PAGE", 2)
    ids = town.receive(*(mail(f"Bænk {n}", "Bænken mangler", message_id=f"<{n}@x.example.org>") for n in range(5)))
    for given in ({}, {"q": "bænken"}, {"orden": "frist"}):
        seen: list[int] = []
        page = visitator.get(LIST, query_string=given).text
        assert "5 henvendelser" in page
        while True:
            seen += [int(number) for number in re.findall(r'<td data-row><a href="/henvendelser/(\d+)"', page)]
            following = re.search(r'rel="next" href="([^"]+)"', page)
            if following is None:
                break
            page = visitator.get(following[1].replace("&amp;", "&")).text
        assert sorted(seen) == ids
        assert seen == (ids if given.get("orden") else ids[::-1])


def test_the_empty_list_says_what_to_do(visitator: FlaskClient) -> None:
    assert "for lidt at søge på" in visitator.get(LIST, query_string={"q": "og det"}).text
    assert "Prøv færre ord" in visitator.get(LIST, query_string={"q": "findesikke"}).text
    assert "Fjern et filter" in visitator.get(LIST, query_string={"bilag": "ja"}).text


def test_the_file_is_safe_for_a_spreadsheet_and_names_nobody(town: Town, sign_in: SignIn) -> None:
    sender = "Åse Ørn <aase@borger.example.org>"
    town.receive(
        mail("=HYPERLINK(A1)", "x", sender=sender), mail("CPR 010190-1234", "y", sender=sender, message_id="<2@x>")
    )
    file = sign_in(Role.MANAGER).get("/henvendelser/henvendelser.csv?tilstand=triage&q=borger").data.decode()
    assert file.startswith("\ufeffNummer;Modtaget")
    assert file.count("\r\n") == 3
    assert ";'=HYPERLINK(A1);" in file
    assert ";CPR [cpr];" in file
    for nobody in ("Åse", "borger.example.org", "010190"):
        assert nobody not in file
    with database.read(town.container.engine) as session:
        event = session.scalars(select(Event).where(Event.kind == "exported")).one()
        ids = list(session.scalars(select(Enquiry.id).order_by(Enquiry.id.desc())))
        assert event.data == {"rows": 2, "filters": {"tilstand": "triage", "q": "borger"}, "enquiries": ids}
    for role in (Role.VISITATOR, Role.CASEWORKER):
        assert sign_in(role).get("/henvendelser/henvendelser.csv").status_code == 404


def test_the_search_field_stands_on_every_page(visitator: FlaskClient, sign_in: SignIn) -> None:
    for page in ("/visitering/", LIST, "/tal/"):
        assert '<form class="sought" role="search" action="/henvendelser/">' in visitator.get(page).text
    assert "sought" not in sign_in(None).get("/log-ind").text


def decide(town: Town, enquiry: int, unit: str) -> None:
    with database.write(town.container.engine) as session:
        version = session.get_one(Enquiry, enquiry).version
        decisions.route(
            session,
            town.container.robot,
            enquiry,
            town.units[unit],
            version=version,
            by=town.visitator.actor,
            now=now(),
        )


def test_the_story_names_people_and_folds_looks(town: Town, visitator: FlaskClient, sign_in: SignIn) -> None:
    town.teach_history()
    (enquiry,) = town.receive(mail("Træ", "Et træ er væltet i parken"))
    decide(town, enquiry, PARK)
    for _ in range(2):
        visitator.get(f"{LIST}{enquiry}")
    page = plain(sign_in(Role.MANAGER).get(f"{LIST}{enquiry}").text)
    assert "Set 3 gange af 2 personer" in page
    assert "Robottens forslag Park" in page
    assert "Fordelte ikke selv: robotten foreslår kun for enheden." in page
    assert "Forslaget bekræftet Invented visitator til Park" in page
    assert "visitator@town.example.org" not in page


def test_while_a_mail_waits_its_page_names_no_suggestion(town: Town, visitator: FlaskClient) -> None:
    town.teach_history()
    (enquiry,) = town.receive(mail("Spørgsmål", "Et træ er væltet i parken"))
    page = visitator.get(f"{LIST}{enquiry}").text
    story = page[page.index('class="story"') :]
    assert "Robottens forslag" in story
    assert not any(unit in story for unit in (PARK, ROAD, WASTE))


@pytest.mark.parametrize("unit", [PARK, ROAD])
def test_a_blind_mail_that_was_undone_does_not_tell_whether_they_agreed(
    town: Town, visitator: FlaskClient, unit: str
) -> None:
    town.teach_history()
    town.sample(humans=1.0)
    (enquiry,) = town.receive(mail("Spørgsmål", "Et træ er væltet i parken"))
    decide(town, enquiry, unit)
    with database.write(town.container.engine) as session:
        undoing.undo(session, town.container.robot, by=town.visitator.actor, now=now())
    page = plain(visitator.get(f"{LIST}{enquiry}").text)
    assert f"Fordelt Invented visitator til {unit}" in page
    for sign in ("Forslaget", "Robottens forslag", "sikker", " %", "robotten foreslår kun"):
        assert sign not in page, sign


def test_notes_stand_in_the_story_and_on_the_triage_page(town: Town, visitator: FlaskClient, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    here = f"{LIST}{enquiry}"
    post(visitator, f"{here}/noter", here, text="Ring til 12 34 56 78 først <b>")
    for url in (here, f"/visitering/{enquiry}"):
        page = visitator.get(url).text
        assert "[phone] først &lt;b&gt;" in page
        assert "12 34 56 78" not in page
    assert "Fortryd noten" not in sign_in(Role.MANAGER).get(here).text
    button = re.findall(rf'action="({here}/noter/\d+/tag-tilbage)"', visitator.get(here).text)[0]
    assert post(sign_in(Role.MANAGER), button, here).status_code == 422
    post(visitator, button, here)
    page = plain(visitator.get(here).text)
    assert "først" not in page
    assert "Note fortrudt Invented visitator" in page
    assert post(visitator, f"{here}/noter", here, text=" ").status_code == 422


def test_a_caseworker_writes_no_note_on_another_units_enquiry(town: Town, sign_in: SignIn) -> None:
    mine, other = town.receive(mail("Træ", "Træet"), mail("Hul", "Hul i vejen"))
    decide(town, mine, PARK)
    client = sign_in(Role.CASEWORKER)
    assert post(client, f"{LIST}{mine}/noter", LIST, text="Min").status_code == 303
    assert post(client, f"{LIST}{other}/noter", LIST, text="Ikke min").status_code == 404
    with database.read(town.container.engine) as session:
        assert notes.of(session, other) == []


def test_relations_are_named_and_kept_from_whom_they_do_not_concern(
    town: Town, visitator: FlaskClient, sign_in: SignIn
) -> None:
    first, second = town.receive(mail("Træ", "Træet"), mail("Grene", "Flere grene", message_id="<g@x.example.org>"))
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, second).relates_id = first
        session.get_one(Enquiry, first).resembles_id = second
    page = plain(visitator.get(f"{LIST}{first}").text)
    assert "Ligner Grene" in page
    assert "Senere henvendelse om samme sag Grene" in page
    decide(town, first, PARK)
    assert "Grene" not in plain(sign_in(Role.CASEWORKER).get(f"{LIST}{first}").text)


def test_both_clocks_are_drawn(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet"), received_at=now() - timedelta(days=3))
    page = visitator.get(f"{LIST}{enquiry}").text
    assert page.count('<div class="clock') == 2
    assert "Tilbagemeldingsfrist" in page
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).feedback_at = now()
    assert "overholdt" in visitator.get(f"{LIST}{enquiry}").text


def test_the_reader_may_be_renamed(town: Town, visitator: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Træet"))
    visitator.get(f"{LIST}{enquiry}")
    with database.write(town.container.engine) as session:
        session.get_one(Account, town.visitator.id).name = "Prøve Eksempelsen"
    assert "Set · Prøve Eksempelsen" in plain(visitator.get(f"{LIST}{enquiry}").text)


def test_an_erased_enquiry_says_so_first_and_offers_nothing_that_is_gone(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Bænk", "Bænken er væk", sender="Fugl <fugl@borger.example.org>"))
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry_id).state = State.SET_ASIDE
    with database.write(town.container.engine) as session:
        erasing.erase(session, "fugl@borger.example.org", by=Actor("a@example.org"), now=now())
    page = sign_in(Role.ADMINISTRATOR).get(f"/henvendelser/{enquiry_id}").text
    article = page.partition('<article class="mail sheet">')[2]
    assert article.index("Slettet henvendelse") < article.index("Henvendelsen er slettet")
    for gone in ("Vis det skjulte", "Hent den oprindelige mail", "Mailen har ingen tekst"):
        assert gone not in article
