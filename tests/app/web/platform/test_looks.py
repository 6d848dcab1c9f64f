"""A row for what somebody is shown, and none for what they are not: beside the mail of a page, at the door, after a decision."""

from collections.abc import Iterable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.case import Case, CaseDocument
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.unit import Unit
from app.models.wave import Wave, WaveMember
from app.queries.platform.audit_log import LOOKS
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, ROAD, Town, mail, now


def looked(town: Town, who: Role) -> list[tuple[str, set[int | None]]]:
    """(kind, whose mails) of each row about somebody's looks."""
    with database.read(town.container.engine) as session:
        rows = session.scalars(select(Event).where(Event.by == f"{who}@town.example.org", Event.kind.in_(LOOKS)))
        return [(row.kind, {row.enquiry_id, *row.data.get("enquiries", ())} - {None}) for row in rows]


def numbers(rows: Iterable[tuple[str, set[int | None]]]) -> set[int | None]:
    return {number for _, whose in rows for number in whose}


@pytest.fixture
def mails(town: Town) -> list[int]:
    """Two that are with units by a human's decision, and one that waits and looks like the first."""
    town.teach_history(1)
    ids = town.receive(
        mail("Træet kvistrune", "Træet i parken er væltet"),
        mail("Hul ørkenslot", "Et hul i vejen"),
        mail("Træet tangloppe", "Træet i parken"),
    )
    town.decide(ids[0], PARK)
    town.decide(ids[1], ROAD)
    town.learn()
    return ids


def test_the_recent_mails_in_a_units_guide_are_looked_at_too(town: Town, sign_in: SignIn, mails: list[int]) -> None:
    with database.write(town.container.engine) as session:
        session.get_one(Unit, town.units[PARK]).guide = "Træer"
    page = sign_in(Role.VISITATOR).get(f"/visitering/{mails[2]}").text
    assert "kvistrune" in page
    assert {mails[0], mails[2]} <= numbers(looked(town, Role.VISITATOR))


@pytest.mark.parametrize("words", ["kvistrune", "ørkenslot", "træet\nhul"])
def test_mails_that_a_rule_would_catch_are_looked_at(town: Town, sign_in: SignIn, mails: list[int], words: str) -> None:
    client = sign_in(Role.MANAGER)
    form = {"csrf_token": csrf_token(client, "/hjaelp/"), "name": "Prøve", "words": words, "field": "any", "try": "1"}
    page = client.post("/regler/gem", data=form, follow_redirects=True).text
    shown = {
        number for number, word in zip(mails, ("kvistrune", "ørkenslot", "tangloppe"), strict=True) if word in page
    }
    assert shown
    assert shown <= numbers(looked(town, Role.MANAGER))


@pytest.mark.parametrize("ending", ["", "/original", "/html", "/bilag/0", "/haendelseslog", "/tekst", "/tekst?vis=alt"])
@pytest.mark.parametrize("htmx", [False, True])
def test_who_is_refused_has_not_looked(town: Town, sign_in: SignIn, mails: list[int], ending: str, htmx: bool) -> None:
    client: FlaskClient = sign_in(Role.CASEWORKER)
    headers = {"HX-Request": "true"} if htmx else {}
    assert client.get(f"/henvendelser/{mails[1]}{ending}", headers=headers).status_code == 404
    assert looked(town, Role.CASEWORKER) == []
    with database.read(town.container.engine) as session:
        assert session.scalars(select(Event.data).where(Event.kind == "refused")).all()


def test_what_a_decision_taught_is_no_look(town: Town, sign_in: SignIn, mails: list[int]) -> None:
    client = sign_in(Role.VISITATOR)
    with database.read(town.container.engine) as session:
        labels = session.scalars(select(Label.id).where(Label.enquiry_id.in_(mails))).all()
    assert labels
    for label_id in labels:
        assert client.get(f"/visitering/kvittering/{label_id}").status_code == 200
    assert looked(town, Role.VISITATOR) == []


def test_an_export_names_whose_rows_it_holds(town: Town, sign_in: SignIn, mails: list[int]) -> None:
    assert sign_in(Role.MANAGER).get("/henvendelser/henvendelser.csv").status_code == 200
    assert looked(town, Role.MANAGER) == [("exported", set(mails))]


def test_the_mail_that_leads_a_wave_is_looked_at_too(town: Town, sign_in: SignIn) -> None:
    """Its subject stands on the page of those that are like it, and beside each, whether or not it waits any more."""
    lead, *others = town.receive(
        *(mail(f"Festpladsen {'tangloppe' if n == 0 else n}", f"Musikken larmer {n}") for n in range(3))
    )
    with database.write(town.container.engine) as session:
        wave = Wave(lead_id=lead, found_at=now())
        session.add(wave)
        session.flush()
        session.add_all(WaveMember(enquiry_id=number, wave_id=wave.id) for number in (lead, *others))
        wave_id = wave.id
    town.decide(lead, ROAD)
    for page in (f"/visitering/boelge/{wave_id}", f"/visitering/{others[0]}"):
        client = sign_in(Role.MANAGER)
        assert "tangloppe" in client.get(page).text, page
        assert lead in numbers(looked(town, Role.MANAGER)), page


@pytest.fixture
def one_case(town: Town) -> tuple[int, int]:
    """Two mails of one case: the first is another unit's, the second Park's."""
    foreign, own = town.receive(mail("Min sygdom ørkenslot", "Hemmeligt"), mail("Lygten", "Lygten er slukket"))
    town.decide(foreign, ROAD)
    town.decide(own, PARK)
    with database.write(town.container.engine) as session:
        case = Case(number="2026-1", opened_at=now())
        session.add(case)
        session.flush()
        for number, title in ((foreign, "Min sygdom ørkenslot"), (foreign, "laege-kvistrune.pdf"), (own, "Lygten")):
            session.get_one(Enquiry, number).case_id = case.id
            key = f"{number}:{title}"
            session.add(
                CaseDocument(key=key, case_id=case.id, enquiry_id=number, number=key, title=title, filed_at=now())
            )
    return foreign, own


def test_documents_of_anothers_mail_in_ones_case_have_no_name(
    town: Town, sign_in: SignIn, one_case: tuple[int, int]
) -> None:
    client = sign_in(Role.CASEWORKER)
    for page in (
        f"/enheden/{one_case[1]}",
        f"/henvendelser/{one_case[1]}",
        f"/henvendelser/{one_case[1]}/haendelseslog",
    ):
        shown = client.get(page)
        assert shown.status_code == 200
        assert "ørkenslot" not in shown.text, page
        assert "kvistrune" not in shown.text, page
    assert "Lygten" in client.get(f"/enheden/{one_case[1]}").text
    assert one_case[0] not in numbers(looked(town, Role.CASEWORKER))


def test_who_may_see_them_has_looked_at_both(town: Town, sign_in: SignIn, one_case: tuple[int, int]) -> None:
    assert "ørkenslot" in sign_in(Role.MANAGER).get(f"/henvendelser/{one_case[1]}").text
    assert set(one_case) <= numbers(looked(town, Role.MANAGER))
