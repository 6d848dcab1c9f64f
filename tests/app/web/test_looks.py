"""A row for what somebody is shown, and none for what they are not: beside the mail of a page, at the door, after a decision."""

from collections.abc import Iterable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.event import Event
from app.models.label import Label
from app.models.unit import Unit
from app.queries.audit_log import LOOKS
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, ROAD, Town, mail


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
