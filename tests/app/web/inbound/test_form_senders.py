"""The list of web forms as an administrator sees and tries it; the citizen on an enquiry's page."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.form_sender import FormSender
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.forms import BO, FIELDS, FORM, raw
from tests.town import UNITS, Town

PAGE = "/webformularer/"


@pytest.fixture
def admin(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.ADMINISTRATOR)


def given(**changed: str) -> dict[str, str]:
    return {name: value for name, value in FIELDS.items() if isinstance(value, str)} | changed


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_form_is_tried_before_it_is_kept(town: Town, admin: FlaskClient) -> None:
    (enquiry,) = town.receive(raw(f"From: {FORM}", "Navn: Bo Påfund\nE-mail: bo@borger.example.org", "Formular"))
    text = "Navn: Lis Opdigtet\nE-mail: lis@borger.example.org"
    page = post(admin, f"{PAGE}gem", f"{PAGE}ny", **given(), **{"try": "1", "tried": text}).text
    assert "Lis Opdigtet" in plain(page)
    assert "lis@borger.example.org" in plain(page).split("Læst i den indsatte tekst")[1]
    examples = plain(page).split("Formularens seneste mails")[1]
    assert "Bo Påfund" in examples
    assert "bo@borger" not in examples
    assert "e-mail skjult" in examples
    assert f"/henvendelser/{enquiry}" in page
    with database.read(town.container.engine) as session:
        assert session.scalars(select(FormSender)).all() == []


def test_a_field_that_reads_nothing_is_seen(town: Town, admin: FlaskClient) -> None:
    town.receive(raw(f"From: {FORM}", "Skriv til bo@borger.example.org", "Formular"))
    page = post(admin, f"{PAGE}gem", f"{PAGE}ny", **given(), **{"try": "1", "tried": "E-mail: b o@example.org"}).text
    assert "ingen, der kan læses sikkert" in plain(page)
    assert "ikke læst" in plain(page)


def test_a_form_is_kept_changed_and_taken_off(town: Town, admin: FlaskClient) -> None:
    post(admin, f"{PAGE}gem", f"{PAGE}ny", **given(confirmed="on"))
    with database.read(town.container.engine) as session:
        row = session.scalars(select(FormSender)).one()
        assert (row.address_labels, row.confirmed) == ("E-mail*\nMailadresse", True)
    assert "Hjemmesiden" in plain(admin.get(PAGE).text)
    edit = f"{PAGE}{row.id}"
    post(admin, f"{PAGE}gem", edit, **given(senders="ny.example.org", form_id=str(row.id)))
    assert "ny.example.org" in plain(admin.get(PAGE).text)
    refused = post(admin, f"{PAGE}gem", edit, **given(senders="", form_id=str(row.id)))
    assert refused.status_code == 422
    post(admin, f"{PAGE}gem", edit, **given(form_id=str(row.id), delete="1"))
    assert "Ingen webformularer" in plain(admin.get(PAGE).text)
    assert admin.get(edit).status_code == 404


def test_the_list_is_not_for_caseworkers(sign_in: SignIn) -> None:
    assert sign_in(Role.CASEWORKER).get(PAGE).status_code == 404


def test_the_page_says_whom_an_answer_goes_to_and_why(town: Town, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(raw(f"From: {FORM}\r\nReply-To: {BO}"))
    visitator = sign_in(Role.VISITATOR)
    page = plain(visitator.get(f"/henvendelser/{enquiry}").text)
    assert "Mailen beder om svar til denne adresse, ikke til afsenderens." in page
    assert "bo@borger.example.org" not in page
    assert "bo@borger.example.org" in visitator.get(f"/henvendelser/{enquiry}", query_string={"vis": "alt"}).text
    triage = plain(visitator.get(f"/visitering/{enquiry}").text)
    assert "Svar går til Bo Påfund" in triage


def test_a_person_chooses_among_those_whom_the_mail_names(town: Town, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(raw("From: a@borger.example.org, Bo <b@borger.example.org>"))
    visitator = sign_in(Role.VISITATOR)
    assert "Mailen nævner flere" in plain(visitator.get(f"/visitering/{enquiry}").text)
    page = f"/henvendelser/{enquiry}?vis=alt"
    assert "b@borger.example.org" in visitator.get(page).text
    post(visitator, f"/henvendelser/{enquiry}/borger", page, candidate="b@borger.example.org")
    assert (town.enquiry(enquiry).citizen_address, town.enquiry(enquiry).citizen_name) == ("b@borger.example.org", "Bo")
    shown = plain(visitator.get(page).text)
    assert "Adressen er skrevet af en medarbejder." in shown
    assert "Borgerens adresse skrevet af en medarbejder" in shown
    refused = post(visitator, f"/henvendelser/{enquiry}/borger", page, address=next(iter(UNITS.values())))
    assert "Adressen er en af vores egne" in plain(refused.text)
