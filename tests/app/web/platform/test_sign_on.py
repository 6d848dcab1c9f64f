"""Signing in with an account of an identity provider: it works, and every attack that is known is refused."""

import hmac
import threading
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import database
from app.config import SignOn
from app.domain.access import Role
from app.domain.actor import Actor
from app.models.account import Account
from app.models.event import Event
from app.services.organisation import group_rules
from app.web.platform.factory import create_app
from connectors.identity import one_server
from tests.app.web.conftest import csrf_token
from tests.providers import (
    CLIENT_ID,
    CLIENT_SECRET,
    EC_KEY,
    KEY,
    OTHER_KEY,
    WELL_KNOWN,
    Claims,
    Provider,
    Said,
    by_hand,
    packed,
    provider,
    signed,
)
from tests.town import PARK, Town, eventually, now

EVIL = "<script>alert(1)</script>"
ADMINISTRATOR = f"{Role.ADMINISTRATOR}@town.example.org"


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def house(town: Town, there: Provider) -> Flask:
    """A house with the provider, and one group that gives access."""
    return built(town, there.issuer)


def built(town: Town, issuer: str) -> Flask:
    known = SignOn(issuer, CLIENT_ID, CLIENT_SECRET)
    town.container.settings = town.container.settings.model_copy(update={"sign_on": known})
    give(town, "visitatorer", Role.VISITATOR)
    app = create_app(town.container)
    app.testing = True
    return app


def give(town: Town, group: str, role: Role, unit: str | None = None) -> int:
    with database.write(town.container.engine) as session:
        unit_id = town.units[unit] if unit else None
        return group_rules.save(
            session, None, group=group, label="", role=role, unit_id=unit_id, by=Actor("a"), now=now()
        ).id


def begun(client: FlaskClient, there: Provider, target: str = "", **claims: object) -> dict[str, str]:
    """Begin to sign in; return what the provider is sent, and let it know somebody."""
    response = client.get("/log-ind/arbejdskonto", query_string={"next": target})
    assert response.status_code == 303, response.text
    assert response.location.startswith(f"{there.issuer}/authorize?"), response.location
    sent = {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}
    there.known(sent["nonce"], **claims)
    return sent


def come_back(client: FlaskClient, **given: object) -> TestResponse:
    return client.get("/log-ind/svar", query_string=given)


def sign_in(client: FlaskClient, there: Provider, **claims: object) -> TestResponse:
    return come_back(client, state=begun(client, there, **claims)["state"], code="a-code")


def accounts(town: Town) -> int:
    with database.read(town.container.engine) as session:
        return session.scalar(select(func.count(Account.id))) or 0


def account(town: Town, email: str) -> Account:
    with database.read(town.container.engine) as session:
        return session.scalars(select(Account).where(Account.email == email)).one()


def rows(town: Town, *kinds: str) -> list[Event]:
    with database.read(town.container.engine) as session:
        return list(session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)))


def is_in(client: FlaskClient) -> bool:
    return client.get("/visitering/").status_code == 200


# --- what should happen ---------------------------------------------------------------------------------------------


def test_who_is_in_a_group_comes_in_and_has_an_account(town: Town, house: Flask, there: Provider) -> None:
    client = house.test_client()
    sent = begun(client, there, "/visitering/?x=1")
    assert (sent["response_type"], sent["code_challenge_method"], sent["client_id"]) == ("code", "S256", CLIENT_ID)
    assert sent["redirect_uri"] == "http://127.0.0.1:8000/log-ind/svar"
    assert "openid" in sent["scope"].split()
    response = come_back(client, state=sent["state"], code="a-code")
    assert (response.status_code, response.location) == (302, "/visitering/?x=1")
    assert is_in(client)
    made = account(town, "karen@kommune.example.org")
    assert (made.issuer, made.subject, made.role, made.unit_id) == (there.issuer, "4711", Role.VISITATOR, None)
    assert (made.name, made.password_hash) == ("Karen Holm", "")
    form = dict(there.asked)["/token"]
    assert form["Authorization"].startswith("Basic ")
    assert len(form["code_verifier"]) >= 43
    stated = {event.kind: event.data for event in rows(town, "logged_in", "account_created")}
    assert stated["logged_in"] == {"method": "oidc", "issuer": there.issuer, "source": "127.0.0.1"}
    assert stated["account_created"]["group"] == "visitatorer"
    with database.read(town.container.engine) as session:
        assert "secret-access" not in str([event.data for event in session.scalars(select(Event))])


def test_who_comes_again_is_the_same_whatever_they_are_called_now(town: Town, house: Flask, there: Provider) -> None:
    before = accounts(town)
    sign_in(house.test_client(), there)
    sign_in(house.test_client(), there, name="Karen Gift", preferred_username="k.gift@kommune.example.org")
    assert accounts(town) == before + 1
    assert account(town, "karen@kommune.example.org").name == "Karen Gift"


def test_an_address_that_changed_hands_opens_nothing(town: Town, house: Flask, there: Provider) -> None:
    """Another subject with the address of somebody who has an account is somebody else."""
    sign_in(house.test_client(), there)
    client = house.test_client()
    response = sign_in(client, there, sub="4712")
    assert reason(response) == "address_taken"
    assert not is_in(client)
    assert account(town, "karen@kommune.example.org").subject == "4711"


