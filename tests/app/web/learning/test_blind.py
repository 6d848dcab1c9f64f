"""A blind decision on the pages: nothing of the suggestion before it, what the robot would have said after it."""

import pytest

from app.domain.access import Role
from tests.app.web.conftest import SignIn
from tests.app.web.steps import post
from tests.town import PARK, ROAD, WASTE, Town, mail

TREE = "Et træ er væltet i parken"


@pytest.fixture
def checked(town: Town) -> int:
    town.teach_history()
    town.automatic()
    town.sample(checks=1.0)
    (enquiry,) = town.receive(mail("Spørgsmål", TREE))
    return enquiry


def test_nothing_of_the_suggestion_before_the_decision(town: Town, checked: int, sign_in: SignIn) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    triage, story = client.get(f"/visitering/{checked}").text, client.get(f"/henvendelser/{checked}").text
    assert "Stikprøve med skjult forslag" in triage
    for sign in ('class="pick', "<meter", "<mark", 'class="why', 'data-key="1"', "sikker", "guides", " %"):
        assert sign not in triage, sign
    for sign in ("<mark", "sikker nok", " %", f"{PARK} ·"):
        assert sign not in story, sign
    assert "stikprøve" in story


def test_all_units_stand_in_alphabetical_order_and_none_is_chosen(town: Town, checked: int, sign_in: SignIn) -> None:
    page = sign_in(Role.VISITATOR).get(f"/visitering/{checked}").text
    units = page[page.index("data-all") :]
    assert sorted((WASTE, PARK, ROAD), key=lambda name: units.index(f"<b>{name}</b>")) == [WASTE, PARK, ROAD]
    assert units.count('class="unit"') == 3
    assert "chosen" not in units
    assert 'id="find"' in page


@pytest.mark.parametrize(
    ("unit", "said"), [(PARK, "robotten ville også have valgt Park"), (ROAD, "robotten ville have valgt Park")]
)
def test_after_the_decision_the_receipt_tells(town: Town, checked: int, sign_in: SignIn, unit: str, said: str) -> None:
    client = sign_in(Role.VISITATOR)
    version = town.enquiry(checked).version
    page = post(client, f"/visitering/{checked}", "/visitering/", unit=town.units[unit], version=version)
    after = client.get("/visitering/").text if page.status_code == 303 else page.text
    town.learn()
    assert said in client.get(f"/visitering/{checked}").text or said in after
    story = sign_in(Role.MANAGER).get(f"/henvendelser/{checked}").text
    assert "udtaget til stikprøve" in story


def test_after_a_dismissal_too(town: Town, checked: int, sign_in: SignIn) -> None:
    client = sign_in(Role.VISITATOR)
    form = {"authority": 0, "text": "Ikke os.", "version": town.enquiry(checked).version}
    post(client, f"/visitering/{checked}/ikke-vores", "/visitering/", **form)
    assert "Stikprøve: robotten ville have valgt Park." in client.get("/visitering/").text


def test_a_mail_that_is_no_blind_check_shows_its_suggestion(town: Town, checked: int, sign_in: SignIn) -> None:
    town.automatic(1.0)
    (enquiry,) = town.receive(mail("Spørgsmål", f"{TREE} igen"))
    page = sign_in(Role.VISITATOR).get(f"/visitering/{enquiry}").text
    assert 'class="pick' in page
    assert "Stikprøve:" not in page


def test_other_decisions_do_not_say_that_a_hidden_suggestion_changed(town: Town, checked: int, sign_in: SignIn) -> None:
    town.automatic(1.0)
    (enquiry,) = town.receive(mail("Spørgsmål", "Et træ er væltet i parken nu"))
    client = sign_in(Role.VISITATOR)
    form = {"unit": town.units[WASTE], "version": town.enquiry(enquiry).version}
    post(client, f"/visitering/{enquiry}", "/visitering/", **form)
    town.learn()
    assert f"kun={checked}" not in client.get("/visitering/").text
