"""Where a request comes from: what a named proxy says, and never what anybody else says."""

import urllib.error
import urllib.parse
import urllib.request
from ipaddress import ip_network

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import database
from app.config import SettingsError
from app.environment import read_settings
from app.models.event import Event
from app.web.platform.origin import client
from tests.app.web.conftest import csrf_token
from tests.serving import serving
from tests.town import Town

PROXIES = tuple(map(ip_network, ("127.0.0.1/32", "10.0.0.0/24", "fd00::/64")))
KEY = {"SLUSE_SECRET_KEY": "a-key-of-this-test-alone-0123456789"}


@pytest.mark.parametrize(
    ("peer", "said", "expected"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # a stranger says it
        ("192.0.2.1", "127.0.0.1", "192.0.2.1"),
        ("10.0.1.5", "203.0.113.9", "10.0.1.5"),  # the network beside the proxies'
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what the client said stands on the left
        ("127.0.0.1", "10.0.0.7, 203.0.113.9", "203.0.113.9"),  # a client that calls itself a proxy
        ("127.0.0.1", "203.0.113.9, 10.0.0.7", "203.0.113.9"),  # two proxies
        ("127.0.0.1", "198.51.100.1,203.0.113.9,10.0.0.7,10.0.0.8", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.8, 10.0.0.7", "10.0.0.8"),  # from a machine among the proxies
        ("127.0.0.1", "203.0.113.9:51234", "203.0.113.9"),
        ("127.0.0.1", "[2001:db8::7]:51234", "2001:db8::7"),
        ("127.0.0.1", "[2001:db8::7]", "2001:db8::7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("fd00::2", "203.0.113.9", "203.0.113.9"),
        ("fd01::2", "203.0.113.9", "fd01::2"),
        ("::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9"),  # a proxy that comes by a double socket
        ("127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "fe80::1%eth0", "fe80::1"),
        # What no address is ends the reading: nothing to the left of it is believed.
        ("127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, ", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9, _hidden, 10.0.0.7", "10.0.0.7"),
        ("127.0.0.1", "0x7f000001", "127.0.0.1"),
        ("127.0.0.1", "2130706433", "127.0.0.1"),
        ("127.0.0.1", "127.1", "127.0.0.1"),
        ("127.0.0.1", "010.000.000.007", "127.0.0.1"),
        ("127.0.0.1", "٢٠٣.٠.١١٣.٩", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9/24", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9\x00", "127.0.0.1"),
        ("127.0.0.1", "' OR 1=1 --", "127.0.0.1"),
        ("127.0.0.1", "," * 60_000, "127.0.0.1"),
        ("127.0.0.1", "9" * 60_000, "127.0.0.1"),
    ],
)  # fmt: skip
def test_the_nearest_that_is_no_proxy_of_ours(peer: str, said: str, expected: str) -> None:
    assert str(client(peer, said, PROXIES)) == expected


@pytest.mark.parametrize("peer", ["", "unix:", "localhost", "203.0.113"])
def test_a_peer_without_an_address_is_nobody(peer: str) -> None:
    assert client(peer, "203.0.113.9", PROXIES) is None


@given(said=st.text(max_size=60))
def test_whoever_is_no_proxy_says_what_they_like(said: str) -> None:
    assert str(client("192.0.2.1", said, PROXIES)) == "192.0.2.1"
    assert str(client("127.0.0.1", f"{said}, 192.0.2.1", PROXIES)) == "192.0.2.1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("127.0.0.1", ("127.0.0.1/32",)),
        ("10.1.2.0/24, ::1", ("10.1.2.0/24", "::1/128")),
        ("10.1.2.3  10.1.2.4", ("10.1.2.3/32", "10.1.2.4/32")),
    ],
)
def test_proxies_are_named(text: str, expected: tuple[str, ...]) -> None:
    found = read_settings(KEY | {"SLUSE_TRUSTED_PROXY": text}).trusted_proxies
    assert tuple(map(str, found)) == expected


@pytest.mark.parametrize(
    "text", ["proxy.example.org", "10.1.2.3/24", "0.0.0.0/0", "::/0", "127.0.0.1, *", "all", "10.1"]
)
def test_nobody_and_everybody_is_no_proxy(text: str) -> None:
    with pytest.raises(SettingsError, match="SLUSE_TRUSTED_PROXY"):
        read_settings(KEY | {"SLUSE_TRUSTED_PROXY": text})


def sources(town: Town) -> list[str]:
    """Where failed sign-ins came from, as the log tells."""
    with database.read(town.container.engine) as session:
        return [row.data["source"] for row in session.scalars(select(Event).where(Event.kind == "login_failed"))]


@pytest.mark.parametrize(
    ("proxies", "expected"), [((), "127.0.0.1"), (PROXIES, "203.0.113.9"), ((ip_network("10.0.0.0/24"),), "127.0.0.1")]
)
def test_the_log_tells_of_a_sign_in_from_where(app: Flask, town: Town, proxies: tuple, expected: str) -> None:
    town.container.settings = town.container.settings.model_copy(update={"trusted_proxies": proxies})
    browser = app.test_client()
    form = {"email": "nobody@town.example.org", "password": "wrong", "csrf_token": csrf_token(browser, "/log-ind")}
    headers = {
        "X-Forwarded-For": "198.51.100.1, 203.0.113.9",
        "X-Real-IP": "198.51.100.2",
        "Forwarded": "for=198.51.100.3",
    }
    assert browser.post("/log-ind", data=form, headers=headers).status_code == 401
    assert sources(town) == [expected]


def test_each_citizen_of_a_network_counts_alone_behind_a_proxy(app: Flask, town: Town) -> None:
    town.container.settings = town.container.settings.model_copy(update={"trusted_proxies": PROXIES})

    def tried(address: str) -> int:
        browser = app.test_client()
        form = {"email": "nobody@town.example.org", "password": "wrong", "csrf_token": csrf_token(browser, "/log-ind")}
        return browser.post("/log-ind", data=form, headers={"X-Forwarded-For": address}).status_code

    assert [tried("203.0.113.9") for _ in range(6)] == [401] * 5 + [429]
    assert tried("203.0.113.10") == 401


def test_the_embedded_server_hands_the_header_on(town: Town) -> None:
    """Waitress would take it away from everybody, also from a proxy that the settings name."""
    town.container.settings = town.container.settings.model_copy(update={"trusted_proxies": PROXIES})
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    browser.addheaders = [("X-Forwarded-For", "203.0.113.9")]
    with serving(town) as base:
        page = browser.open(f"{base}/log-ind").read().decode()
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"email": "nobody@town.example.org", "password": "wrong", "csrf_token": token}
        with pytest.raises(urllib.error.HTTPError, match="401"):
            browser.open(f"{base}/log-ind", urllib.parse.urlencode(form).encode())
    assert sources(town) == ["203.0.113.9"]