def test_role_and_unit_follow_the_groups_at_every_sign_in(town: Town, house: Flask, there: Provider) -> None:
    give(town, "park", Role.CASEWORKER, PARK)
    give(town, "ledere", Role.MANAGER)
    seen = []
    for groups in (
        ["visitatorer"],
        ["park"],
        ["park", "visitatorer", "ukendt"],
        ["ledere", "park"],
        ["park", "ledere"],
    ):
        sign_in(house.test_client(), there, groups=groups)
        found = account(town, "karen@kommune.example.org")
        seen.append((found.role, found.unit_id))
    visitator, caseworker, manager = (Role.VISITATOR, None), (Role.CASEWORKER, town.units[PARK]), (Role.MANAGER, None)
    assert seen == [visitator, caseworker, visitator, manager, manager]
    changes = [(event.data["before"]["role"], event.data["role"]) for event in rows(town, "access_changed")]
    assert changes == [("visitator", "caseworker"), ("caseworker", "visitator"), ("visitator", "manager")]


def test_whose_groups_give_nothing_any_more_is_out_everywhere(town: Town, house: Flask, there: Provider) -> None:
    elsewhere = house.test_client()
    sign_in(elsewhere, there)
    assert is_in(elsewhere)
    before = accounts(town)
    client = house.test_client()
    response = sign_in(client, there, groups=["andre"])
    assert reason(response) == "no_group_fits"
    assert not is_in(client)
    assert not is_in(elsewhere)
    assert accounts(town) == before
    assert [event.by for event in rows(town, "login_failed")] == ["karen@kommune.example.org"]
    assert "Din konto giver ikke adgang til Sluse. Bed" in client.get(response.location).text


def test_another_role_ends_what_was_begun_with_the_one_before(town: Town, house: Flask, there: Provider) -> None:
    give(town, "ledere", Role.MANAGER)
    elsewhere, here = house.test_client(), house.test_client()
    sign_in(elsewhere, there)
    sign_in(here, there, groups=["ledere"])
    assert (is_in(elsewhere), is_in(here)) == (False, True)


def test_a_closed_account_stays_closed(town: Town, house: Flask, there: Provider) -> None:
    sign_in(house.test_client(), there)
    with database.write(town.container.engine) as session:
        session.scalars(select(Account).where(Account.subject == "4711")).one().active = False
    client = house.test_client()
    assert reason(sign_in(client, there)) == "account_closed"
    assert not is_in(client)


def test_no_password_opens_such_an_account(town: Town, house: Flask, there: Provider) -> None:
    sign_in(house.test_client(), there)
    client = house.test_client()
    for password in ("", "x", "secret-enough"):
        form = {
            "email": "karen@kommune.example.org",
            "password": password,
            "csrf_token": csrf_token(client, "/log-ind"),
        }
        assert client.post("/log-ind", data=form).status_code == 401
    assert not is_in(client)


def test_signing_out_ends_it_there_too(house: Flask, there: Provider) -> None:
    client = house.test_client()
    sign_in(client, there)
    response = client.post("/log-ud", data={"csrf_token": csrf_token(client, "/visitering/")})
    assert not is_in(client)
    address = urlsplit(response.location)
    given = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert response.location.startswith(f"{there.issuer}/logout?")
    assert given["post_logout_redirect_uri"] == "http://127.0.0.1:8000/log-ind"
    assert given["id_token_hint"].count(".") == 2
    assert f"form-action 'self' {there.issuer};" in response.headers["Content-Security-Policy"]


def test_signing_out_of_a_local_account_stays_here(house: Flask, there: Provider) -> None:
    client = local(house)
    response = client.post("/log-ud", data={"csrf_token": csrf_token(client, "/visitering/")})
    assert response.location == "/log-ind"
    assert there.asked == []


@pytest.mark.parametrize("claims", [
    {"aud": [CLIENT_ID]},
    {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID},
    {"groups": "visitatorer"},
    {"groups": ["x"] * 200 + ["visitatorer"]},
    {"groups": [7, None, "visitatorer", {"a": 1}]},
    {"sub": "x" * 255},
    {"preferred_username": "karen", "name": None},
    {"preferred_username": None, "email": "karen@kommune.example.org", "email_verified": True},
    {"hasgroups": "true"},
])  # fmt: skip
def test_true_tokens_of_many_shapes_are_taken(house: Flask, there: Provider, claims: Claims) -> None:
    client = house.test_client()
    sign_in(client, there, **claims)
    assert is_in(client)


@pytest.mark.parametrize(
    ("header", "key"), [({"alg": "RS384"}, KEY), ({"alg": "PS256"}, KEY), ({"alg": "ES256"}, EC_KEY)]
)
def test_the_usual_ways_to_sign_are_taken(house: Flask, there: Provider, header: Claims, key: RSAKey) -> None:
    client = house.test_client()
    there.sign = lambda claims: signed(claims, key, **header)
    sign_in(client, there)
    assert is_in(client)


def test_new_keys_are_asked_for_once(house: Flask, there: Provider) -> None:
    """The provider changes its key; what it says of itself is not asked for again."""
    sign_in(house.test_client(), there)
    fresh = RSAKey.generate_key(2048, {"kid": "two"})
    there.keys, there.sign = [fresh.as_dict(private=False)], lambda claims: signed(claims, fresh)
    for _ in range(3):
        client = house.test_client()
        sign_in(client, there)
        assert is_in(client)
    assert there.paths.count("/keys") == 2
    assert there.paths.count(WELL_KNOWN) == 1


