"""The unit's page through the client, with and without htmx."""

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.assignment import Assignment
from app.models.case import InterimReply
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.queries.casework import caseload
from app.services.platform import accounts
from app.services.triage import returns
from tests.app.web.casework.steps import HTMX, at, post
from tests.app.web.conftest import SignIn
from tests.town import PARK, ROAD, Town, mail, now


@pytest.fixture
def karla(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.CASEWORKER)


def menu(page: str) -> list[str]:
    nav = page.split("<nav", 1)[1].split("</nav>")[0]
    return re.findall(r'<a href="([^"]+)"', nav)


def test_it_is_the_first_page_of_a_caseworker(karla: FlaskClient) -> None:
    page = karla.get("/", follow_redirects=True)
    assert page.request.path == "/enheden/"
    assert menu(page.text)[0] == "/enheden/"
    assert "Intet venter på svar" in page.text


def test_what_waits_with_both_clocks_and_its_case(town: Town, karla: FlaskClient) -> None:
    mine, other = at(town, PARK, "Væltet træ"), at(town, ROAD, "Hul i vejen")
    page = karla.get("/enheden/").text
    row = page.split(f'id="henvendelse-{mine}"')[1].split("</li>")[0]
    assert f"2026-{mine:06d}" in row
    assert re.search(
        r'Tilbagemeldingsfrist [^<]+</span>\s+<span class="chip"[^>]*><span aria-hidden="true">10 arb.dage</span>', row
    )
    assert re.search(
        r"Svarfrist [^<]+</span>\s+<span [^>]*><span [^>]*>(2|3)\d arb.dage</span><span [^>]*>(2|3)\d arbejdsdage", row
    )
    assert f"henvendelse-{other}" not in page
    assert [int(n) for n in re.findall(r'<span class="small">(\d+)</span></a>', page)] == [1, 0, 0, 0, 0]


@pytest.mark.parametrize(("role", "code"), [(Role.CASEWORKER, 404), (Role.VISITATOR, 200), (Role.MANAGER, 200)])
def test_others_may_choose_a_unit_and_caseworkers_may_not(town: Town, sign_in: SignIn, role: Role, code: int) -> None:
    enquiry = at(town, ROAD, "Hul i vejen")
    client = sign_in(role)
    assert client.get(f"/enheden/?enhed={town.units[ROAD]}").status_code == code
    assert client.get(f"/enheden/{enquiry}").status_code == code
    if code == 200:
        assert "1 venter på svar" in client.get("/enheden/").text


@pytest.mark.parametrize("htmx", [False, True])
def test_a_row_opens_with_its_mail_and_the_look_is_logged(town: Town, karla: FlaskClient, htmx: bool) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    page = karla.get(f"/enheden/{enquiry}", headers=HTMX if htmx else {}).text
    assert ("<html" in page) is not htmx
    assert "Træet er væltet" in page
    assert "010190" not in page
    with database.read(town.container.engine) as session:
        seen = session.scalars(select(Event).where(Event.kind == "viewed", Event.enquiry_id == enquiry)).all()
    assert [event.data["purpose"] for event in seen] == ["unit page"]


def test_the_page_asks_for_nothing_while_nothing_has_changed(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    url = unescape(re.findall(r'id="caseload" hx-get="([^"]+)"', karla.get("/enheden/").text)[0])
    assert karla.get(url, headers=HTMX).status_code == 204
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).feedback_at = now()
    fresh = karla.get(url, headers=HTMX)
    assert fresh.status_code == 200
    assert fresh.text.lstrip().startswith('<div id="caseload"')
    assert "givet" in fresh.text


