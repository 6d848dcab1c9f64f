"""Help: hints that go away, a glossary that every link finds, one sheet for caseworkers."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from app.domain.access import Role
from app.domain.hints import PAGES
from app.web.platform.glossary import GLOSSARY
from tests.app.web.conftest import SignIn, csrf_token
from tests.town import Town, mail

TEMPLATES = Path(__file__).parents[4] / "templates"
HTMX = {"HX-Request": "true"}


def hints_on(page: str) -> list[str]:
    return re.findall(r'data-hint="(\w+)"', page)


@pytest.mark.parametrize("htmx", [False, True])
def test_one_hint_at_a_time_until_all_are_closed(town: Town, sign_in: SignIn, htmx: bool) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    client = sign_in(Role.VISITATOR)
    for code in PAGES["triage"]:
        assert hints_on(client.get("/visitering/").text) == [code]
        url = re.findall(r'formaction="(/hjaelp/tips/[^"]+)"', client.get("/visitering/").text)[0]
        token = {"csrf_token": csrf_token(client, "/hjaelp/")}
        answer = client.post(url, data=token, headers=HTMX if htmx else {})
        assert (answer.status_code, answer.text if htmx else answer.location) == (
            (200, "") if htmx else (303, "/visitering/")
        )
    assert hints_on(client.get("/visitering/").text) == []
    client.post("/hjaelp/tips/igen", data={"csrf_token": csrf_token(client, "/hjaelp/")})
    assert hints_on(client.get("/visitering/").text) == [PAGES["triage"][0]]


def test_the_units_page_has_its_own(town: Town, sign_in: SignIn) -> None:
    assert hints_on(sign_in(Role.CASEWORKER).get("/enheden/").text) == [PAGES["caseload"][0]]
    assert hints_on(sign_in(Role.CASEWORKER).get("/henvendelser/").text) == []


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("entry", GLOSSARY, ids=lambda entry: entry.slug)
def test_every_word_in_two_plain_sentences(app: Flask, language: str, entry) -> None:  # type: ignore[no-untyped-def]
    with app.test_request_context(), force_locale(language):
        text = str(entry.text)
    assert len(re.findall(r"\.(?=\s|$)", text)) == 2, text
    assert len(text) < 220


def test_every_link_into_the_glossary_finds_its_word(town: Town, sign_in: SignIn) -> None:
    linked = {
        slug for path in TEMPLATES.rglob("*.html") for slug in re.findall(r'help\.term\("([^"]+)"\)', path.read_text())
    }
    page = sign_in(Role.CASEWORKER).get("/hjaelp/").text
    assert linked >= {"blindproeve", "fejlbudget", "graense"}
    assert all(f'id="{slug}"' in page for slug in linked)


def test_whom_to_ask(town: Town, sign_in: SignIn) -> None:
    page = sign_in(Role.CASEWORKER).get("/hjaelp/").text
    assert "mailto:administrator@town.example.org" in page
    assert "mailto:manager@town.example.org" in page
    assert "mailto:visitator@town.example.org" not in page


def test_the_sheet_for_caseworkers(town: Town, sign_in: SignIn) -> None:
    page = sign_in(Role.CASEWORKER).get("/hjaelp/sagsbehandler").text
    for said in (
        "Sådan kommer mailen",
        "Ikke jeres?",
        "De to frister",
        "journaliseres af sig selv",
        "skal du ikke mere",
    ):
        assert said in page


@pytest.mark.parametrize("url", ["/hjaelp/", "/hjaelp/sagsbehandler", "/enheden/", "/oevelse/"])
def test_in_english_too(town: Town, sign_in: SignIn, url: str) -> None:
    client = sign_in(Role.MANAGER)
    client.post("/sprog/en", data={"csrf_token": csrf_token(client, "/hjaelp/"), "next": "/hjaelp/"})
    visible = re.sub(r"<[^>]+>", " ", client.get(url).text.split("<body", 1)[1])
    assert re.findall(r"\w*[æøåÆØÅ]\w*", visible) == []