def test_a_provider_that_takes_secrets_in_the_form_gets_it_there(house: Flask, there: Provider) -> None:
    there.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    client = house.test_client()
    sign_in(client, there)
    assert is_in(client)
    assert dict(there.asked)["/token"]["client_secret"] == CLIENT_SECRET


def test_what_is_wished_for_is_said_where_that_is_taken(house: Flask, there: Provider) -> None:
    there.metadata = {"claims_parameter_supported": True}
    assert '"groups": null' in begun(house.test_client(), there)["claims"]


@pytest.mark.parametrize(
    "target",
    ["//evil.example.org", "https://evil.example.org", "/\\evil", "/\t/evil", "javascript:x", "/" + "x" * 2000],
)
def test_it_leads_nowhere_else(house: Flask, there: Provider, target: str) -> None:
    client = house.test_client()
    response = come_back(client, state=begun(client, there, target)["state"], code="a-code")
    assert response.location == "/"


# --- a local account of the same person -----------------------------------------------------------------------------


def local(house: Flask, email: str = ADMINISTRATOR) -> FlaskClient:
    client = house.test_client()
    form = {"email": email, "password": "secret-enough", "csrf_token": csrf_token(client, "/log-ind")}
    assert client.post("/log-ind", data=form).status_code == 302
    return client


def begun_to_tie(client: FlaskClient, there: Provider, **claims: object) -> str:
    response = client.post(
        "/arbejdskonto/", data={"csrf_token": csrf_token(client, "/arbejdskonto/"), "password": "secret-enough"}
    )
    sent = {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}
    there.known(sent["nonce"], **claims)
    return sent["state"]


def another_administers(town: Town) -> None:
    """Somebody besides the one whose groups give another role."""
    with database.write(town.container.engine) as db:
        other = db.get_one(Account, town.people[Role.MANAGER].id)
        other.role, other.seen_at = Role.ADMINISTRATOR, now()


def test_an_account_is_never_tied_by_its_address_alone(town: Town, house: Flask, there: Provider) -> None:
    client = house.test_client()
    response = sign_in(
        client, there, preferred_username=ADMINISTRATOR.upper(), email=ADMINISTRATOR, email_verified=True
    )
    assert reason(response) == "address_taken"
    assert not is_in(client)
    found = account(town, ADMINISTRATOR)
    assert (found.issuer, found.role) == (None, Role.ADMINISTRATOR)
    assert "Er det din, så log ind med dens adgangskode" in client.get(response.location).text


def test_who_shows_both_ties_them_and_the_password_goes(town: Town, house: Flask, there: Provider) -> None:
    another_administers(town)
    client, elsewhere, before = local(house), local(house), accounts(town)
    assert come_back(client, state=begun_to_tie(client, there), code="a-code").status_code == 302
    found = account(town, ADMINISTRATOR)
    assert (found.issuer, found.subject, found.password_hash, found.role) == (there.issuer, "4711", "", Role.VISITATOR)
    assert accounts(town) == before
    assert [event.by for event in rows(town, "account_tied")] == [ADMINISTRATOR]
    assert (is_in(client), is_in(elsewhere)) == (True, False)
    other = house.test_client()
    sign_in(other, there)
    assert is_in(other)
    assert accounts(town) == before


def test_the_last_who_administers_is_not_tied_to_a_lesser_role(town: Town, house: Flask, there: Provider) -> None:
    """Nobody could let anybody in any more; the local account stays as it was."""
    client = local(house)
    response = come_back(client, state=begun_to_tie(client, there), code="a-code")
    assert reason(response) == "last_administrator"
    assert "eneste administrator" in client.get(response.location).text
    found = account(town, ADMINISTRATOR)
    assert (found.issuer, found.role, found.password_hash != "") == (None, Role.ADMINISTRATOR, True)
    assert is_in(client)


@pytest.mark.parametrize("password", ["", "wrong", "x" * 5_000])
def test_whoever_finds_a_screen_left_open_ties_nothing(town: Town, house: Flask, password: str) -> None:
    client = local(house)
    form = {"csrf_token": csrf_token(client, "/arbejdskonto/"), "password": password}
    assert client.post("/arbejdskonto/", data=form).status_code == 422
    assert account(town, ADMINISTRATOR).issuer is None


def test_ones_own_page_leads_to_it(town: Town, house: Flask) -> None:
    link = 'href="/arbejdskonto/"'
    assert link in local(house).get("/konto/").text
    town.container.settings = town.container.settings.model_copy(update={"sign_on": None})
    assert link not in local(create_app(town.container)).get("/konto/").text


@pytest.mark.parametrize("who", ["nobody", "another"])
def test_nobody_ties_somebody_elses_account(town: Town, house: Flask, there: Provider, who: str) -> None:
    """The one who began has signed out since, or somebody else has signed in."""
    client = local(house)
    state = begun_to_tie(client, there)
    client.post("/log-ud", data={"csrf_token": csrf_token(client, "/hjaelp/")})
    if who == "another":
        form = {
            "email": f"{Role.MANAGER}@town.example.org",
            "password": "secret-enough",
            "csrf_token": csrf_token(client, "/log-ind"),
        }
        client.post("/log-ind", data=form)
    assert reason(come_back(client, state=state, code="a-code")) == "state"
    assert account(town, ADMINISTRATOR).issuer is None


