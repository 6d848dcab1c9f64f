"""The practice round through the client: feedback after each, a result, and not a trace in the house."""

import re

import pytest
from flask.testing import FlaskClient

from app.domain import practice
from app.domain.access import Role
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.routes import dump
from tests.town import Town

MAILS = practice.material().mails
HTMX = {"HX-Request": "true"}


@pytest.fixture
def learner(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.VISITATOR)


def post(client: FlaskClient, step: str, *, htmx: bool = False, **form: object) -> str:
    data = {"csrf_token": csrf_token(client, "/oevelse/")} | form
    answer = client.post(f"/oevelse/{step}", data=data, headers=HTMX if htmx else {})
    assert answer.status_code == (200 if htmx else 303)
    return answer.text if htmx else client.get("/oevelse/").text


def decide(client: FlaskClient, n: int, choice: str, *, htmx: bool = False) -> str:
    return post(client, "svar", htmx=htmx, mail=n, **{"action" if choice in practice.ACTIONS else "unit": choice})


@pytest.mark.parametrize("htmx", [False, True])
def test_ten_mails_with_feedback_and_a_result(town: Town, learner: FlaskClient, htmx: bool) -> None:
    before = dump(town)
    page = post(learner, "begynd", htmx=htmx)
    for n, mail in enumerate(MAILS):
        assert mail.subject in page
        assert f"Øvelse: {n + 1} af 10" in page
        choice = mail.answer if n % 2 else "Havnen" if mail.answer != "Havnen" else "Støj"
        page = decide(learner, n, choice, htmx=htmx)
        assert mail.because["da"] in page
        assert ("Rigtigt:" in page) is bool(n % 2)
        page = post(learner, "videre", htmx=htmx)
    assert "5 af 10" in page
    assert "pr. valg" in page
    assert dump(town) == before


def test_what_the_answer_would_have_been(learner: FlaskClient) -> None:
    post(learner, "begynd")
    assert "Her ville Affald have fået den" in decide(learner, 0, "Veje")


def test_one_decision_a_mail(learner: FlaskClient) -> None:
    post(learner, "begynd")
    decide(learner, 0, "Veje")
    page = decide(learner, 0, "Affald")
    assert "Du valgte Veje" in page
    post(learner, "videre")
    for nonsense in ("Park", "", "rm -rf"):
        assert "Øvelse: 2 af 10" in decide(learner, 1, nonsense)
    assert "Hvem skal svare?" in decide(learner, 0, "Veje")
    assert "Hvem skal svare?" in post(learner, "videre")


def test_a_blind_mail_shows_nothing_of_what_the_robot_thinks(learner: FlaskClient) -> None:
    post(learner, "begynd")
    for n in range(6):
        decide(learner, n, "Veje")
        page = post(learner, "videre")
    assert MAILS[6].kind == "blind"
    assert not re.findall(r'class="pick|<mark|class="why', page)
    assert "robotten ville have valgt Byggesager" in decide(learner, 6, "Støj")


def test_a_session_of_before_begins_anew(learner: FlaskClient) -> None:
    assert "Begynd" in learner.get("/oevelse/").text
    assert "Begynd" in post(learner, "svar", mail=0, unit="Veje")
