"""A wave through the client: banner, list, decision; and merging by number. Without JavaScript."""

from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.models.authority import Referral
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post, version
from tests.storm import storm, wave_ids
from tests.town import ROAD, Town, mail, now


def test_the_banner_leads_to_the_list_and_one_click_decides_it(town: Town, sign_in: SignIn) -> None:
    ids = town.receive(*(storm(n) for n in range(5)))
    (wave_id,) = wave_ids(town)
    client = sign_in(Role.VISITATOR)
    page = client.get("/visitering/").text
    assert f'href="/visitering/boelge/{wave_id}" data-key="b"' in page
    assert page.count("5 ens mails") == 2
    listing = client.get(f"/visitering/boelge/{wave_id}").text
    assert listing.count('name="mail"') == 5
    assert "borger.example.org" not in listing
    tokens = [f"{n}.{town.enquiry(n).version}" for n in ids]
    response = post(client, f"/visitering/boelge/{wave_id}", listed=tokens, mail=tokens[1:], unit=town.units[ROAD])
    assert response.status_code == 303
    assert "4 mails er fordelt samlet" in client.get(response.location).text
    assert [town.enquiry(n).state for n in ids] == [State.TRIAGE, *[State.ROUTED] * 4]
    assert post(client, "/visitering/boelge/999", listed=tokens, mail=tokens, unit=1).status_code == 404


def test_the_list_says_from_how_many_they_are(town: Town, sign_in: SignIn) -> None:
    again = storm(2, "b0@borger.example.org").replace(b"Message-ID: <", b"Message-ID: <again.")
    ids = town.receive(*(storm(n) for n in range(4)), again)
    (wave_id,) = wave_ids(town)
    client = sign_in(Role.VISITATOR)
    assert "kom fra 4 forskellige afsendere." in client.get(f"/visitering/boelge/{wave_id}").text
    for n in ids[1:4]:
        town.decide(n, ROAD)
    page = client.get(f"/visitering/boelge/{wave_id}").text
    assert page.count('name="mail"') == 2
    assert "kom fra 1 afsender." in page
    assert "forskellige afsendere" not in page


def test_a_wave_for_another_authority_shows_every_letter_before_it_goes(town: Town, sign_in: SignIn) -> None:
    with database.write(town.container.engine) as session:
        line = AuthorityLine(
            "Nabostrup Kommune", "post@nabo.example.org", "", "Kære {afsender}: {emne} er {myndighed}s."
        )
        authority = authorities.save(session, None, line, by=Actor("admin"), now=now()).id
    ids = town.receive(*(storm(n) for n in range(5)))
    (wave_id,) = wave_ids(town)
    client = sign_in(Role.VISITATOR)
    tokens = [f"{n}.{town.enquiry(n).version}" for n in ids]
    form = {"listed": tokens, "mail": tokens[1:], "authority": authority}
    letters = post(client, f"/visitering/boelge/{wave_id}", **form)
    assert letters.status_code == 200
    assert [f"Storm {n} er Nabostrup Kommunes." in letters.text for n in range(5)] == [False, True, True, True, True]
    assert {town.enquiry(n).state for n in ids} == {State.TRIAGE}
    response = post(client, f"/visitering/boelge/{wave_id}", **form, send=1)
    assert response.status_code == 303
    assert [town.enquiry(n).state for n in ids] == [State.TRIAGE, *[State.REFERRED] * 4]
    with database.read(town.container.engine) as session:
        texts = session.scalars(select(Referral.text).order_by(Referral.enquiry_id)).all()
    assert [f"Storm {n} er" in text for n, text in enumerate(texts, 1)] == [True] * 4
    assert "Sendt til Nabostrup Kommune." in client.get(response.location).text
    undone = post(client, "/visitering/fortryd", "/visitering/")
    assert undone.status_code == 303
    assert {town.enquiry(n).state for n in ids} == {State.TRIAGE}
    again = [f"{n}.{town.enquiry(n).version}" for n in ids]
    assert (
        post(client, f"/visitering/boelge/{wave_id}", listed=again, mail=again, action="not_enquiry").status_code == 303
    )
    assert [town.enquiry(n).state for n in ids] == [State.TRIAGE, *[State.SET_ASIDE] * 4]
    assert post(client, f"/visitering/boelge/{wave_id}", listed=again, mail=again, authority=99).status_code == 404


def test_two_mails_are_merged_by_number(town: Town, sign_in: SignIn) -> None:
    first, second = town.receive(mail("Træ", "Træet er væltet"), mail("Hul", "Et hul", sender="b@b.example.org"))
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{second}/saml").text
    form = {"leader": first, "version": version(page)}
    assert post(client, f"/visitering/{second}/saml", **(form | {"leader": second})).status_code == 422
    assert post(client, f"/visitering/{second}/saml", **form).status_code == 303
    assert town.enquiry(second).follow_up_of_id == first
