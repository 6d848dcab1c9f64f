"""Asking the past on a page: the question, the wait, the answer, and taking what was rehearsed."""

import threading

from app import database
from app.domain.access import Role
from app.domain.what_if import Question, WhatIfState
from app.models.what_if import WhatIf
from app.services.inbound import rules
from app.services.platform import settings
from app.workflow import what_if
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import PARK, Town

PAGE = "/hvad-nu-hvis/"


def asked(town: Town) -> Question:
    with database.read(town.container.engine) as session:
        return Question.from_json(session.get_one(WhatIf, 1).question)


def test_a_manager_asks_waits_and_takes_a_budget(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=12)
    client = sign_in(Role.MANAGER)
    token = csrf_token(client, PAGE)
    response = client.post(PAGE, data={"csrf_token": token, "max_error": "2,5"})
    assert response.location == "/hvad-nu-hvis/1"
    waiting = client.get("/hvad-nu-hvis/1").text
    assert 'hx-trigger="every 2s"' in waiting
    htmx = {"HX-Request": "true"}
    assert "HX-Refresh" not in client.get("/hvad-nu-hvis/1", headers=htmx).headers
    assert "Indfør" not in waiting
    what_if.play(town.container, threading.Event())
    answer = client.get("/hvad-nu-hvis/1", headers=htmx)
    assert answer.headers["HX-Refresh"] == "true"
    assert "<html" not in answer.text
    assert "hx-trigger" not in answer.text
    page = client.get("/hvad-nu-hvis/1").text
    assert "Forkerte blandt dem" in page
    assert "Indfør" in page
    assert client.post("/hvad-nu-hvis/1/indfoer", data={"csrf_token": token}).status_code == 422
    client.post("/hvad-nu-hvis/1/indfoer", data={"csrf_token": token, "confirmed": "on"})
    with database.read(town.container.engine) as session:
        assert settings.get(session, settings.MAX_ERROR) == 0.025
    assert "2,5 %" in client.get(PAGE).text


def test_the_form_says_what_was_asked(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=12)
    with database.write(town.container.engine) as session:
        rules.install_defaults(session)
    client = sign_in(Role.ADMINISTRATOR)
    form = {
        "csrf_token": csrf_token(client, PAGE), "max_error": "", "without_rule": ["1", "3"],
        f"mode_{town.units[PARK]}": "automatic", "mode_2": "", "plan_of": "",
    }  # fmt: skip
    client.post(PAGE, data=form)
    found = asked(town)
    assert (found.max_error, found.without_rules, dict(found.modes)) == (None, (1, 3), {"1": "automatic"})
    page = client.get("/hvad-nu-hvis/1").text
    assert "uden reglen" in page
    assert "Aktindsigt" in page


def test_what_cannot_be_asked_is_said_beside_the_form(town: Town, sign_in: SignIn) -> None:
    client = sign_in(Role.MANAGER)
    token = csrf_token(client, PAGE)
    for form, said in (
        ({"max_error": ""}, "Vælg mindst én ting"),
        ({"max_error": "90"}, "Den tilladte fejlandel skrives i procent"),
        ({"max_error": "2"}, "fordelt for få mails"),
    ):
        response = client.post(PAGE, data={"csrf_token": token, **form})
        assert response.status_code == 422
        assert said in response.text


def test_what_was_interrupted_can_go_again(town: Town, sign_in: SignIn) -> None:
    town.teach_history(times=12)
    client = sign_in(Role.MANAGER)
    token = csrf_token(client, PAGE)
    client.post(PAGE, data={"csrf_token": token, "max_error": "2"})
    stopping = threading.Event()
    stopping.set()
    what_if.play(town.container, stopping)
    assert "afbrudt" in client.get("/hvad-nu-hvis/1").text
    client.post("/hvad-nu-hvis/1/igen", data={"csrf_token": token})
    with database.read(town.container.engine) as session:
        assert session.get_one(WhatIf, 1).state is WhatIfState.WAITING
