"""What belongs where, beside the suggestions: written by the administrator, exemplified by the label log."""

import re

from sqlalchemy import event

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import LabelSource
from app.models.enquiry import Enquiry
from app.queries.triage import suggestion_list
from app.services.learning import labels
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import PARK, ROAD, UNITS, Town, mail, now


def label(town: Town, enquiry_id: int, unit: str, source: LabelSource = LabelSource.CORRECTED) -> None:
    with database.write(town.container.engine) as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        labels.give(session, enquiry, town.units[unit], source, by=Actor("v"), now=now())


def test_the_administrator_writes_what_the_visitator_reads(town: Town, sign_in: SignIn) -> None:
    admin, here = sign_in(Role.ADMINISTRATOR), f"/enheder/{town.units[PARK]}"
    assert "Park tager park." in admin.get(here).text
    unit = {"unit_id": town.units[PARK], "name": PARK, "area": "Byen", "address": UNITS[PARK], "mode": "suggest"}
    post(
        admin,
        "/enheder/gem",
        here,
        **unit,
        guide="Træer <b>; graffiti går til Vej",
        guide_not="Private haver",
        also_called=" gartnerne,  Hundeskov ",
    )
    long = post(admin, "/enheder/gem", here, **unit, guide="x" * 1001, guide_not="kort")
    assert long.status_code == 422
    assert "x" * 1001 in long.text
    town.teach_history()
    (enquiry,) = town.receive(mail("Træ", "Træet i parken er væltet"))
    page = sign_in(Role.VISITATOR).get(f"/visitering/{enquiry}").text
    assert "<b>Hører til:</b> Træer &lt;b&gt;" in page
    found_by = (
        'data-name="park" data-also="gartnerne, hundeskov" data-about="træer &lt;b&gt;" data-mailbox="park byen "'
    )
    assert found_by in " ".join(page.split())
    assert re.search(r"kaldes også: \S* ?→ gartnerne, Hundeskov", admin.get(here).text)
    assert "<b>Hører ikke til:</b> Private haver" in page
    assert page.count("<details open") == 1
    assert page.index('name="unit"') < page.index("<details open")


def test_examples_are_what_people_decided_lately_with_identities_hidden(town: Town, sign_in: SignIn) -> None:
    town.teach_history()
    subjects = ["Ældst", "Træ 010190-0000", "Bænk", " bænk", "Hund", "Omgjort", "Retur"]
    ids = town.receive(*(mail(subject, f"Noget i parken {n}") for n, subject in enumerate(subjects)))
    for enquiry in ids[:6]:
        label(town, enquiry, PARK)
    label(town, ids[5], ROAD)
    label(town, ids[6], PARK, LabelSource.RETURNED)
    (new,) = town.receive(mail("Ny", "Træet i parken er væltet"))
    with database.read(town.container.engine) as session:
        rows = {row.name: row.examples for row in suggestion_list.suggestions(session, new)}
    assert rows[PARK] == ("Hund", "bænk", "Træ 010190-0000")
    assert rows[ROAD] == ("Omgjort",)
    page = sign_in(Role.VISITATOR).get(f"/visitering/{new}").text
    assert "<li>Træ [cpr]</li>" in page
    assert "010190" not in page


def test_more_units_cost_no_more_queries(town: Town) -> None:
    town.teach_history()
    (new,) = town.receive(mail("Ny", "Træet i parken er væltet"))
    asked: list[str] = []
    event.listen(town.container.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with database.read(town.container.engine) as session:
        assert len(suggestion_list.suggestions(session, new)) == 3
    assert sum("FROM label" in statement or "label AS" in statement for statement in asked) == 1