def test_two_local_accounts_are_not_tied_to_one(town: Town, house: Flask, there: Provider) -> None:
    another_administers(town)
    client = local(house)
    come_back(client, state=begun_to_tie(client, there), code="a-code")
    other = local(house, f"{Role.MANAGER}@town.example.org")
    assert reason(come_back(other, state=begun_to_tie(other, there), code="a-code")) == "tied_already"
    assert account(town, f"{Role.MANAGER}@town.example.org").issuer is None


def test_who_gets_no_access_keeps_the_local_account(town: Town, house: Flask, there: Provider) -> None:
    client = local(house)
    assert (
        reason(come_back(client, state=begun_to_tie(client, there, groups=["x"]), code="a-code")) == "no_access_to_tie"
    )
    assert account(town, ADMINISTRATOR).password_hash


# --- attacks --------------------------------------------------------------------------------------------------------


def reason(response: TestResponse) -> str:
    """Why nobody was signed in."""
    assert response.status_code == 303, (response.status_code, response.location)
    address = urlsplit(response.location)
    assert address.path == "/log-ind/afvist"
    return parse_qs(address.query)["aarsag"][0]


def refused(town: Town, client: FlaskClient, response: TestResponse, why: str, already: int = 0) -> None:
    """A clear page, nothing made, nobody in, one row in the log with the reason and nothing of what was sent."""
    assert reason(response) == why
    page = client.get(response.location)
    assert page.status_code in (400, 403, 503)
    assert "Du er ikke logget ind" in page.text
    assert EVIL not in page.text
    assert "Log ind på en anden måde" in page.text
    assert not is_in(client)
    stated = rows(town, "login_failed")
    assert [event.data["reason"] for event in stated][already:] == [why]
    assert set(stated[-1].data) == {"method", "issuer", "reason", "source"}
    assert not [event for event in rows(town, "account_created") if event.data.get("method")]


def tampered(claims: Claims) -> str:
    head, _payload, signature = signed(claims).split(".")
    return ".".join(
        (head, by_hand(b"", claims | {"groups": ["visitatorer", "administratorer"]}).split(".")[1], signature)
    )


def hs256(secret: bytes) -> Callable[[Claims], str]:
    """Signed with what everybody can read, as if it were a secret: libraries refuse to write such a token."""

    def sign(claims: Claims) -> str:
        unsigned = by_hand({"alg": "HS256", "kid": "one"}, claims).rpartition(".")[0]
        return by_hand(b"", b"", hmac.digest(secret, unsigned.encode(), "sha256")).replace("..", f"{unsigned}.", 1)

    return sign


def mine(**header: object) -> Callable[[Claims], str]:
    """Signed by a key of the attacker's, with a word on where that is found."""
    return lambda claims: signed(claims, OTHER_KEY, **header)


def unsigned(alg: str) -> Callable[[Claims], str]:
    return lambda claims: by_hand({"alg": alg, "kid": "one"}, claims)


