"""Who signs out at the provider is out here too; nobody but the provider can say so."""

import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from joserfc.jwk import RSAKey

from tests.app.web.platform.test_sign_on import PUBLIC, built, hs256, is_in, local, mine, rows, sign_in, unsigned
from tests.providers import CLIENT_ID, OTHER_KEY, Claims, Provider, Said, provider, signed
from tests.town import Town

EVENT = "http://schemas.openid.net/event/backchannel-logout"
DOOR = "/log-ind/ud"


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as made:
        yield made


@pytest.fixture
def house(town: Town, there: Provider) -> Flask:
    return built(town, there.issuer)


def word(there: Provider, **claims: object) -> Claims:
    """What a provider says of Karen, with a number of its own each time."""
    now = int(time.time())
    said = {"iss": there.issuer, "aud": CLIENT_ID, "sub": "4711", "iat": now, "exp": now + 120, "events": {EVENT: {}}}
    return said | {"jti": f"n{time.monotonic_ns()}"} | claims


def say(house: Flask, token: object) -> int:
    return house.test_client().post(DOOR, data={"logout_token": token}).status_code


def test_all_that_a_person_has_open_ends(town: Town, house: Flask, there: Provider) -> None:
    one, two, other, administrator = house.test_client(), house.test_client(), house.test_client(), local(house)
    sign_in(one, there)
    sign_in(two, there)
    sign_in(other, there, sub="4712", preferred_username="other@kommune.example.org")
    assert say(house, signed(word(there))) == 200
    assert [is_in(each) for each in (one, two, other, administrator)] == [False, False, True, True]
    stated = [(event.by, event.data["method"]) for event in rows(town, "logged_out")]
    assert stated == [("karen@kommune.example.org", "oidc")] * 2


def test_one_sign_in_ends_by_its_name(house: Flask, there: Provider) -> None:
    here, elsewhere = house.test_client(), house.test_client()
    sign_in(here, there, sid="one")
    sign_in(elsewhere, there, sid="two")
    assert say(house, without("sub")(word(there, sid="one"))) == 200
    assert (is_in(here), is_in(elsewhere)) == (False, True)
    assert say(house, signed(word(there, sid="two"))) == 200
    assert not is_in(elsewhere)


def test_whom_nobody_knows_is_out_already(town: Town, house: Flask, there: Provider) -> None:
    assert say(house, signed(word(there, sub="nobody"))) == 200
    assert say(house, signed(word(there, sub="4711", sid="another"))) == 200
    assert not rows(town, "logged_out")


def without(name: str) -> Callable[[Claims], str]:
    return lambda claims: signed({key: value for key, value in claims.items() if key != name})


def but(**changed: object) -> Callable[[Claims], str]:
    return lambda claims: signed(claims | changed)


LONG = 6_000
FALSE: dict[str, Callable[[Claims], object]] = {
    "nothing": lambda _c: "",
    "words": lambda _c: "<script>",
    "no signature": unsigned("none"),
    "signed with the public key as secret": hs256(PUBLIC),
    "signed by somebody else": mine(),
    "by a key nobody knows": mine(kid="two"),
    "with its own key": mine(jku="https://evil.example.org/keys"),
    "of another issuer": but(iss="https://evil.example.org"),
    "no issuer": without("iss"),
    "for another client": but(aud="another"),
    "no audience": without("aud"),
    "expired": but(exp=1),
    "no end": without("exp"),
    "of the future": but(iat=int(time.time()) + LONG),
    "of long ago": but(iat=int(time.time()) - LONG),
    "no beginning": without("iat"),
    "no number": without("jti"),
    "number of another kind": but(jti=["x"]),
    "a token that signs in": but(nonce="x"),
    "no event": without("events"),
    "another event": but(events={"http://evil.example.org": {}}),
    "event in words": but(events=EVENT),
    "event of another kind": but(events={EVENT: "x"}),
    "of nobody": without("sub"),
    "of somebody of another kind": but(sub=["4711"]),
}


@pytest.mark.parametrize("attack", FALSE)
def test_nobody_else_signs_anybody_out(town: Town, house: Flask, there: Provider, attack: str) -> None:
    client = house.test_client()
    sign_in(client, there)
    assert say(house, FALSE[attack](word(there))) == 400
    assert is_in(client)
    assert not rows(town, "logged_out")


def test_the_same_word_counts_once(house: Flask, there: Provider) -> None:
    """Heard on the way and said again, it would end what was begun since."""
    said = signed(word(there))
    assert say(house, said) == 200
    client = house.test_client()
    sign_in(client, there)
    assert say(house, said) == 400
    assert is_in(client)


def test_a_stranger_bothers_the_provider_no_more_than_so(house: Flask, there: Provider) -> None:
    strange = RSAKey.generate_key(2048, {"kid": "strange"})
    codes = [say(house, signed(word(there), strange)) for _ in range(33)]
    assert codes == [400] * 30 + [429] * 3
    assert there.paths.count("/keys") == 30


def test_a_provider_that_cannot_be_asked_is_told_to_try_again(house: Flask, there: Provider) -> None:
    there.says["/keys"] = Said("", 500)
    assert say(house, signed(word(there), OTHER_KEY)) == 503
