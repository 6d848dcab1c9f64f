"""A person is told why a mail has no suggestion: its words were not read."""

import pytest

from app.domain.access import Role
from tests.app.web.conftest import SignIn
from tests.town import Town, mail
from tests.unread import UNREAD

WHY = {
    "encrypted": "Mailen er krypteret, og Sluse kan ikke læse den.",
    "winmail": "Mailens indhold ligger i en pakke, der ikke kan åbnes.",
    "locked": "Mailens indhold ligger i en fil med adgangskode.",
    "photo": "Mailens indhold ligger i filer eller billeder, og dem læser robotten ikke.",
}


@pytest.mark.parametrize("name", WHY)
def test_triage_says_why_there_is_no_suggestion(town: Town, sign_in: SignIn, name: str) -> None:
    town.teach_history()
    (enquiry_id,) = town.receive(UNREAD[name]())
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{enquiry_id}").text
    assert WHY[name] in page
    assert "Derfor er der intet forslag" in page
    assert "Træet i parken er væltet" in page, "its subject, its sender and its files are shown"
    assert 'class="suggestion' not in page
    assert "mailens tekst kunne ikke læses" in client.get(f"/henvendelser/{enquiry_id}").text


def test_a_mail_that_was_read_says_nothing_of_it(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Træ", "Træet er væltet"))
    assert "Derfor er der intet forslag" not in sign_in(Role.VISITATOR).get(f"/visitering/{enquiry_id}").text