PUBLIC = KEY.as_pem(private=False)
IDENTITY_TOKENS: dict[str, tuple[Callable[[Claims], object], str]] = {
    "nonce of another sign-in": (lambda c: signed(c | {"nonce": "x"}), "nonce"),
    "no nonce": (lambda c: signed({k: v for k, v in c.items() if k != "nonce"}), "nonce"),
    "nonce in a list": (lambda c: signed(c | {"nonce": [c["nonce"]]}), "nonce"),
    "empty nonce": (lambda c: signed(c | {"nonce": ""}), "nonce"),
    "for another client": (lambda c: signed(c | {"aud": "another"}), "audience"),
    "for others, none of them us": (lambda c: signed(c | {"aud": ["a", "b"], "azp": CLIENT_ID}), "audience"),
    "for several, without saying who asked": (lambda c: signed(c | {"aud": [CLIENT_ID, "b"]}), "audience"),
    "for several, asked by another": (lambda c: signed(c | {"aud": [CLIENT_ID, "b"], "azp": "b"}), "audience"),
    "asked by another": (lambda c: signed(c | {"azp": "b"}), "audience"),
    "for nobody": (lambda c: signed(c | {"aud": []}), "audience"),
    "audience missing": (lambda c: signed({k: v for k, v in c.items() if k != "aud"}), "audience"),
    "audience that contains ours": (lambda c: signed(c | {"aud": f"{CLIENT_ID}x"}), "audience"),
    "audience of another kind": (lambda c: signed(c | {"aud": {CLIENT_ID: 1}}), "audience"),
    "issuer of another": (lambda c: signed(c | {"iss": "https://evil.example.org"}), "issuer"),
    "issuer with a slash more": (lambda c: signed(c | {"iss": c["iss"] + "/"}), "issuer"),
    "issuer in a list": (lambda c: signed(c | {"iss": [c["iss"]]}), "issuer"),
    "issuer missing": (lambda c: signed({k: v for k, v in c.items() if k != "iss"}), "issuer"),
    "expired": (lambda c: signed(c | {"exp": c["iat"] - 120}), "expired"),
    "end missing": (lambda c: signed({k: v for k, v in c.items() if k != "exp"}), "expired"),
    "end in words": (lambda c: signed(c | {"exp": "tomorrow"}), "expired"),
    "end that is no number": (lambda c: signed(c | {"exp": float("nan")}), "expired"),
    "end that is true": (lambda c: signed(c | {"exp": True}), "expired"),
    "issued in the future": (lambda c: signed(c | {"iat": c["iat"] + 600}), "not_yet"),
    "beginning missing": (lambda c: signed({k: v for k, v in c.items() if k != "iat"}), "not_yet"),
    "not valid yet": (lambda c: signed(c | {"nbf": c["iat"] + 600}), "not_yet"),
    "alg none": (unsigned("none"), "algorithm"),
    "alg nOnE": (unsigned("nOnE"), "algorithm"),
    "alg empty": (unsigned(""), "algorithm"),
    "alg missing": (lambda c: by_hand({"kid": "one"}, c), "malformed"),
    "alg of another kind": (lambda c: by_hand({"alg": ["RS256"]}, c, b"x"), "algorithm"),
    "HS256 with the public key as secret": (hs256(PUBLIC), "algorithm"),
    "HS256 with the public key's number": (hs256(KEY.as_dict(private=False)["n"].encode()), "algorithm"),
    "HS256 with the client's secret": (hs256(CLIENT_SECRET.encode()), "algorithm"),
    "key nobody knows": (mine(kid="two"), "unknown_key"),
    "key without a name, where there are two": (lambda c: signed(c, kid=None), "unknown_key"),
    "key with the name of a known one": (mine(), "signature"),
    "RSA signature by the name of a curve's key": (lambda c: signed(c, KEY, kid="curve"), "malformed"),
    "changed after signing": (tampered, "signature"),
    "signature cut off": (lambda c: signed(c).rpartition(".")[0] + ".", "signature"),
    "key in the head": (mine(jwk=OTHER_KEY.as_dict(private=False)), "malformed"),
    "key elsewhere (jku)": (mine(jku="https://evil.example.org/keys"), "key_in_token"),
    "certificate elsewhere (x5u)": (mine(x5u="https://evil.example.org/cert"), "key_in_token"),
    "certificate in the head (x5c)": (mine(x5c=["MIIB"]), "key_in_token"),
    "head that must be understood": (
        lambda c: by_hand({"alg": "RS256", "kid": "one", "crit": ["evil"], "evil": 1}, c, b"x"), "malformed"),
    "subject missing": (lambda c: signed({k: v for k, v in c.items() if k != "sub"}), "subject"),
    "subject empty": (lambda c: signed(c | {"sub": ""}), "subject"),
    "subject very long": (lambda c: signed(c | {"sub": "x" * 256}), "subject"),
    "subject a number": (lambda c: signed(c | {"sub": 4711}), "subject"),
    "subject a list": (lambda c: signed(c | {"sub": ["4711"]}), "subject"),
    "subject of two lines": (lambda c: signed(c | {"sub": "47\n11"}), "subject"),
    "subject with a blank behind": (lambda c: signed(c | {"sub": "4711 "}), "subject"),
    "subject with a null": (lambda c: signed(c | {"sub": "4711\x00"}), "subject"),
    "token of another answer (at_hash)": (lambda c: signed(c | {"at_hash": "AAAA"}), "claims"),
    "no token": (lambda _c: None, "no_token"),
    "token a number": (lambda _c: 7, "no_token"),
    "token in a list": (lambda c: [signed(c)], "no_token"),
    "token empty": (lambda _c: "", "malformed"),
    "token of words": (lambda _c: EVIL, "malformed"),
    "token of two parts": (lambda c: ".".join(signed(c).split(".")[:2]), "malformed"),
    "token of five parts": (lambda c: f"{signed(c)}.a.b", "malformed"),
    "token with letters outside ASCII": (lambda c: signed(c) + "æ", "malformed"),
    "token too large": (lambda c: signed(c | {"x": "x" * 150_000}), "malformed"),
    "claims that are a list": (lambda _c: by_hand({"alg": "RS256", "kid": "one"}, [1], b"x"), "signature"),
    "claims nested deep": (lambda _c: by_hand({"alg": "RS256", "kid": "one"}, b"[" * 90_000, b"x"), "signature"),
    "head nested deep": (lambda c: by_hand(b"[" * 400, c, b"x"), "malformed"),
    "no groups": (lambda c: signed({k: v for k, v in c.items() if k != "groups"}), "no_groups"),
    "too many groups to send (Entra ID)": (
        lambda c: signed({k: v for k, v in c.items() if k != "groups"} | {"_claim_names": {"groups": "src1"}}), "groups_elsewhere"),
    "too many groups to send (hasgroups)": (
        lambda c: signed({k: v for k, v in c.items() if k != "groups"} | {"hasgroups": True}), "groups_elsewhere"),
    "groups that give nothing": (lambda c: signed(c | {"groups": ["andre", EVIL]}), "no_group_fits"),
    "groups with a blank more": (lambda c: signed(c | {"groups": ["visitatorer "]}), "no_group_fits"),
    "groups in other letters": (lambda c: signed(c | {"groups": ["VISITATORER"]}), "no_group_fits"),
    "groups of another kind": (lambda c: signed(c | {"groups": {"visitatorer": True}}), "no_group_fits"),
    "an address that nobody vouches for": (
        lambda c: signed(c | {"preferred_username": "", "email": "x@y.example", "email_verified": False}), "no_address"),
    "address of two lines": (lambda c: signed(c | {"preferred_username": "a@b.example\nbcc: x@y.example"}), "no_address"),
    "address with markup and a blank": (lambda c: signed(c | {"preferred_username": f"{EVIL} a@b"}), "no_address"),
}  # fmt: skip


