"""The whole way with a real identity provider, nanoidp: another hand's reading of the standard than ours."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.models.account import Account
from tests.app.web.conftest import csrf_token
from tests.app.web.platform.test_sign_on import built, is_in, reason, rows
from tests.providers import WELL_KNOWN, real_provider
from tests.town import Town

CALLBACK = "http://127.0.0.1:8000/log-ind/svar"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with real_provider(tmp_path_factory.mktemp("provider") / "nanoidp", CALLBACK) as made:
        yield made


@pytest.fixture
def house(town: Town, issuer: str) -> Flask:
    return built(town, issuer)


class Fields(HTMLParser):
    """The hidden fields of a page's forms."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.found[str(given["name"])] = given.get("value") or ""


class Staying(HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


@dataclass
class There:
    """A person's browser, at the provider."""

    name: str
    word: str

    def __post_init__(self) -> None:
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), Staying())

    def sign_in(self, address: str) -> dict[str, str]:
        """Fill in the provider's form; return what it sends back to us."""
        page = Fields()
        with self.opener.open(address, timeout=60) as answer:
            page.feed(answer.read().decode())
        form = page.found | {"username": self.name, "password": self.word}
        location = self.location(Request(address, urlencode(form).encode()))
        assert location.startswith(f"{CALLBACK}?"), location
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def location(self, request: Request | str) -> str:
        with pytest.raises(HTTPError) as answer:
            self.opener.open(request, timeout=60)
        answer.value.close()
        assert answer.value.code in (302, 303), answer.value.code
        return str(answer.value.headers["Location"])


def begin(client: FlaskClient) -> str:
    return str(client.get("/log-ind/arbejdskonto?next=/visitering/").location)


def test_signed_in_with_the_role_of_the_group_and_signed_out_again(town: Town, house: Flask, issuer: str) -> None:
    client, karen = house.test_client(), There("karen", "karens-word")
    response = client.get("/log-ind/svar", query_string=karen.sign_in(begin(client)))
    assert response.location == "/visitering/"
    assert is_in(client)
    with database.read(town.container.engine) as session:
        made = session.scalars(select(Account).where(Account.issuer == issuer)).one()
    assert (made.subject, made.role, made.email) == ("karen", Role.VISITATOR, "karen@127.0.0.1")
    assert [event.data["issuer"] for event in rows(town, "logged_in")] == [issuer]
    response = client.post("/log-ud", data={"csrf_token": csrf_token(client, "/visitering/")})
    assert response.location.startswith(f"{issuer}/logout?")
    assert karen.location(response.location) == "http://127.0.0.1:8000/log-ind"
    assert not is_in(client)


def test_who_is_in_no_group_that_gives_access_is_told_so(house: Flask) -> None:
    client = house.test_client()
    response = client.get("/log-ind/svar", query_string=There("bent", "bents-word").sign_in(begin(client)))
    assert reason(response) == "no_group_fits"
    assert not is_in(client)


@pytest.mark.parametrize("changed", ["code", "verifier", "secret", "again"])
def test_the_provider_keeps_its_side(town: Town, house: Flask, changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up code, a verifier that is not the challenge's, a wrong secret, a code that was used: each is refused there."""
    client = house.test_client()
    answer = There("karen", "karens-word").sign_in(begin(client))
    provider = town.container.identity
    assert provider is not None
    if changed == "code":
        answer["code"] = "x" * 40
    elif changed == "verifier":
        true = provider._exchange
        monkeypatch.setattr(provider, "_exchange", lambda about, code, _verifier: true(about, code, "v" * 60))
    elif changed == "secret":
        monkeypatch.setattr(town.container.identity, "_client", _with_secret(provider._client, "wrong"))
    else:
        assert client.get("/log-ind/svar", query_string=answer).status_code == 302
        other = house.test_client()
        state = parse_qs(urlsplit(begin(other)).query)["state"][0]
        client, answer = other, answer | {"state": state}
    assert reason(client.get("/log-ind/svar", query_string=answer)) == "code_refused"
    assert not is_in(client)


def _with_secret(client: object, secret: str) -> object:
    from dataclasses import replace

    return replace(client, client_secret=secret)  # type: ignore[type-var]


def test_it_is_a_provider_by_the_standard(issuer: str) -> None:
    """What the tests above rest on."""
    with build_opener().open(issuer + WELL_KNOWN, timeout=60) as answer:
        said = json.loads(answer.read())
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert said["response_types_supported"] == ["code"]