@pytest.mark.parametrize("htmx", [False, True])
def test_an_interim_reply_takes_two_clicks(town: Town, karla: FlaskClient, htmx: bool) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    first = karla.get(f"/enheden/{enquiry}/foreloebigt-svar", headers=HTMX if htmx else {}).text
    name = re.findall(r'name="name" value="([^"]+)"', first)[0]
    text = unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", first, re.DOTALL)[0])
    assert name == "Invented caseworker"
    assert f"Din sagsbehandler er {name}" in text
    second = post(karla, f"/enheden/{enquiry}/foreloebigt-svar", htmx=htmx, name=name, text=text)
    assert second.status_code == (200 if htmx else 303)
    assert "sendes nu" in (second.text if htmx else karla.get(second.location).text)
    assert second.headers.get("HX-Trigger-After-Swap") == ("caseload" if htmx else None)
    with database.read(town.container.engine) as session:
        assert session.get_one(InterimReply, enquiry).caseworker == name
    third = post(karla, f"/enheden/{enquiry}/foreloebigt-svar", htmx=htmx, name=name, text=text)
    assert "allerede fået et foreløbigt svar" in (third.text if htmx else karla.get(third.location).text)


def looks(town: Town, enquiry: int) -> list[str]:
    with database.read(town.container.engine) as session:
        query = select(Event.data).where(Event.enquiry_id == enquiry, Event.kind == "viewed").order_by(Event.id)
        return [data["purpose"] for data in session.scalars(query)]


