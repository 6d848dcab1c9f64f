"""What a caseworker does about an enquiry: answer it, open its documents, take it or give it away, find it in the list."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events.enquiries import MailViewed
from app.models.account import Account
from app.models.assignment import Assignment
from app.models.case import CaseDocument
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.services.enquiries import erasing
from app.services.platform import accounts, events
from connectors.errors import ConnectorError
from connectors.records.system import Direction, NewCase, NewDocument
from tests.app.web.casework.steps import HTMX, at, post
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, ROAD, Town, mail, now

LETTER = mail("SV: Træ", "Vi fælder træet. Cpr 010190-0000", sender="park@town.example.org")
FILES = {"mail": "henvendelse.eml", "attachment:0": "billede æ.png", "draft:1": "svarudkast.txt", "reply": "svar.eml"}


@pytest.fixture
def karla(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.CASEWORKER)


def colleague(town: Town, name: str, unit: str = PARK) -> Account:
    with database.write(town.container.engine) as session:
        made = accounts.create(
            session, email=f"{name.lower()}@town.example.org", name=name, role=Role.CASEWORKER, password="secret-enough",
            unit_id=town.units[unit],
        )  # fmt: skip
        session.flush()
        session.expunge_all()
        return made


def enter(client: FlaskClient, name: str) -> FlaskClient:
    other = client.application.test_client()
    form = {"email": f"{name.lower()}@town.example.org", "password": "secret-enough"}
    other.post("/log-ind", data=form | {"csrf_token": csrf_token(other, "/log-ind")})
    return other


def filed(town: Town, enquiry: int) -> dict[str, str]:
    """The documents of an enquiry as the robot files them; what → number."""
    records, numbers = town.container.records, {}
    case = records.open_case(NewCase(f"enquiry:{enquiry}:case", "Træ", PARK, "01", now()))
    with database.write(town.container.engine) as session:
        found = session.get_one(Enquiry, enquiry)
        assert found.case is not None
        found.case.number = case
        for what, filename in FILES.items():
            content = (
                LETTER
                if filename.endswith(".eml")
                else b"Kladden til borgeren"
                if filename.endswith(".txt")
                else b"\x89PNG"
            )
            new = NewDocument(f"enquiry:{enquiry}:{what}", f"Dokument {what}", filename, content, Direction.SENT, now())
            numbers[what] = records.add_document(case, new)
            session.add(
                CaseDocument(
                    key=new.key, case_id=found.case_id, enquiry_id=enquiry, number=numbers[what], title=new.title, filed_at=now()
                )
            )  # fmt: skip
    return numbers


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize(
    "subject", ["Væltet træ", "SV: Æbler & pærer? 100 %", "Cpr 010190-0000 #3", "a" * 300, "= & + %0ABcc"]
)
def test_how_the_citizen_is_answered(town: Town, karla: FlaskClient, subject: str) -> None:
    enquiry = at(town, PARK, subject)
    case = f"2026-{enquiry:06d}"
    details = karla.get(f"/enheden/{enquiry}").text
    assert "Svar fra enhedens egen postkasse park@town.example.org" in text(details)
    assert "proeve@borger.example.org" not in details
    page = karla.get(f"/enheden/{enquiry}/svar", headers=HTMX).text
    assert "Træet er væltet" in page, "the citizen's mail stands beside it"
    assert f"Behold [{case}] i emnet" in text(page)
    (address,) = re.findall(r'href="mailto:([^"]*)"', page)
    to, _, query = unescape(address).partition("?subject=")
    assert to == "proeve@borger.example.org"
    assert case in query
    assert not set(query) & set("&?#+ \n")
    assert "010190" not in address
    with database.read(town.container.engine) as session:
        looks = session.scalars(select(Event).where(Event.kind == "viewed", Event.enquiry_id == enquiry)).all()
    assert [look.data["purpose"] for look in looks] == ["unit page", "answer"]


def test_a_mail_from_nobody_cannot_be_answered_by_a_link(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).citizen_address = ""
    assert "mailto:" not in karla.get(f"/enheden/{enquiry}/svar").text
    assert '/svar"' not in karla.get(f"/enheden/{enquiry}").text


def test_the_answer_goes_to_the_citizen_and_not_to_the_form_that_wrote(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).citizen_address = "søren@grød.example.org"
    page = karla.get(f"/enheden/{enquiry}/svar").text
    assert 'href="mailto:s%C3%B8ren@gr%C3%B8d.example.org?' in page
    assert "proeve@borger" not in page


@pytest.mark.parametrize("what", ["foreloebigt-svar", "retur", "svar"])
def test_the_citizens_mail_stands_beside_what_one_writes(town: Town, karla: FlaskClient, what: str) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    page = karla.get(f"/enheden/{enquiry}/{what}").text
    assert "Træet er væltet" in page
    assert "010190" not in page
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["Væltet træ"]
    assert town.events(enquiry).count("viewed") == 1


def test_what_is_answered_says_so_and_retur_says_why_not(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    with database.write(town.container.engine) as session:
        row = session.get_one(Enquiry, enquiry)
        row.state, row.answered_at = State.ANSWERED, now()
    page = text(karla.get(f"/enheden/{enquiry}").text)
    assert "Besvaret" in page
    assert "Robotten journaliserer svaret" in page
    assert "Kladder" not in page
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).state = State.CLOSED
    assert "sagen er afsluttet" in text(karla.get(f"/enheden/{enquiry}").text)
    for what in ("retur", "svar"):
        refused = karla.get(f"/enheden/{enquiry}/{what}", follow_redirects=True)
        assert refused.status_code == 200
        assert "Enheden har svaret borgeren" in text(refused.text)
        assert karla.get(f"/enheden/{enquiry}/{what}", headers=HTMX).status_code == 422


def test_filed_documents_open_and_every_opening_is_logged(town: Town, karla: FlaskClient, sign_in: SignIn) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    numbers = filed(town, enquiry)
    listed = re.findall(r'href="(/henvendelser/\d+/dokument/[^"]+)"', karla.get(f"/enheden/{enquiry}").text)
    assert listed == [f"/henvendelser/{enquiry}/dokument/{number}" for number in numbers.values()]
    reply = karla.get(f"/henvendelser/{enquiry}/dokument/{numbers['reply']}").text
    assert "Vi fælder træet" in reply
    assert "010190" not in reply
    assert "Kladden til borgeren" in karla.get(f"/henvendelser/{enquiry}/dokument/{numbers['draft:1']}").text
    picture = karla.get(f"/henvendelser/{enquiry}/dokument/{numbers['attachment:0']}")
    assert picture.data == b"\x89PNG"
    assert picture.headers["Content-Disposition"].startswith("attachment")
    whole = karla.get(f"/henvendelser/{enquiry}/dokument/{numbers['reply']}?fil=1")
    assert whole.data == LETTER
    with database.read(town.container.engine) as session:
        seen = session.scalars(select(Event.data).where(Event.kind == "downloaded", Event.enquiry_id == enquiry)).all()
    assert [each["what"] for each in seen] == [
        f"document {numbers[what]}" for what in ("reply", "draft:1", "attachment:0", "reply")
    ]
    # Another unit's, a case's of another, one that is not there, one whose person was erased, a system that is down.
    colleague(town, "Vagn", ROAD)
    other = at(town, ROAD, "Hul i vejen")
    assert enter(karla, "Vagn").get(listed[0]).status_code == 404
    assert sign_in(Role.MANAGER).get(f"/henvendelser/{other}/dokument/{numbers['reply']}").status_code == 404
    assert karla.get(f"/henvendelser/{enquiry}/dokument/2026-9-99").status_code == 404
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(town.container.records, "read_document", down)
        refused = karla.get(listed[0])
        assert refused.status_code == 422
        assert "ESDH svarer ikke" in refused.text
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).state = State.CLOSED
        session.get_one(Enquiry, other).state = State.CLOSED
        session.flush()
        erasing.erase(session, "proeve@borger.example.org", by=Actor("admin"), now=now())
    assert karla.get(listed[0]).status_code == 404
    assert "/dokument/" not in karla.get(f"/enheden/{enquiry}").text


def down(*_: object) -> None:
    raise ConnectorError("no answer", retryable=True)


def take(client: FlaskClient, enquiry: int, to: object, known: object = "", *, htmx: bool = True):  # type: ignore[no-untyped-def]
    return post(client, f"/enheden/{enquiry}/sagsbehandler", htmx=htmx, til=to, hidtil=known)


def test_take_give_and_put_back(town: Town, karla: FlaskClient) -> None:
    enquiry, me, vagn = at(town, PARK, "Væltet træ"), town.people[Role.CASEWORKER], colleague(town, "Vagn")
    assert "Ingen har taget den endnu" in karla.get(f"/enheden/{enquiry}").text
    assert "Du har den" in take(karla, enquiry, me.id).text
    assert 'class="chip holder">dig' in karla.get("/enheden/").text
    assert "Vagn har den" in take(karla, enquiry, vagn.id, me.id).text
    # From a page that still shows the one before: nothing is taken from Vagn, and the page says who has it.
    late = take(karla, enquiry, me.id, me.id)
    assert late.status_code == 409
    assert "Vagn har den" in late.text
    assert take(karla, enquiry, "", vagn.id, htmx=False).status_code == 303
    assert "Ingen har taget den endnu" in karla.get(f"/enheden/{enquiry}").text
    assert town.events(enquiry).count("assigned") == 3


def test_nobody_outside_the_unit_can_be_given_it(town: Town, karla: FlaskClient, sign_in: SignIn) -> None:
    enquiry, other = at(town, PARK, "Væltet træ"), colleague(town, "Vagn", ROAD)
    for stranger in (other.id, town.visitator.id, 999):
        assert take(karla, enquiry, stranger).status_code == 422
    assert take(enter(karla, "Vagn"), enquiry, other.id).status_code == 404
    assert take(sign_in(Role.MANAGER), enquiry, town.people[Role.CASEWORKER].id).status_code == 200
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, enquiry).state = State.ANSWERED
    assert take(karla, enquiry, "", town.people[Role.CASEWORKER].id).status_code == 422


def test_it_is_free_again_when_it_or_its_holder_leaves_the_unit(town: Town, karla: FlaskClient) -> None:
    enquiry, vagn = at(town, PARK, "Væltet træ"), colleague(town, "Vagn")
    take(karla, enquiry, vagn.id)
    assert "Vagn har den" in karla.get(f"/enheden/{enquiry}").text
    with database.write(town.container.engine) as session:
        session.merge(vagn).unit_id = town.units[ROAD]
    assert "Ingen har taget den endnu" in karla.get(f"/enheden/{enquiry}").text
    assert "Du har den" in take(karla, enquiry, town.people[Role.CASEWORKER].id).text
    with database.read(town.container.engine) as session:
        assert session.get_one(Assignment, enquiry).account_id == town.people[Role.CASEWORKER].id


def test_who_else_is_at_it_is_shown(town: Town, karla: FlaskClient) -> None:
    enquiry = at(town, PARK, "Væltet træ")
    colleague(town, "Vagn")
    vagn = enter(karla, "Vagn")
    assert "åbnede den også" not in vagn.get(f"/enheden/{enquiry}").text
    assert "Vagn åbnede den også" in text(karla.get(f"/enheden/{enquiry}").text)
    with database.write(town.container.engine) as session:
        later = now() + timedelta(minutes=11)
        events.record(session, MailViewed(purpose="unit page"), by=Actor("x"), now=later, enquiry_id=enquiry)
    assert "x åbnede" not in text(karla.get(f"/enheden/{enquiry}").text)


def test_the_list_is_narrowed_and_sorted(town: Town, karla: FlaskClient) -> None:
    old, mid, new = (at(town, PARK, subject, f"{subject} i parken") for subject in ("Bænken", "Æblegrene", "Hunde"))
    vagn = colleague(town, "Vagn")
    take(karla, old, town.people[Role.CASEWORKER].id)
    take(karla, mid, vagn.id)
    with database.write(town.container.engine) as session:
        for n, enquiry in enumerate((new, mid, old)):
            session.get_one(Enquiry, enquiry).received_at = now() - timedelta(hours=n)

    def shown(**given: object) -> list[int]:
        page = karla.get("/enheden/", query_string=given).text
        return [int(number) for number in re.findall(r'id="henvendelse-(\d+)"', page)]

    assert shown(hvem="mine") == [old]
    assert shown(hvem="ingen") == [new]
    assert shown(hvem=vagn.id) == [mid]
    assert shown(hvem="mine", ord="hunde") == []
    assert shown(ord="æblegr") == [mid]
    assert shown(orden="nyeste") == [new, mid, old]
    assert shown(orden="aeldste") == [old, mid, new]
    assert set(shown(hvem="999", orden="<x>")) == {old, mid, new}
    page = karla.get("/enheden/?hvem=mine").text
    assert "hvem=mine" in unescape(re.findall(r'id="caseload" hx-get="([^"]+)"', page)[0])
    assert [int(n) for n in re.findall(r'<span class="small">(\d+)</span></a>', page)] == [1, 0, 0, 0, 0]
    assert "Ingen henvendelser passer" in karla.get("/enheden/?ord=findesikke").text
