"""Splitting through the client, without JavaScript."""

from app.domain.access import Role
from app.domain.enquiry import State
from tests.app.web.conftest import SignIn
from tests.app.web.test_pages import post, version
from tests.town import Town, mail


def test_a_mail_is_split_by_ticking_its_paragraphs(town: Town, sign_in: SignIn) -> None:
    (whole,) = town.receive(mail("To ting", "Mit CPR er 010190-0000\n\nEt træ er væltet\n\nEt hul i vejen"))
    client = sign_in(Role.VISITATOR)
    assert f'href="/visitering/{whole}/del" data-key="d"' in client.get("/visitering/").text
    page = client.get(f"/visitering/{whole}/del").text
    assert "010190" not in page
    form = {
        "version": version(page), "parts": 2, "title-0": "Træet", "pieces-0": ["0", "1"],
        "title-1": "Hullet", "pieces-1": "2", "text-1": "Ved nr. 3",
    }  # fmt: skip
    more = post(client, f"/visitering/{whole}/del", more=1, **form).text
    assert "Del 3" in more
    assert 'value="Træet"' in more
    empty = post(client, f"/visitering/{whole}/del", **(form | {"title-1": ""}))
    assert empty.status_code == 422
    assert "Ved nr. 3" in empty.text
    response = post(client, f"/visitering/{whole}/del", **form)
    assert response.location.endswith(f"/visitering/{whole + 1}")
    first, second = town.enquiry(whole + 1), town.enquiry(whole + 2)
    assert (first.subject, second.subject) == ("Træet", "Hullet")
    assert (first.state, town.enquiry(whole).state) == (State.TRIAGE, State.SET_ASIDE)
    assert "Ved nr. 3" in client.get(f"/visitering/{second.id}").text
    story = client.get(f"/henvendelser/{second.id}").text
    assert "Delt i 2" in story
    assert "dette er del 2" in story
    assert f"/henvendelser/{whole}" in story
    assert "Delt i 2" in client.get(f"/henvendelser/{whole}").text
    assert post(client, f"/visitering/{whole}/del", **form).status_code == 409
