"""Every kind of answer has the headers that keep a page from being framed, stored and sniffed; whatever went wrong."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.access import Role
from app.services.triage import returns
from app.web.platform.uploads import LARGEST_BODY
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.routes import path, rules
from tests.town import PARK, Town, mail

HTMX = {"HX-Request": "true"}


def too_many(client: FlaskClient) -> TestResponse:
    for _ in range(12):
        answer = client.get("/henvendelser/henvendelser.csv")
    return answer


def broken(client: FlaskClient) -> TestResponse:
    client.application.view_functions["help.index"] = lambda: 1 / 0
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    return client.get("/hjaelp/")


def from_another_site(client: FlaskClient) -> TestResponse:
    form = {"csrf_token": csrf_token(client, "/konto/")}
    return client.post("/sprog/en", data=form, headers={"Sec-Fetch-Site": "cross-site"})


def unprocessable(client: FlaskClient) -> TestResponse:
    form = {"csrf_token": csrf_token(client, "/konto/"), "old": "x", "password": "x", "again": "x"}
    return client.post("/konto/adgangskode", data=form)


ANSWERS: dict[str, tuple[int, Callable[[FlaskClient], TestResponse]]] = {
    "no token": (400, lambda client: client.post("/robot/kontakt")),
    "another site": (403, from_another_site),
    "no such page": (404, lambda client: client.get("/findes-ikke")),
    "no such mail": (404, lambda client: client.get("/henvendelser/99999")),
    "no such file": (404, lambda client: client.get("/static/findes-ikke.js")),
    "no such way": (405, lambda client: client.delete("/hjaelp/")),
    "too large": (413, lambda client: client.post("/log-ind", data=b"x" * (LARGEST_BODY + 1))),
    "makes no sense": (422, unprocessable),
    "too many": (429, too_many),
    "ours is the fault": (500, broken),
    "options": (200, lambda client: client.options("/hjaelp/")),
    "a redirect": (302, lambda client: client.get("/")),
    "a file of ours": (200, lambda client: client.get("/static/app.css", buffered=True)),
}


def protected(answer: TestResponse) -> bool:
    policy = answer.headers.get("Content-Security-Policy", "")
    return (
        "default-src 'none'" in policy
        and "unsafe" not in policy
        and answer.headers.get("X-Content-Type-Options") == "nosniff"
        and answer.headers.get("X-Frame-Options") in ("DENY", "SAMEORIGIN")
        and answer.headers.get("Referrer-Policy") == "same-origin"
    )


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_whatever_the_answer_it_is_protected(app: Flask, sign_in: SignIn, role: Role, kind: str) -> None:
    status, ask = ANSWERS[kind]
    answer = ask(sign_in(role))
    assert role is Role.AUDITOR or answer.status_code == status
    assert protected(answer)
    if kind != "a file of ours":
        assert answer.headers.get("Cache-Control") == "no-store"


@pytest.mark.parametrize("role", [None, *Role])
def test_every_route_by_every_method_as_page_and_as_fragment(
    app: Flask, town: Town, sign_in: SignIn, role: Role | None
) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    client, seen = sign_in(role), set()
    for rule in rules(app):
        if rule.endpoint == "static":
            continue
        for method in ("GET", "HEAD", "POST", "OPTIONS", "PUT"):
            answer = client.open(path(app, rule), method=method, headers=HTMX if len(seen) % 2 else {}, buffered=True)
            seen.add(answer.status_code)
            assert protected(answer), (method, rule)
            assert answer.headers.get("Cache-Control") == "no-store", (method, rule)
    assert seen >= ({400, 405} if role else {302, 400, 405})


def test_over_https_every_answer_asks_for_https_again(town: Town, app: Flask) -> None:
    town.container.settings = town.container.settings.model_copy(update={"secure_cookies": True})
    (enquiry,) = town.receive(mail("Træ", "Træet er væltet"))
    town.decide(enquiry, PARK)
    link = returns.sign(returns.ReturnLink(enquiry, 1), town.container.settings.secret_key)
    for page in ("/log-ind", "/", "/findes-ikke", "/static/app.css", f"/retur/{link}", "/sundhed"):
        answer = app.test_client().get(page, base_url="https://localhost", buffered=True)
        assert answer.headers.get("Strict-Transport-Security", "").startswith("max-age="), page
