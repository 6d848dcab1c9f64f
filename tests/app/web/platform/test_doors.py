"""Who gets in where: the whole route map, every role, every unsafe request, every answer's headers."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.domain.access import Role
from app.web.platform import access
from app.web.platform.factory import create_app
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.routes import EXPECTED, A, C, V, dump, path, rules
from tests.town import Town, mail

IN_BETWEEN = {"auth.home", "second_factor.ask", "second_factor.new", "second_factor.picture", "joining.first"}
"""What anybody may ask for, and has an answer only on the way in: tests of their own hold what they answer."""

SIGNED = {"digest_link.end"}
"""What a mail program asks for by itself, by a link that is signed; tests of its own hold what it answers."""


def test_every_route_stands_in_the_table(app: Flask) -> None:
    assert {rule.endpoint.split(".")[0] for rule in rules(app)} == set(EXPECTED)
    for blueprint in app.blueprints:
        assert blueprint in access.ROLES


@pytest.mark.parametrize("role", [None, *Role])
def test_who_gets_in(app: Flask, town: Town, sign_in: SignIn, role: Role | None) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    client = sign_in(role)
    for rule in rules(app):
        if "GET" not in (rule.methods or ()):
            continue
        response = client.get(path(app, rule), buffered=True)
        name = rule.endpoint.split(".")[0]
        if role not in EXPECTED[name]:
            to_sign_in = response.status_code == 302 and "/log-ind" in response.location
            assert to_sign_in if role is None else response.status_code == 404, rule
        elif name == "figures_api" and rule.endpoint != "figures_api.description":
            assert response.status_code == 401, "a token opens it, and no sign-in does"
        elif rule.endpoint in IN_BETWEEN:
            assert response.status_code in (200, 302, 404), rule
        elif rule.arguments <= {"enquiry_id", "filename"} and role is not C and "html" not in rule.endpoint:
            assert response.status_code in (200, 204, 302), rule
            assert "/log-ind" not in (response.location or ""), rule


@pytest.mark.parametrize("htmx", [False, True])
def test_every_unsafe_request_needs_a_token(app: Flask, town: Town, sign_in: SignIn, htmx: bool) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    client = sign_in(A)
    before = dump(town)
    for rule in (rule for rule in rules(app) if rule.endpoint not in SIGNED):
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            headers = {"HX-Request": "true"} if htmx else {}
            response = client.open(path(app, rule), method=method, data={"unit": 1, "version": 1}, headers=headers)
            assert response.status_code == 400, rule
    assert dump(town) == before


def test_headers_on_every_answer(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(A)
    for rule in rules(app):
        response = client.get(path(app, rule), buffered=True)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if rule.endpoint != "static":
            assert response.headers["Cache-Control"] == "no-store", rule


def test_headers_on_every_error_too(app: Flask, sign_in: SignIn) -> None:
    for client in (sign_in(None), sign_in(A)):
        for page in (
            "/findes-ikke",
            "/static/findes-ikke.css",
            "/static/../wsgi.py",
            "/static/vendor",
            "/henvendelser/0",
        ):
            response = client.get(page)
            assert response.status_code in (302, 404), page
            assert response.headers["Cache-Control"] == "no-store", page
            assert response.headers["X-Content-Type-Options"] == "nosniff", page
            assert "default-src 'none'" in response.headers["Content-Security-Policy"], page


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense"])
def test_what_another_site_sends_is_refused(app: Flask, town: Town, sign_in: SignIn, site: str) -> None:
    town.receive(mail("Træ", "Træet er væltet"))
    client = sign_in(A)
    app.config["WTF_CSRF_ENABLED"] = False
    before = dump(town)
    for rule in rules(app):
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            response = client.open(path(app, rule), method=method, headers={"Sec-Fetch-Site": site})
            assert response.status_code == 403, rule
    assert [row for row in dump(town) if "'refused'" not in row] == before, "only the log says that it was tried"
    assert client.get("/visitering/", headers={"Sec-Fetch-Site": site}).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_what_our_own_pages_send_is_taken(sign_in: SignIn, headers: dict[str, str]) -> None:
    client = sign_in(None)
    form = {"csrf_token": csrf_token(client, "/log-ind")}
    assert client.post("/sprog/en", data=form, headers=headers).status_code == 302


def test_every_cookie_is_for_the_server_alone(town: Town) -> None:
    """Over https each of them goes over https only."""
    town.container.settings = town.container.settings.model_copy(update={"secure_cookies": True})
    app = create_app(town.container)
    app.config["WTF_CSRF_ENABLED"] = False
    client, found = app.test_client(), []
    form = {"email": f"{V}@town.example.org", "password": "secret-enough", "tema": "dark"}
    for page in ("/log-ind", "/sprog/en", "/udseende"):
        answer = client.post(page, base_url="https://localhost", data=form)
        assert answer.status_code == 302
        found += answer.headers.getlist("Set-Cookie")
    names = {cookie.partition("=")[0] for cookie in found}
    assert names >= {"sprog", "tema", "__Host-sluse", "__Host-sluse-browser"}
    for cookie in found:
        assert all(mark in cookie for mark in ("Secure", "HttpOnly", "SameSite=Lax")), cookie


def test_a_stranger_learns_nothing(app: Flask, sign_in: SignIn) -> None:
    response = sign_in(None).get("/henvendelser/1", headers={"X-Remote-User": "administrator@town.example.org"})
    assert response.status_code == 302
    assert sign_in(V).get("/findes-ikke").status_code == 404


@pytest.mark.parametrize(
    "target", ["//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "javascript:alert(1)"]
)
def test_sign_in_leads_nowhere_else(app: Flask, sign_in: SignIn, target: str) -> None:
    client = sign_in(None)
    token = client.get("/log-ind").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"email": f"{V}@town.example.org", "password": "secret-enough", "csrf_token": token}
    response = client.post("/log-ind", query_string={"next": target}, data=form)
    assert response.location == "/"


def test_guessing_is_slowed_down(app: Flask, town: Town, sign_in: SignIn) -> None:
    client = sign_in(None)
    token = client.get("/log-ind").text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"email": f"{V}@town.example.org", "password": "wrong", "csrf_token": token}
    codes = [client.post("/log-ind", data=form).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]


def test_a_closed_account_is_out_at_once(app: Flask, town: Town, sign_in: SignIn) -> None:
    client = sign_in(V)
    assert client.get("/visitering/").status_code == 200
    with town.container.engine.begin() as connection:
        connection.execute(text("UPDATE account SET active = false WHERE role = 'visitator'"))
    assert client.get("/visitering/").status_code == 302


def test_a_caseworker_sees_her_own_unit_only(app: Flask, town: Town, sign_in: SignIn) -> None:
    (mine, other) = town.receive(mail("Træ", "Træet er væltet"), mail("Hul", "Hul i vejen"))
    with town.container.engine.begin() as connection:
        connection.execute(text(f"UPDATE enquiry SET unit_id = {town.units['Park']}, state='routed' WHERE id = {mine}"))
        connection.execute(text(f"UPDATE enquiry SET unit_id = {town.units['Vej']}, state='routed' WHERE id = {other}"))
    client = sign_in(C)
    page = client.get("/henvendelser/").text
    assert f"/henvendelser/{mine}" in page
    assert f"/henvendelser/{other}" not in page
    for ending in ("", "/original", "/html", "/bilag/0"):
        assert client.get(f"/henvendelser/{other}{ending}").status_code == 404
    assert client.get(f"/henvendelser/{mine}").status_code == 200