def test_the_address_to_answer_to_is_told_as_seen(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    assert "proeve@borger.example.org" in karla.get(f"/enheden/{enquiry}/svar").text
    assert looks(town, enquiry) == ["answer"]
    assert "med borgerens adresse" in karla.get(f"/henvendelser/{enquiry}").text


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("act", ["svar", "foreloebigt-svar"])
def test_while_the_case_is_being_made_the_page_says_so(town: Town, karla: FlaskClient, act: str, htmx: bool) -> None:
    (enquiry,) = town.receive(mail("Væltet træ", "Træet er væltet"))
    town.decide(enquiry, PARK)
    answer = karla.get(f"/enheden/{enquiry}/{act}", headers=HTMX if htmx else {}, follow_redirects=True)
    assert "Robotten er ved at oprette sagen." in answer.text
    assert "proeve@borger.example.org" not in answer.text
    assert "answer" not in looks(town, enquiry)


@pytest.mark.parametrize("act", ["svar", "foreloebigt-svar"])
def test_what_waits_in_triage_says_so(town: Town, sign_in: SignIn, act: str) -> None:
    (enquiry,) = town.receive(mail("Væltet træ", "Træet er væltet"))
    answer = sign_in(Role.MANAGER).get(f"/enheden/{enquiry}/{act}", follow_redirects=True)
    assert "Henvendelsen ligger i visiteringen." in answer.text


def holder(town: Town, enquiry: int) -> str:
    with database.read(town.container.engine) as session:
        found = caseload.holder(session, session.get_one(Enquiry, enquiry))
        return found.name if found else ""


def colleague(town: Town, name: str, email: str) -> int:
    with database.write(town.container.engine) as session:
        return accounts.create(
            session, email=email, name=name, role=Role.CASEWORKER, password="secret-enough", unit_id=town.units[PARK]
        ).id


def tell(client: FlaskClient, enquiry: int, name: str) -> None:
    assert (
        post(
            client, f"/enheden/{enquiry}/foreloebigt-svar", name=name, text=f"Din sagsbehandler er {name}."
        ).status_code
        == 303
    )


def test_who_tells_the_citizen_that_they_handle_it_has_it(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    tell(karla, enquiry, "Invented caseworker")
    assert holder(town, enquiry) == "Invented caseworker"
    assert "Ingen har taget den endnu" not in karla.get(f"/enheden/{enquiry}").text
    assert town.events(enquiry).count("assigned") == 1


def test_who_has_it_keeps_it_and_who_is_named_gets_it(town: Town, karla: FlaskClient) -> None:
    other, namesake = (
        colleague(town, "Bo Opfundet", "bo@x.example.org"),
        colleague(town, "Invented caseworker", "i@x.example.org"),
    )
    kept, given, mine, strangers = (at(town, PARK, f"Træ {n}") for n in range(4))
    post(karla, f"/enheden/{kept}/sagsbehandler", til=other)
    tell(karla, kept, "Invented caseworker")
    tell(karla, given, "Bo Opfundet")
    tell(karla, mine, "Invented caseworker")
    tell(karla, strangers, "Nogen Anden")
    assert [holder(town, n) for n in (kept, given, mine, strangers)] == [
        "Bo Opfundet", "Bo Opfundet", "Invented caseworker", "",
    ]  # fmt: skip
    with database.read(town.container.engine) as session:
        assert session.get_one(Assignment, mine).account_id not in (other, namesake)


def test_an_interim_reply_that_names_nobody_is_shown_again(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    answer = post(karla, f"/enheden/{enquiry}/foreloebigt-svar", htmx=True, name="Karla", text="Vi ser på det")
    assert answer.status_code == 422
    assert "nævne sagsbehandleren" in answer.text
    assert "Vi ser på det" in answer.text


@pytest.mark.parametrize("htmx", [False, True])
def test_not_ours_with_a_reason_and_a_unit(town: Town, karla: FlaskClient, sign_in: SignIn, htmx: bool) -> None:
    enquiry = at(town, PARK, "Hul i vejen")
    form = karla.get(f"/enheden/{enquiry}/retur", headers=HTMX if htmx else {}).text
    routing_no = re.findall(r'name="hop" value="(\d+)"', form)[0]
    said = {"hop": routing_no, "reason": "other_unit", "belongs": town.units[ROAD], "why": "Det er asfalt"}
    done = post(karla, f"/enheden/{enquiry}/retur", htmx=htmx, **said)
    page = done.text if htmx else karla.get(done.location).text
    assert "Sendt retur" in page
    assert f"henvendelse-{enquiry}" not in page
    assert town.enquiry(enquiry).state is State.TRIAGE
    seen = sign_in(Role.VISITATOR).get(f"/visitering/{enquiry}").text
    assert "Den hører til en anden enhed · måske Vej · ”Det er asfalt”" in " ".join(seen.split())
    returned = karla.get("/enheden/?vis=retur").text
    assert f"2026-{enquiry:06d}" in returned
    assert "Hul i vejen" not in returned
    # Again from a page that was left open: nothing happens, and the page says why.
    assert post(karla, f"/enheden/{enquiry}/retur", htmx=htmx, **said).status_code == 404


def test_a_return_of_what_has_moved_on_is_refused_in_place(town: Town, sign_in: SignIn) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    answer = post(sign_in(Role.MANAGER), f"/enheden/{enquiry}/retur", htmx=True, hop=7, reason="something_else")
    assert answer.status_code == 422
    assert "allerede behandlet" in answer.text
    assert "<html" not in answer.text
    assert town.enquiry(enquiry).state is State.ROUTED


def test_the_type_of_deadline(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    types = re.findall(r'<option value="(\d+)"', karla.get(f"/enheden/{enquiry}").text)
    answer = post(karla, f"/enheden/{enquiry}/frist", htmx=True, type=types[-1])
    assert "Fristen er ændret" in answer.text
    assert town.events(enquiry).count("deadline_changed") == 1
    assert post(karla, f"/enheden/{enquiry}/frist", htmx=True, type=999).status_code == 404


def test_a_caseworker_without_a_unit_is_told_whom_to_ask(town: Town, karla: FlaskClient) -> None:
    with database.write(town.container.engine) as session:
        session.merge(town.people[Role.CASEWORKER]).unit_id = None
    assert "ikke knyttet til en enhed" in karla.get("/enheden/").text


def test_the_return_link_gives_the_same_reasons(town: Town, sign_in: SignIn) -> None:
    enquiry = at(town, PARK, "Hul i vejen")
    url = f"/retur/{returns.sign(returns.ReturnLink(enquiry, 1), town.container.settings.secret_key)}"
    unit = sign_in(None)
    assert "Den hører til en anden myndighed" in unit.get(url).text
    assert "Vej" not in unit.get(url).text, "whoever has the link learns no unit's name"
    post(unit, url, url, reason="several_matters", belongs=town.units[ROAD], why="Kun det sidste er vores")
    seen = sign_in(Role.VISITATOR).get(f"/visitering/{enquiry}").text
    assert "kun noget er vores · ”Kun det sidste er vores”" in seen
    assert "Den handler om flere ting" in sign_in(Role.VISITATOR).get(f"/henvendelser/{enquiry}").text
