"""Splitting through the client, without JavaScript."""

import pytest
from sqlalchemy import func, select

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.models.event import Event
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post, version
from tests.town import PARK, ROAD, Town, mail


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


def test_the_form_proposes_where_the_writer_goes_on_to_another_thing(town: Town, sign_in: SignIn) -> None:
    text = (
        "Lygten er gået.\n> Tak for din mail. Vi vender tilbage.\n\nEn anden ting: hvem fejer fortovet? CPR 010190-0000"
    )
    (whole,) = town.receive(mail("Lys, CPR 010190-0000", text))
    client = sign_in(Role.VISITATOR)
    page = client.get(f"/visitering/{whole}/del").text
    assert 'value="Hvem fejer fortovet?"' in page
    assert "010190" not in page
    assert [f'name="pieces-0" value="{n}" checked' in page for n in range(4)] == [True, True, False, False]
    assert [f'name="pieces-1" value="{n}" checked' in page for n in range(4)] == [False, False, True, True]
    assert "skifte emne undervejs" in page
    form = {
        "version": version(page), "parts": 2, "title-0": "L" * 81, "pieces-0": ["0", "1"], "title-1": "Fortov",
        "pieces-1": ["2", "3"],
    }  # fmt: skip
    refused = post(client, f"/visitering/{whole}/del", **form)
    assert refused.status_code == 422
    assert "højst have 80 tegn" in refused.text
    assert post(client, f"/visitering/{whole}/del", **(form | {"title-0": "Lys"})).status_code == 303
    assert "&gt; Tak for din mail. Vi vender tilbage." in client.get(f"/visitering/{whole + 1}").text


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Et træ er væltet. Et hul i vejen.", "Sætninger"),
        ("Et træ er væltet\n\nEt hul i vejen", "Afsnit"),
        ("Et træ er væltet. Det var i nat.\n\nEt hul i vejen", "Sætninger"),
    ],
)
def test_the_pieces_are_called_what_they_are(town: Town, sign_in: SignIn, text: str, called: str) -> None:
    (whole,) = town.receive(mail("To ting", text))
    page = sign_in(Role.VISITATOR).get(f"/visitering/{whole}/del").text
    other = {"Sætninger": "Afsnit", "Afsnit": "Sætninger"}[called]
    assert f"<span>{called}</span>" in page
    assert f"<span>{other}</span>" not in page


def test_the_suggestion_of_a_part_comes_to_the_page_when_it_is_there(town: Town, sign_in: SignIn) -> None:
    """No page waits for the learner, which may be in another process; and nobody waits for it to decide."""
    town.teach_history()
    (whole,) = town.receive(mail("To ting", "Et træ er væltet i parken\n\nEt hul i vejen"))
    client = sign_in(Role.VISITATOR)
    form = {"version": version(client.get(f"/visitering/{whole}/del").text), "parts": 2, "title-0": "Træet"}
    form |= {"pieces-0": "0", "title-1": "Hullet", "pieces-1": "1"}
    assert post(client, f"/visitering/{whole}/del", **form).status_code == 303
    first, second = whole + 1, whole + 2
    page = client.get(f"/visitering/{first}").text
    poll = f"/visitering/{first}/forslag"
    assert f'hx-get="{poll}"' in page
    assert "Forslaget er på vej" in page
    assert client.get(poll).status_code == 204
    assert looks(town, first) == 1, "who is shown nothing has not looked"
    town.learn()
    fresh = client.get(poll)
    assert fresh.status_code == 200
    assert f'value="{town.units[PARK]}" data-key="1"' in fresh.text
    assert "hx-get" not in fresh.text
    assert looks(town, first) == 2
    assert f'value="{town.units[ROAD]}" data-key="1"' in client.get(f"/visitering/{second}").text


def looks(town: Town, enquiry_id: int) -> int:
    with database.read(town.container.engine) as session:
        query = select(func.count(Event.id)).where(Event.kind == "viewed", Event.enquiry_id == enquiry_id)
        return session.scalar(query) or 0