@pytest.mark.parametrize("attack", IDENTITY_TOKENS)
def test_no_false_token_is_believed(town: Town, house: Flask, there: Provider, attack: str) -> None:
    there.sign, why = IDENTITY_TOKENS[attack]
    client, before = house.test_client(), accounts(town)
    refused(town, client, sign_in(client, there), why)
    assert accounts(town) == before


TOKEN, KEYS = "/token", "/keys"
HTML = Said(f"<html>{EVIL}</html>", headers={"Content-Type": "text/html"})
HUGE = Said({"x": "x" * 300_000})
PACKED = Said(packed(50_000_000), headers={"Content-Encoding": "gzip"})
SLOW = Said(b"x" * 10_000, slowly=True)
AWAY = Said("", 302, {"Location": "https://evil.example.org/"})
BROKEN = {"500": Said("", 500), "HTML": HTML, "huge": HUGE, "packed": PACKED, "slow": SLOW, "sent elsewhere": AWAY,
          "a list": Said([1]), "nothing": Said(""), "cut off": Said('{"a"'), "not UTF-8": Said(b"\xff\xfe{"),
          "nested deep": Said("[" * 100_000), "no content": Said("", 204)}  # fmt: skip
NO_KEYS = ({"kty": "RSA", "kid": "one"}, {"kty": "RSA", "n": 1, "e": [], "kid": "one"})
SAYS: dict[str, tuple[str, Said, str]] = {
    **{f"token endpoint: {name}": (TOKEN, said, "provider_unreachable" if said is SLOW else "provider_broken")
       for name, said in BROKEN.items() if name != "a list"},
    "token endpoint: a list": (TOKEN, Said([1]), "provider_broken"),
    "token endpoint: sent elsewhere with a token": (TOKEN, Said({"id_token": "x"}, 307, AWAY.headers), "provider_broken"),
    "token endpoint: refuses the code": (TOKEN, Said({"error": "invalid_grant", "error_description": EVIL}, 400), "code_refused"),
    "token endpoint: refuses us": (TOKEN, Said({"error": "invalid_client"}, 401), "code_refused"),
    "token endpoint: an error and a token": (TOKEN, Said({"error": EVIL, "id_token": "x"}), "code_refused"),
    "token endpoint: error of another kind": (TOKEN, Said({"error": {"a": 1}}, 400), "code_refused"),
    "token endpoint: an end that is no number": (TOKEN, Said({"id_token": "x", "expires_in": {"a": 1}}), "provider_broken"),
    **{f"keys: {name}": (KEYS, said, "provider_unreachable" if said is SLOW else "provider_broken")
       for name, said in BROKEN.items()},
    "keys: none": (KEYS, Said({"keys": []}), "unknown_key"),
    "keys: not a list": (KEYS, Said({"keys": {"one": 1}}), "unknown_key"),
    "keys: a secret one": (KEYS, Said({"keys": [OctKey.import_key("x" * 32, {"kid": "one"}).as_dict()]}), "unknown_key"),
    "keys: for encryption": (KEYS, Said({"keys": [KEY.as_dict(private=False) | {"use": "enc"}]}), "unknown_key"),
    "keys: nonsense": (KEYS, Said({"keys": [1, None, "x", {"kty": ["RSA"]}, *NO_KEYS]}), "unknown_key"),
}  # fmt: skip


