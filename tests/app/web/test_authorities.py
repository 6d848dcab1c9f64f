"""The list of authorities and "not ours", through the client, without JavaScript."""

import pytest
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.services import authorities
from app.services.authorities import AuthorityLine
from tests.app.web.conftest import SignIn
from tests.app.web.test_pages import post, version
from tests.town import Town, mail, now


@pytest.fixture
def authority(town: Town) -> int:
    with database.write(town.container.engine) as session:
        letter = "Kære {afsender}\n\n{myndighed} svarer dig om {emne}.\n"
        line = AuthorityLine("Nabostrup Kommune", "post@nabo.example.org", "Alt i Nabostrup", letter)
        return authorities.save(session, None, line, by="admin", now=now()).id


def test_n_leads_to_the_choice_then_to_the_letter_then_it_is_closed(
    town: Town, sign_in: SignIn, authority: int
) -> None:
    (enquiry,) = town.receive(mail("Hul, CPR 010190-0000", "Et hul i Nabostrup"))
    client = sign_in(Role.VISITATOR)
    assert f'href="/visitering/{enquiry}/ikke-vores" data-key="n"' in client.get("/visitering/").text
    page = client.get(f"/visitering/{enquiry}/ikke-vores").text
    assert "Nabostrup Kommune" in page
    assert "Myndigheden kendes ikke" in page
    page = client.get(f"/visitering/{enquiry}/ikke-vores?myndighed={authority}").text
    assert "Nabostrup Kommune svarer dig om Hul, CPR [cpr]" in page
    form = {"authority": authority, "text": "Rettet brev", "version": version(page)}
    response = post(client, f"/visitering/{enquiry}/ikke-vores", **form)
    assert response.status_code == 303
    assert "sendes videre til Nabostrup Kommune" in client.get(response.location).text
    assert town.enquiry(enquiry).state is State.REFERRED
    assert post(client, f"/visitering/{enquiry}/ikke-vores", **form).status_code == 409


def test_an_empty_letter_is_sent_back_with_what_was_written(town: Town, sign_in: SignIn) -> None:
    (enquiry,) = town.receive(mail("El", "Hvem klager jeg til?"))
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{enquiry}/ikke-vores?myndighed=0").text
    assert "borger.dk" in page
    response = post(client, f"/visitering/{enquiry}/ikke-vores", authority=0, text=" ", version=version(page))
    assert response.status_code == 422
    assert town.enquiry(enquiry).state is State.TRIAGE


def test_visitators_read_and_administrators_write(town: Town, sign_in: SignIn, authority: int) -> None:
    reader: FlaskClient = sign_in(Role.VISITATOR)
    page = reader.get("/myndigheder/").text
    assert "Nabostrup Kommune" in page
    assert f"/myndigheder/{authority}" not in page
    admin = sign_in(Role.ADMINISTRATOR)
    wrong = {"authority_id": authority, "name": "Nabostrup", "address": "a@nabo.example.org", "letter": "{frist}"}
    refused = post(admin, "/myndigheder/gem", "/myndigheder/ny", **wrong)
    assert refused.status_code == 422
    assert "{frist}" in refused.text
    assert (
        post(admin, "/myndigheder/gem", "/myndigheder/ny", **(wrong | {"letter": "", "retired": "on"})).status_code
        == 303
    )
    assert "bruges ikke" in admin.get("/myndigheder/").text
