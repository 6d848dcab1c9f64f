"""The longest mails: no page that shows one is long, none costs more than another, and the rest is one look away."""

import time

import pytest
from sqlalchemy import update

from app import database
from app.domain.access import Role
from app.models.enquiry import Enquiry
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.looks import looks
from tests.town import PARK, Town, mail

LARGEST = 150_000
"""Bytes of a page; a mail of 200 paragraphs or 20,000 characters, as hidden and marked as can be, has about half."""
WORST = {
    "short paragraphs": "ak\n\n" * 240_000,
    "one line": "a" * 1_000_000,
    "numbers": "010190-1234 " * 83_000,
    "links": "<https://example.org/a?b=c>\n" * 36_000,
    "addresses": "a@b.example.org\n" * 60_000,
    "quotes": "> ak\nak\n" * 125_000,
}


def put(town: Town, enquiry_id: int, text: str) -> None:
    with database.write(town.container.engine) as session:
        session.execute(update(Enquiry).where(Enquiry.id == enquiry_id).values(text=text))


def test_a_mail_as_a_stranger_sends_it(town: Town, sign_in: SignIn) -> None:
    raw = mail("Hul i vejen", "").rstrip() + b"\r\n\r\n" + b"ak\r\n\r\n" * 240_000
    (enquiry_id,) = town.receive(raw)
    client = sign_in(Role.VISITATOR)
    for page in (f"/visitering/{enquiry_id}", f"/henvendelser/{enquiry_id}", "/henvendelser/?q=vejen"):
        assert len(client.get(page).data) < LARGEST, page


@pytest.mark.parametrize("text", WORST.values(), ids=list(WORST))
def test_no_page_shows_a_mail_without_bound(town: Town, sign_in: SignIn, text: str) -> None:
    waiting, other, routed = town.receive(*(mail(f"Vej {n}", f"Et hul i vejen {n}.") for n in range(3)))
    town.decide(routed)
    for each in (waiting, other, routed):
        put(town, each, text)
    client, unit = sign_in(Role.VISITATOR), sign_in(Role.CASEWORKER)
    token = csrf_token(client, "/hjaelp/")
    for asked, page in [
        *((client, f"/visitering/{waiting}{place}") for place in ("", "/del", "/saml", "/ikke-vores")),
        *((client, f"/henvendelser/{waiting}{place}") for place in ("", "?vis=alt")),
        (client, f"/visitering/{waiting}/naeste?kun={other}"),
        (client, "/henvendelser/?q=vej"),
        *((unit, f"/enheden/{routed}{place}") for place in ("", "/retur")),
    ]:
        for htmx in (False, True):
            began = time.thread_time()
            headers = {"HX-Request": "true"} if htmx else {}
            ahead = "/naeste" in page
            answer = (
                asked.post(page, data={"csrf_token": token}, headers=headers)
                if ahead
                else asked.get(page, headers=headers)
            )
            assert answer.status_code == 200, page
            assert len(answer.data) < LARGEST, page
            print(f"{page} {len(answer.data)} {time.thread_time() - began:.2f}")


def test_the_rest_is_one_look_away_and_logged(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Vej", "Et hul."))
    put(town, enquiry_id, "\n\n".join(f"Afsnit {n}, nummer 010190-1234." for n in range(3_000)) + "\n\nSlut.")
    client, seen = sign_in(Role.VISITATOR), ""
    address = f"/visitering/{enquiry_id}"
    for _ in range(10):
        page = client.get(address).text
        seen += page
        if "Vis resten" not in page:
            break
        address = page.split('class="rest-of')[1].split('href="')[1].split('"')[0]
    assert "Slut." in page
    assert all(f"Afsnit {n}, " in seen for n in range(3_000))
    assert "010190" not in seen
    assert looks(town, enquiry_id).count("rest of the text") == 3


def test_the_rest_is_for_whoever_may_see_the_mail(town: Town, sign_in: SignIn) -> None:
    mine, theirs = town.receive(mail("Træ", "Et træ."), mail("Vej", "Et hul."))
    town.decide(mine, PARK)
    client = sign_in(Role.CASEWORKER)
    assert client.get(f"/henvendelser/{mine}/tekst").status_code == 200
    assert client.get(f"/henvendelser/{theirs}/tekst").status_code == 404
    assert sign_in(None).get(f"/henvendelser/{mine}/tekst").status_code == 302


def test_the_rest_without_what_is_hidden_is_logged_as_such(town: Town, sign_in: SignIn) -> None:
    (enquiry_id,) = town.receive(mail("Vej", "Et hul."))
    put(town, enquiry_id, "ord " * 10_000 + "010190-1234 " + "ord " * 40_000)
    page = sign_in(Role.VISITATOR).get(f"/henvendelser/{enquiry_id}/tekst?fra=20000&vis=alt").text
    assert "010190-1234" in page
    assert "vis=alt" in page.split('class="rest-of')[1]
    assert looks(town, enquiry_id) == ["unmasked"]
