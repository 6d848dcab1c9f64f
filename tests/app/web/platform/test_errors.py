"""What a person meets when it did not go well: a page of the house that says what to do."""

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.domain.access import Role
from tests.app.web.conftest import SignIn, csrf_token


def test_a_reader_of_fragments_is_told_where_the_door_is(sign_in: SignIn) -> None:
    asking = {"HX-Request": "true", "HX-Current-URL": "http://localhost/visitering/7?kun=7"}
    answer = sign_in(None).get("/visitering/koe", headers=asking)
    assert answer.status_code == 401
    assert answer.headers["Sluse-Sign-In"] == "/log-ind?next=/visitering/7?kun%3D7"
    assert answer.text == ""


def test_a_token_from_before_signing_out_leads_to_the_door(sign_in: SignIn) -> None:
    asking = {"HX-Request": "true", "HX-Current-URL": "http://localhost/visitering/"}
    answer = sign_in(None).post("/visitering/1", data={"unit": 1}, headers=asking)
    assert answer.headers["Sluse-Sign-In"].startswith("/log-ind")


@pytest.mark.parametrize(("page", "back"), [
    ("http://localhost/skabeloner/ny?art=forward", "/skabeloner/ny?art%3Dforward"),
    ("https://elsewhere.example.org/skabeloner/ny", "/skabeloner/ny"),
    ("", ""),
])  # fmt: skip
def test_a_form_sent_signed_out_comes_back_to_its_page(sign_in: SignIn, page: str, back: str) -> None:
    client = sign_in(None)
    answer = client.post("/skabeloner/ny", data={"name": "x"}, headers={"Referer": page})
    assert answer.status_code == 303
    assert answer.location == f"/log-ind?next={back}"
    assert "Du er logget ud, og intet er sendt." in client.get(answer.location).text


@pytest.mark.parametrize(
    ("method", "url", "status", "words"),
    [
        ("get", "/findes-ikke", 404, "Er adressen skrevet af"),
        ("post", "/visitering/fortryd", 400, "står der endnu"),
    ],
)
def test_an_error_says_what_to_do(sign_in: SignIn, method: str, url: str, status: int, words: str) -> None:
    answer = sign_in(Role.VISITATOR).open(url, method=method.upper())
    assert answer.status_code == status
    assert words in answer.text
    assert "data-message" in answer.text


def test_a_refusal_without_a_page_of_its_own(sign_in: SignIn) -> None:
    client = sign_in(Role.ADMINISTRATOR)
    form = {"csrf_token": csrf_token(client, "/alarmer/"), "konto": "a@town.example.org", "siden": "i går"}
    answer = client.post("/alarmer/mistro", data=form)
    assert answer.status_code == 422
    assert "Det kan ikke lade sig gøre" in answer.text


def test_the_page_of_last_resort_needs_no_database(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(Role.VISITATOR)
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the file is gone"))

    monkeypatch.setattr("app.database.read", gone)
    answer = client.get("/henvendelser/")
    assert answer.status_code == 500
    assert "Noget gik galt hos os" in answer.text
    assert 'href="/henvendelser/">Prøv igen' in answer.text


@pytest.mark.parametrize(("address", "page"), [
    ("/enheder/1/robot", "/enheder/1"),
    ("/visitering/fortryd", "/visitering/"),
    ("/visitering/1/saml/x", None),
])  # fmt: skip
def test_who_reloads_a_refused_form_comes_back_to_its_page(sign_in: SignIn, address: str, page: str | None) -> None:
    answer = sign_in(Role.ADMINISTRATOR).get(address)
    assert answer.status_code == (303 if page else 404)
    assert answer.location == page
