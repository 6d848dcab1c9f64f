"""The story of an enquiry tells one truth about when it came, and the auditor's page tells all of it."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain import events as catalogue
from app.domain.access import Role
from app.domain.actor import ROBOT, Actor
from app.domain.events.casework import CaseOpened, DeadlineMet
from app.domain.events.enquiries import FileDownloaded
from app.domain.events.triage import EnquiryReturned
from app.models.event import Event
from app.services.platform import events
from tests.app.web.casework.steps import at
from tests.app.web.conftest import SignIn
from tests.town import PARK, ROAD, Town, mail, now


@pytest.fixture
def manager(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.MANAGER)


def text(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def story(client: FlaskClient, enquiry: int) -> str:
    return text(client.get(f"/henvendelser/{enquiry}").text.split('id="story-title"')[1].split("</section>")[0])


@pytest.mark.parametrize("late", [timedelta(days=15), timedelta(hours=2), timedelta(minutes=10, seconds=5)])
def test_a_mail_fetched_late_came_when_it_came(town: Town, manager: FlaskClient, late: timedelta) -> None:
    (enquiry,) = town.receive(mail("Træ", "Et træ er væltet"), received_at=now() - late)
    stated = story(manager, enquiry)
    assert stated.index("Modtaget i postkassen") < stated.index("Hentet ind i Sluse")


def test_a_mail_fetched_at_once_is_received_once(town: Town, manager: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Et træ er væltet"))
    stated = story(manager, enquiry)
    assert "Modtaget" in stated
    assert "Hentet ind" not in stated
    assert "postkassen" not in stated


def test_the_suggestion_for_an_open_mail_says_where_it_is(town: Town, manager: FlaskClient) -> None:
    (enquiry,) = town.receive(mail("Træ", "Et træ er væltet"))
    assert "Robottens forslag Forslaget vises i visiteringen" in story(manager, enquiry)


def test_the_steps_of_the_robot_have_two_columns(town: Town, manager: FlaskClient) -> None:
    """A third child would land below the time, in a column of 48 px."""
    enquiry = at(town, PARK, "Træ")
    with database.write(town.container.engine) as session:
        for kind, data in (
            ("case_opened", {"case": "2026-000001"}), ("document_filed", {"what": "mail", "document": "2026-000001-01"}),
            ("deadline_registered", {"due_on": "2026-12-11"}), ("deadline_met", {"in_time": True}),
        ):  # fmt: skip
            events.record(session, catalogue.read(kind, data), by=ROBOT, now=now(), enquiry_id=enquiry)
    page = manager.get(f"/henvendelser/{enquiry}").text
    steps = re.findall(r"<li>(.*?)</li>", page.split('class="robot-steps"')[1].split("</ol>")[0], re.DOTALL)
    assert len(steps) == 4
    for each in steps:
        assert re.fullmatch(r"\s*<time[^>]*>[^<]*</time>\s*<div>.*</div>\s*", each, re.DOTALL)


@pytest.mark.parametrize(
    ("met", "stated"),
    [
        ({"in_time": True, "feedback_in_time": False}, "Svarfrist overholdt · Tilbagemeldingsfrist overskredet"),
        ({"in_time": True, "feedback_in_time": True}, "Svarfrist overholdt · Tilbagemeldingsfrist overholdt"),
        ({"in_time": False, "feedback_in_time": None}, "Svarfrist overskredet"),
        ({"in_time": False}, "Svarfrist overskredet"),
    ],
)
def test_the_story_says_how_both_deadlines_were_met(
    town: Town, manager: FlaskClient, met: dict[str, bool | None], stated: str
) -> None:
    enquiry = at(town, PARK, "Træ")
    with database.write(town.container.engine) as session:
        events.record(session, DeadlineMet.read(met), by=ROBOT, now=now(), enquiry_id=enquiry)
    for page in ("", "/haendelseslog"):
        shown = text(manager.get(f"/henvendelser/{enquiry}{page}").text)
        assert stated in shown
        assert shown.count("Tilbagemeldingsfrist over") == stated.count("Tilbagemeldingsfrist over")


def test_the_auditor_sees_who_saw_who_decided_why_and_the_robots_steps(
    town: Town, manager: FlaskClient, sign_in: SignIn
) -> None:
    enquiry = at(town, PARK, "Træ, cpr 010190-0000")
    sign_in(Role.CASEWORKER).get(f"/enheden/{enquiry}")
    sign_in(Role.VISITATOR).get(f"/henvendelser/{enquiry}?vis=alt")
    with database.write(town.container.engine) as session:
        at_second = datetime(2026, 11, 30, 13, 5, 9, tzinfo=UTC)
        events.record(session, CaseOpened(case="2026-000777"), by=ROBOT, now=at_second, enquiry_id=enquiry)
        events.record(
            session,
            FileDownloaded(what="original"),
            by=Actor("caseworker@town.example.org"),
            now=now(),
            enquiry_id=enquiry,
        )
        events.record(
            session,
            EnquiryReturned(why="Det er Vejs", unit_id=town.units[PARK], reason=None, belongs_id=None),
            by=Actor("park@town.example.org"),
            now=now(),
            enquiry_id=enquiry,
        )
    page = manager.get(f"/henvendelser/{enquiry}/haendelseslog").text
    stated = text(page)
    assert "010190" not in page
    for wanted in (
        "Invented caseworker Set på enhedens side", "Invented visitator Set med personoplysninger", "original",
        "Sag oprettet 2026-000777", "30.11.2026 14.05.09", "Årsag: Det er Vejs", "til Park", "Periode",
        "Udskrevet", "Invented manager", f"Sag 2026-{enquiry:06d}",
    ):  # fmt: skip
        assert wanted in stated, wanted
    with database.read(town.container.engine) as session:
        count = len(session.scalars(select(Event).where(Event.enquiry_id == enquiry)).all())
        looks = session.scalars(select(Event).where(Event.kind == "viewed", Event.enquiry_id == enquiry)).all()
    assert page.count("<tr><td>") in range(count - 2, count + 3)
    assert [look.data["purpose"] for look in looks][-1] == "audit page"
    other = at(town, ROAD, "Hul")
    assert sign_in(Role.CASEWORKER).get(f"/henvendelser/{other}/haendelseslog").status_code == 404
    assert "Set" not in text(sign_in(Role.CASEWORKER).get(f"/henvendelser/{other}/haendelseslog").text)


def test_what_is_printed_says_what_it_is(town: Town, manager: FlaskClient) -> None:
    for address, title in (("/tal/", "Tal"), ("/laering/", "Læring"), ("/henvendelser/", "Henvendelser")):
        head = manager.get(address).text.split('class="print-head"')[1].split("</p>")[0]
        assert title in head
        assert "Udskrevet" in head
        assert "Invented manager" in head
