"""A wave through the client: banner, list, decision; and merging by number. Without JavaScript."""

from app.domain.access import Role
from app.domain.enquiry import State
from tests.app.services.test_waves import storm, wave_ids
from tests.app.web.conftest import SignIn
from tests.app.web.test_pages import post, version
from tests.town import ROAD, Town, mail


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


def test_two_mails_are_merged_by_number(town: Town, sign_in: SignIn) -> None:
    first, second = town.receive(mail("Træ", "Træet er væltet"), mail("Hul", "Et hul", sender="b@b.example.org"))
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{second}/saml").text
    form = {"leader": first, "version": version(page)}
    assert post(client, f"/visitering/{second}/saml", **(form | {"leader": second})).status_code == 422
    assert post(client, f"/visitering/{second}/saml", **form).status_code == 303
    assert town.enquiry(second).follows_id == first
