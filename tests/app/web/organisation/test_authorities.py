"""The list of authorities and "not ours", through the client, without JavaScript."""

import pytest
from flask.testing import FlaskClient

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.triage import referring
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post, version
from tests.town import Town, mail, now


@pytest.fixture
def authority(town: Town) -> int:
    with database.write(town.container.engine) as session:
        letter = "Kære {afsender}\n\n{myndighed} svarer dig om {emne}.\n"
        line = AuthorityLine("Nabostrup Kommune", "post@nabo.example.org", "Alt i Nabostrup", letter)
        return authorities.save(session, None, line, by=Actor("admin"), now=now()).id


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


@pytest.fixture
def known(town: Town, authority: int) -> int:
    """A mail that waits, whose like has been sent on to the authority."""
    town.teach_history()
    first, waits = town.receive(*(mail("Nabostrup", f"Et stort hul i Nabostrup i {day}") for day in ("april", "maj")))
    with database.write(town.container.engine) as session:
        version = town.enquiry(first).version
        referring.refer(
            session,
            town.container.robot,
            first,
            authority,
            "Videre.",
            version=version,
            by=town.visitator.actor,
            now=now(),
        )
    town.learn()
    return waits


def test_an_authority_is_a_suggestion_with_its_key_that_leads_to_the_letter(
    town: Town, sign_in: SignIn, authority: int, known: int
) -> None:
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{known}").text
    letter = f"/visitering/{known}/ikke-vores?myndighed={authority}"
    assert f'<a class="pick" href="{letter}" data-key="1">' in page
    assert page.index("Nabostrup Kommune") < page.index('name="unit"')
    assert "anden myndighed" in page
    assert "Nabostrup Kommune svarer dig om" in client.get(letter).text
    assert "foreslået" in client.get(f"/visitering/{known}/ikke-vores").text
    response = post(client, f"/visitering/{known}/ikke-vores", letter, authority=authority, text="Brev",
                    version=town.enquiry(known).version)  # fmt: skip
    after = client.get(response.location).text
    assert "Sendt til Nabostrup Kommune." in after
    town.learn()
    assert "Lært." in client.get("/visitering/").text
    assert "Nabostrup Kommune" in client.get("/visitering/seneste/").text
    assert "Nabostrup Kommune" in client.get(f"/henvendelser/{known}").text


def test_no_enquiry_is_a_suggestion_with_its_key(town: Town, sign_in: SignIn) -> None:
    town.teach_history()
    one, other = town.receive(*(mail("Tak", f"Tak for sidst, det var hyggeligt i {day}") for day in ("maj", "juni")))
    client = sign_in(Role.VISITATOR)
    form = {"action": "not_enquiry", "version": town.enquiry(one).version}
    response = post(client, f"/visitering/{one}", "/visitering/", **form)
    assert "Lagt til side: ikke en henvendelse." in client.get(response.location).text
    town.learn()
    page = client.get(f"/visitering/{other}").text
    assert 'class="pick" name="action" value="not_enquiry" data-key="1"' in page
    assert "ligner mails, der er lagt til side" in page
    form["version"] = town.enquiry(other).version
    assert post(client, f"/visitering/{other}", "/visitering/", **form).status_code == 303
    assert town.enquiry(other).state is State.SET_ASIDE
    assert "Ikke en henvendelse" in client.get(f"/henvendelser/{other}").text


def test_every_page_about_learning_stands_with_labels_outside_the_units(
    town: Town, sign_in: SignIn, known: int
) -> None:
    town.decide(known)
    town.learn()
    client = sign_in(Role.ADMINISTRATOR)
    account = f"/alarmer/?konto={town.visitator.email}&siden=2020-01-01T00:00"
    for address in ("/laering/", "/modellen/", "/tal/", "/blindproever/", "/hvad-nu-hvis/", "/enheder/", account):
        page = client.get(address, follow_redirects=True)
        assert page.status_code in (200, 404), address