def wait_for(said: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a second for who is slow on purpose, and long for all others: the machine may be busy."""
    monkeypatch.setattr(one_server, "SECONDS", 1.0 if said is SLOW else 60.0)


@pytest.mark.parametrize("attack", SAYS)
def test_nothing_odd_that_a_provider_says_lets_anybody_in(
    town: Town, house: Flask, there: Provider, attack: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, said, why = SAYS[attack]
    client, before = house.test_client(), accounts(town)
    state = begun(client, there)["state"]
    there.says[path] = said
    wait_for(said, monkeypatch)
    refused(town, client, come_back(client, state=state, code="a-code"), why)
    assert accounts(town) == before


def weak_key() -> RSAKey:
    with pytest.warns(Warning, match="Key size"):
        return RSAKey.generate_key(1024, {"kid": "one"})


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_short_key_is_no_key(town: Town, house: Flask, there: Provider) -> None:
    weak = weak_key()
    there.keys = [weak.as_dict(private=False)]
    client = house.test_client()
    refused(town, client, sign_in(client, there), "unknown_key")


DISCOVERY: dict[str, tuple[Said | dict[str, object], str]] = {
    **{name: (said, "provider_unreachable" if said is SLOW else "provider_broken") for name, said in BROKEN.items()},
    "issuer of another": ({"issuer": "https://evil.example.org"}, "provider_other"),
    "issuer with a slash more": ({"issuer": "{issuer}/"}, "provider_other"),
    "issuer missing": ({"issuer": None}, "provider_other"),
    "token endpoint elsewhere": ({"token_endpoint": "https://evil.example.org/token"}, "provider_elsewhere"),
    "token endpoint on another port": ({"token_endpoint": "http://127.0.0.1:1/token"}, "provider_elsewhere"),
    "token endpoint by another name": ({"token_endpoint": "{issuer}@evil.example.org/token"}, "provider_elsewhere"),
    "token endpoint behind a backslash": ({"token_endpoint": "{issuer}\\@evil.example.org/"}, "provider_elsewhere"),
    "keys elsewhere": ({"jwks_uri": "http://169.254.169.254/latest"}, "provider_elsewhere"),
    "keys in a file": ({"jwks_uri": "file:///etc/passwd"}, "provider_elsewhere"),
    "sign-in elsewhere": ({"authorization_endpoint": "https://evil.example.org/"}, "provider_elsewhere"),
    "sign-in by script": ({"authorization_endpoint": "javascript:alert(1)"}, "provider_elsewhere"),
    "sign-in of two lines": ({"authorization_endpoint": "{issuer}/a\r\nSet-Cookie: x=1"}, "provider_elsewhere"),
    "sign-out elsewhere": ({"end_session_endpoint": "//evil.example.org/"}, "provider_elsewhere"),
    "endpoint missing": ({"jwks_uri": None}, "provider_elsewhere"),
    "endpoint of another kind": ({"token_endpoint": ["{issuer}/token"]}, "provider_elsewhere"),
}  # fmt: skip


@pytest.mark.parametrize("fault", DISCOVERY)
def test_a_provider_out_of_order_leaves_the_local_way_in(
    town: Town, house: Flask, there: Provider, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, why = DISCOVERY[fault]
    wait_for(said, monkeypatch)
    if isinstance(said, Said):
        there.says[WELL_KNOWN] = said
    else:
        there.metadata = {
            name: value.replace("{issuer}", there.issuer) if isinstance(value, str) else value
            for name, value in said.items()
        }
    client = house.test_client()
    response = client.get("/log-ind/arbejdskonto")
    assert reason(response) == why
    page = client.get(response.location)
    assert page.status_code == 503
    assert "Du kan ikke logge ind med din arbejdskonto lige nu" in page.text
    assert there.paths == [WELL_KNOWN]
    assert is_in(local(house))


def test_a_provider_that_is_gone_leaves_the_local_way_in(town: Town) -> None:
    with provider() as gone:
        pass
    house = built(town, gone.issuer)
    client = house.test_client()
    assert reason(client.get("/log-ind/arbejdskonto")) == "provider_unreachable"
    assert is_in(local(house))


def test_once_in_order_again_it_works(house: Flask, there: Provider) -> None:
    there.says[WELL_KNOWN] = Said("", 500)
    client = house.test_client()
    assert client.get("/log-ind/arbejdskonto").location.endswith("provider_broken")
    there.says.clear()
    sign_in(client, there)
    assert is_in(client)


OTHERS_STATE = "the state of another browser"
ANSWERS: dict[str, tuple[dict[str, object], str]] = {
    "no state": ({"state": None}, "state"),
    "empty state": ({"state": ""}, "state"),
    "wrong state": ({"state": "x"}, "state"),
    "state in letters outside ASCII": ({"state": "\u00e6\x00"}, "state"),
    "state twice": ({"state": ["{state}", "{state}"]}, "state"),
    "state of another browser": ({"state": OTHERS_STATE}, "state"),
    "no code": ({"code": None}, "no_code"),
    "empty code": ({"code": ""}, "no_code"),
    "code twice": ({"code": ["a", "b"]}, "no_code"),
    "code very long": ({"code": "x" * 5_000}, "no_code"),
    "code of two lines": ({"code": "a\r\nHost: evil"}, "no_code"),
    "code outside ASCII": ({"code": "\u00e6"}, "no_code"),
    "no from the person": ({"code": None, "error": "access_denied", "error_description": EVIL}, "denied"),
    "no from the provider": ({"error": "server_error", "error_description": EVIL}, "provider_error"),
    "error of hostile words": ({"error": EVIL, "error_uri": "https://evil.example.org"}, "provider_error"),
    "error very long": ({"error": "x" * 10_000}, "provider_error"),
    "error without state": ({"state": None, "error": EVIL}, "state"),
    "issuer of another": ({"iss": "https://evil.example.org"}, "issuer"),
    "issuer twice": ({"iss": ["{issuer}", "https://evil.example.org"]}, "no_code"),
    "nothing at all": ({"state": None, "code": None}, "state"),
}  # fmt: skip


@pytest.mark.parametrize("attack", ANSWERS)
def test_no_false_answer_is_taken(town: Town, house: Flask, there: Provider, attack: str) -> None:
    changed, why = ANSWERS[attack]
    other = begun(house.test_client(), there)["state"]
    client, before = house.test_client(), accounts(town)
    state = begun(client, there)["state"]
    given = {"state": state, "code": "a-code"} | changed
    known = {"{state}": state, "{issuer}": there.issuer, OTHERS_STATE: other}
    sent = {
        name: [known.get(each, each) for each in value] if isinstance(value, list) else known.get(str(value), value)
        for name, value in given.items() if value is not None
    }  # fmt: skip
    refused(town, client, come_back(client, **sent), why)
    assert accounts(town) == before
    assert "/token" not in there.paths, "the provider is not bothered with it"


@pytest.mark.parametrize("cookie", [None, "x", "WzEsInh4Il0.aaaa.bbbb", "\u00e6" * 50, "9" * 4_000])
def test_a_browser_that_began_nothing_ends_nothing(
    town: Town, house: Flask, there: Provider, cookie: str | None
) -> None:
    """Also with a whole answer to a sign-in that another browser began."""
    state = begun(house.test_client(), there)["state"]
    client = house.test_client()
    if cookie is not None:
        client.set_cookie("sluse-sign-on", cookie)
    refused(town, client, come_back(client, state=state, code="a-code"), "state")


def test_a_sign_in_that_began_long_ago_is_over(
    town: Town, house: Flask, there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = house.test_client()
    state = begun(client, there)["state"]
    monkeypatch.setattr("app.web.platform.sign_on.SECONDS", -1)
    refused(town, client, come_back(client, state=state, code="a-code"), "state")


def test_somebody_elses_answer_does_not_end_ones_own(house: Flask, there: Provider) -> None:
    client = house.test_client()
    state = begun(client, there)["state"]
    assert reason(come_back(client, state="x", code="y")) == "state"
    come_back(client, state=state, code="a-code")
    assert is_in(client)


def kept(client: FlaskClient) -> str:
    cookie = client.get_cookie("sluse-sign-on")
    assert cookie is not None
    return cookie.value


def test_an_answer_counts_once_also_with_the_cookie_of_before(town: Town, house: Flask, there: Provider) -> None:
    """Whoever copied both address and cookie comes too late."""
    client = house.test_client()
    state = begun(client, there)["state"]
    cookie = kept(client)
    assert come_back(client, state=state, code="a-code").status_code == 302
    assert client.get_cookie("sluse-sign-on") is None
    for fresh in (client, house.test_client()):
        fresh.set_cookie("sluse-sign-on", cookie)
        assert reason(come_back(fresh, state=state, code="a-code")) == "used"
    assert not is_in(fresh)
    assert there.paths.count("/token") == 1
    assert [event.data["reason"] for event in rows(town, "login_failed")] == ["used", "used"]


def test_of_two_answers_at_once_one_counts(town: Town, house: Flask, there: Provider) -> None:
    client = house.test_client()
    state = begun(client, there)["state"]
    clients = [house.test_client() for _ in range(2)]
    for each in clients:
        each.set_cookie("sluse-sign-on", kept(client))
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda each=each: codes.append(come_back(each, state=state, code="a-code").status_code))
        for each in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(codes) == [302, 303]
    assert sorted(map(is_in, clients)) == [False, True]
    assert [event.data["reason"] for event in rows(town, "login_failed")] == ["used"]


def test_answers_must_say_whose_they_are_where_the_provider_promised(town: Town, house: Flask, there: Provider) -> None:
    there.metadata = {"authorization_response_iss_parameter_supported": True}
    client = house.test_client()
    refused(town, client, sign_in(client, there), "issuer")
    come_back(client, state=begun(client, there)["state"], code="a-code", iss=there.issuer)
    assert is_in(client)


def test_a_stranger_fills_neither_the_log_nor_the_provider(town: Town, house: Flask, there: Provider) -> None:
    client = house.test_client()
    there.says["/token"] = Said({"error": "invalid_grant"}, 400)
    codes = [sign_in(client, there).status_code for _ in range(33)]
    assert codes == [303] * 30 + [429] * 3
    assert len(rows(town, "login_failed")) == 30
    assert there.paths.count("/token") == 30


def test_a_slow_provider_does_not_hold_the_house(
    house: Flask, there: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three wait for it and three for them; the others are told at once, and pages come as always."""
    monkeypatch.setattr(one_server, "SECONDS", 30.0)
    there.says[WELL_KNOWN] = SLOW
    ends: list[str] = []
    threads = [
        threading.Thread(target=lambda: ends.append(reason(house.test_client().get("/log-ind/arbejdskonto"))))
        for _ in range(9)
    ]
    for thread in threads:
        thread.start()
    eventually(lambda: len(ends) == 3)
    assert ends == ["provider_busy"] * 3
    assert is_in(local(house))
    there.gone.set()
    for thread in threads:
        thread.join(60)
    assert len(ends) == 9


def test_without_a_provider_there_is_no_such_door(town: Town) -> None:
    client = create_app(town.container).test_client()
    for page in ("/log-ind/arbejdskonto", "/log-ind/svar", "/log-ind/afvist", "/arbejdskonto/"):
        assert client.get(page).status_code == 404
    page = client.get("/log-ind")
    assert "arbejdskonto" not in page.text
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]


