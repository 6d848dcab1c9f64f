"""A plan made in the browser move by move, seen before it is carried out, and undone."""

import html
import re
import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.unit import Unit
from app.workflow import what_if
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, ROAD, WASTE, Town

PAGE = "/enheder/omlaeg/"
EMPTY = '{"moves": []}'


class Planner:
    """Fills in the forms as a person does: the page carries the plan from one to the next."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.token, self.page = client, csrf_token(client, PAGE), client.get(PAGE).text

    def send(self, **form: Any) -> Any:
        plan = html.unescape(re.findall(r'name="plan" value="([^"]*)"', self.page)[0])
        answer = self.client.post(f"{PAGE}plan", data={"csrf_token": self.token, "plan": plan, **form})
        if answer.status_code in (200, 422):
            self.page = answer.text
        return answer

    def moves(self) -> list[str]:
        found = re.findall(r'<ol class="plan">(.*?)</ol>', self.page, re.DOTALL)
        items = re.findall(r"<li><span>(.*?)</span>", found[0], re.DOTALL) if found else []
        return [" ".join(html.unescape(re.sub(r"<[^>]+>", "", item)).split()) for item in items]


@pytest.fixture
def planner(town: Town, sign_in: SignIn) -> Planner:
    town.teach_history(times=12)
    return Planner(sign_in(Role.ADMINISTRATOR))


def merge(town: Town, planner: Planner, **more: Any) -> Any:
    units = [town.units[PARK], town.units[ROAD]]
    form = {"add": "merge", "units": units, "into": "", "name": "Grønt", "address": "groent@town.example.org"}
    return planner.send(**form | more)


def units(town: Town) -> dict[str, bool]:
    with database.read(town.container.engine) as session:
        return {unit.name: unit.closed for unit in session.scalars(select(Unit))}


def test_a_plan_grows_move_by_move(town: Town, planner: Planner) -> None:
    waste = town.units[WASTE]
    merge(town, planner)
    planner.send(
        add="split", unit=waste, part0_into="", part0_name="Storskrald", part0_address="stor@town.example.org",
        part0_words="storskrald, sofa", part0_mailbox="", part1_into="", part2_into="", rest_into="",
    )  # fmt: skip
    planner.send(add="rename", unit=waste, name="Genbrug")
    planner.send(add="move", unit=waste, area="Miljø", centre="")
    assert planner.moves() == [
        "Læg sammen: Park + Vej → Grønt",
        "Del: Affald → Storskrald (med ordene storskrald, sofa), resten til Affald",
        "Nyt navn: Affald → Genbrug",
        "Flyt: Affald → Miljø",
    ]
    planner.send(remove=0)
    assert len(planner.moves()) == 3


def test_what_is_wrong_is_said_and_what_was_written_stays(town: Town, planner: Planner) -> None:
    response = merge(town, planner, address="ingen adresse")
    assert response.status_code == 422
    assert "Skriv en mailadresse" in planner.page
    assert 'value="Grønt"' in planner.page
    assert planner.moves() == []
    assert planner.send(rehearse=1).status_code == 422
    assert planner.client.post(f"{PAGE}plan", data={"csrf_token": planner.token, "plan": "x"}).status_code == 422


def test_seen_carried_out_and_undone(town: Town, planner: Planner) -> None:
    client, before = planner.client, units(town)
    hashed = town.container.learner.state_hash()
    merge(town, planner)
    where = planner.send(rehearse=1).location
    waiting = client.get(where).text
    assert "Gennemfør ændringen" not in waiting
    assert re.search(r"<th scope=\"row\">Park</th><td>Grønt</td><td>48</td>", waiting)
    switch = {"csrf_token": planner.token, "confirmed": "on"}
    assert client.post(f"{where}/gennemfoer", data=switch).status_code == 404
    what_if.play(town.container, threading.Event())
    page = client.get(where).text
    assert "Gennemfør ændringen" in page
    assert "Hvad der ville være sket" in page
    assert client.post(f"{where}/gennemfoer", data={"csrf_token": planner.token}).status_code == 422
    assert units(town) == before

    assert client.post(f"{where}/gennemfoer", data=switch).status_code == 303
    assert town.container.learner.wake.is_set()
    town.learn()
    assert units(town) == {PARK: True, ROAD: True, WASTE: False, "Grønt": False}
    assert "Planen kan ikke gennemføres" in client.get(where).text
    assert client.post(f"{where}/gennemfoer", data=switch).status_code == 422

    assert "/enheder/omlaeg/gendan/1" in client.get(PAGE).text
    assert "Læg sammen" in client.get("/enheder/omlaeg/gendan/1").text
    client.post("/enheder/omlaeg/gendan/1", data={"csrf_token": planner.token})
    town.learn()
    assert units(town) == {**before, "Grønt": True}
    assert town.container.learner.state_hash() == hashed
    assert client.post("/enheder/omlaeg/gendan/1", data={"csrf_token": planner.token}).status_code == 422


def test_a_young_house_reorganises_without_a_rehearsal(town: Town, sign_in: SignIn) -> None:
    town.teach_history()
    planner = Planner(sign_in(Role.ADMINISTRATOR))
    merge(town, planner)
    where = planner.send(rehearse=1).location
    page = planner.client.get(where).text
    assert "for få mails" in page
    assert "Gennemfør ændringen" in page
