"""The log across all mails: what the auditor finds, and that no word of a mail is among it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain import events as catalogue
from app.domain.access import Role
from app.domain.actor import ROBOT, Actor
from app.domain.events.casework import UnitsReminded
from app.domain.events.platform import RobotStarted, RobotStopped
from app.models.event import Event
from app.services.platform import events
from tests.app.web.canaries import CANARIES, canary
from tests.app.web.conftest import SignIn
from tests.town import PARK, Town, now

LOG = "/haendelseslog/"
VISITATOR = f"{Role.VISITATOR}@town.example.org"


@pytest.fixture
def auditor(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.AUDITOR)


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def table(client: FlaskClient, **given: object) -> str:
    """The rows that an address shows."""
    page = client.get(LOG, query_string=given).text
    return text(page.split('class="list log"')[1].split("</table>")[0]) if "list log" in page else ""


@pytest.fixture
def week(town: Town, sign_in: SignIn) -> list[int]:
    """A visitator has looked at mails, found some and been refused; a caseworker has written why one comes back."""
    ids = town.receive(*(canary(n) for n in range(3)))
    town.decide(ids[0], PARK)
    client = sign_in(Role.VISITATOR)
    client.get(f"/henvendelser/{ids[1]}?vis=alt")
    client.get(f"/henvendelser/{ids[1]}")
    client.get("/henvendelser/?q=blåtårn")
    client.get("/henvendelser/?q=blåtårn 010190-1234")
    client.get("/robot/")
    with database.write(town.container.engine) as session:
        for kind in ("returned", "quarantined", "amended"):
            written = catalogue.read(kind, dict.fromkeys(("why", "note", "reason"), "Kvistrune"))
            events.record(session, written, by=Actor("park@town.example.org"), now=now(), enquiry_id=ids[0])
    return ids


def test_an_auditor_begins_here_and_sees_no_mail(town: Town, auditor: FlaskClient, week: list[int]) -> None:
    assert auditor.get("/").location == LOG
    menu = text(auditor.get(LOG).text.split("<nav")[1].split("</nav>")[0])
    assert "Hændelseslog" in menu
    assert "Henvendelser" not in menu
    for address in (
        f"/henvendelser/{week[0]}",
        f"/henvendelser/{week[0]}/haendelseslog",
        "/henvendelser/",
        "/enheden/",
        "/visitering/",
    ):
        assert auditor.get(address).status_code == 404


def test_no_word_of_a_mail_or_about_one_is_shown(auditor: FlaskClient, sign_in: SignIn, week: list[int]) -> None:
    for client in (auditor, sign_in(Role.ADMINISTRATOR)):
        for address in (
            LOG,
            f"{LOG}?hvad=looks",
            f"{LOG}?nummer={week[0]}",
            f"{LOG}?hvem={VISITATOR}",
            f"{LOG}haendelseslog.csv",
        ):
            answer = client.get(address).get_data(as_text=True).replace("blåtårn", "", 1 if "csv" in address else 9)
            assert not [word for word in CANARIES if word != "blåtårn" and word in answer.lower()], address
            assert "010190" not in answer


def test_what_a_person_has_looked_at_and_why(auditor: FlaskClient, week: list[int]) -> None:
    page = text(auditor.get(LOG, query_string={"hvem": VISITATOR}).text)
    assert "Hvad Invented visitator har læst i perioden" in page
    assert "Set med personoplysninger 1 gang 1 mail" in page
    assert "Set på henvendelsens side 1 gang 1 mail" in page
    assert "Søgt 1 gang 3 mails" in page
    assert "Søgt for at finde en borger 1 gang 0 mails" in page
    assert "søgte efter: blåtårn [cpr]" in page
    assert "Nægtet adgang side: Robot" in page


@pytest.mark.parametrize(
    ("given", "there", "not_there"),
    [
        ({"hvad": "refused"}, "Nægtet adgang", "Logget ind"),
        ({"hvad": "looks"}, "Set", "Logget ind"),
        ({"hvem": "robot"}, "Robotten", "Invented visitator"),
        ({"fra": "2020-01-01", "til": "2020-01-31"}, "", "Set"),
        ({"til": "i går", "nummer": "9x", "hvad": "vrøvl", "fra": "9999-99-99"}, "Logget ind", "vrøvl"),
    ],
)
def test_the_log_is_narrowed(
    auditor: FlaskClient, week: list[int], given: dict[str, str], there: str, not_there: str
) -> None:
    shown = table(auditor, **given)
    assert there in shown
    assert not_there not in shown
    if not there:
        assert "Ingen hændelser" in auditor.get(LOG, query_string=given).text


def test_one_mails_rows_are_also_those_of_lists_and_searches(auditor: FlaskClient, week: list[int]) -> None:
    shown = table(auditor, nummer=week[1])
    assert "Søgt" in shown
    assert "Set med personoplysninger" in shown
    assert "Returneret" not in shown


def test_a_count_is_no_enquirys_number(town: Town, auditor: FlaskClient, week: list[int]) -> None:
    with database.write(town.container.engine) as session:
        for kind, data in (("exported", {"rows": 4711, "filters": {"q": "4711"}}), ("listed", {"page": "x 4711,"})):
            for who, enquiries in (("b", [4711, 4712]), ("c", [14711, 47110])):
                look = catalogue.read(kind, {**data, "enquiries": enquiries})
                events.record(session, look, by=Actor(f"{who}@town.example.org"), now=now())
    rows = table(auditor, nummer=4711)
    assert rows.count("b@town.example.org") == 2
    assert "c@town.example.org" not in rows


def test_without_a_filter_the_latest_week_is_shown(town: Town, auditor: FlaskClient) -> None:
    with database.write(town.container.engine) as session:
        events.record(session, RobotStopped(reason="Flytning"), by=Actor("x"), now=now() - timedelta(days=9))
        events.record(session, RobotStarted(), by=Actor("x"), now=now())
    assert "Robotten startet" in table(auditor)
    assert "Robotten stoppet" not in table(auditor)
    assert "årsag: Flytning" in table(auditor, hvad="robot_stopped")


def test_pages_go_on_where_the_last_one_ended(town: Town, auditor: FlaskClient) -> None:
    with database.write(town.container.engine) as session:
        for _n in range(120):
            events.record(session, UnitsReminded(units=1), by=ROBOT, now=now())
    seen: list[int] = []
    address: str | None = f"{LOG}?hvad=reminded"
    while address:
        page = auditor.get(address).text
        seen += [int(number) for number in re.findall(r"nr\. (\d+)</span></td>", page)]
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 120
    assert seen == sorted(seen, reverse=True)


def test_the_file_is_logged_before_it_is_taken(town: Town, auditor: FlaskClient, week: list[int]) -> None:
    file = auditor.get(f"{LOG}haendelseslog.csv?hvem={VISITATOR}").data.decode()
    assert file.startswith("\ufeffNummer;Tidspunkt;Hvem;")
    assert "Set;med personoplysninger;" in file
    with database.read(town.container.engine) as session:
        event = session.scalars(select(Event).where(Event.kind == "log_exported")).one()
    assert event.data["rows"] == file.count("\r\n") - 1
    assert event.by == f"{Role.AUDITOR}@town.example.org"