def test_the_doors_of_a_house_with_a_provider(house: Flask) -> None:
    """What the walks over a house without one do not see: tokens, headers, other sites."""
    client = local(house)
    for page in (
        "/log-ind/arbejdskonto",
        "/log-ind/svar",
        "/log-ind/afvist",
        "/log-ind/afvist?aarsag=x",
        "/arbejdskonto/",
    ):
        answer = client.get(page)
        assert answer.status_code < 500
        assert answer.headers["Cache-Control"] == "no-store"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert client.post("/arbejdskonto/").status_code == 400
    form = {"csrf_token": csrf_token(client, "/arbejdskonto/")}
    assert client.post("/arbejdskonto/", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert house.test_client().get("/arbejdskonto/").location.startswith("/log-ind?next=")


def test_over_https_its_cookie_is_for_this_host_alone(town: Town, there: Provider) -> None:
    house = built(town, there.issuer)
    town.container.settings = town.container.settings.model_copy(update={"secure_cookies": True})
    client = create_app(town.container).test_client()
    del house
    answer = client.get("/log-ind/arbejdskonto", base_url="https://localhost")
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if "sign-on" in each]
    assert cookie.startswith("__Host-sluse-sign-on=")
    assert all(mark in cookie for mark in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"))


def test_the_sign_in_page_has_both_ways(house: Flask) -> None:
    page = house.test_client().get("/log-ind?next=/henvendelser/").text
    assert page.index("Log ind med din arbejdskonto") < page.index("Lokal konto") < page.index("Adgangskode")
    assert 'href="/log-ind/arbejdskonto?next=/henvendelser/"' in page
