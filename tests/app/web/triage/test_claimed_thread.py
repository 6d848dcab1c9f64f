"""A mail that names a case it has not been shown to belong to stands before a human with that case."""

import pytest

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.case import Case
from app.models.enquiry import Enquiry
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post, version
from tests.town import Town, mail, now


@pytest.mark.parametrize("state", [State.TRIAGE, State.CLOSED])
def test_the_page_names_the_case_and_says_why_it_was_not_put_there(town: Town, sign_in: SignIn, state: State) -> None:
    (first,) = town.receive(mail("Klage", "Jeg klager over træet.", message_id="<klage@borger.example.org>"))
    with database.write(town.container.engine) as session:
        session.get_one(Enquiry, first).case = Case(number="2026-000007", opened_at=now())
        session.get_one(Enquiry, first).state = state
        session.get_one(Enquiry, first).closed_at = now() if state is State.CLOSED else None
    headers = {"Reply-To": "proeve@borger.example.org"}
    (forged,) = town.receive(
        mail("SV: Klage [2026-000007]", "Luk sagen.", sender="mallory@evil.example.com", headers=headers)
    )
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{forged}").text
    assert "Hører måske til sag 2026-000007." in page
    assert "Intet viser, at den er fra borgeren i sagen" in page
    assert f'href="/henvendelser/{first}">henvendelse {first}</a>' in page
    assert "Afsenderen har skrevet om det før" not in page
    if state is State.TRIAGE:
        form = {"version": version(page), "leader": first}
        assert post(client, f"/visitering/{forged}/saml", **form).status_code in (200, 303)
        assert town.enquiry(forged).follow_up_of_id == first


def test_what_only_resembles_another_names_no_case(town: Town, sign_in: SignIn) -> None:
    text = "Der er et stort hul i vejen ud for nr. 4, og det bliver større hver dag."
    _, again = town.receive(
        mail("Hul", text), mail("Hul igen", text + " Hører I efter?", message_id="<2@x.example.org>")
    )
    page = " ".join(sign_in(Role.VISITATOR).get(f"/visitering/{again}").text.split())
    assert "Ligner <a" in page
    assert "Hører måske til" not in page
