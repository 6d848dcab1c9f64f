"""Nobody on the way can read along: by https, or within this machine."""

import pytest

from connectors.mail.exchange.online import is_online
from connectors.transport import is_loopback, is_private


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("https://mail.example.org/EWS", True),
        ("http://localhost:8025/", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]:80/", True),
        ("http://mail.example.org/", False),
        ("http://127.0.0.1:80@mail.example.org/", False),
        ("http://localhost.example.org/", False),
        ("http://localhost@mail.example.org/", False),
        ("ftp://localhost/", False),
        ("https://", False),
        ("http://[::1", False),
        ("mail.example.org", False),
        ("", False),
    ],
)
def test_an_address_is_private(address: str, private: bool) -> None:
    assert is_private(address) is private


@pytest.mark.parametrize(
    ("host", "here"), [("LOCALHOST", True), ("127.8.9.1", True), ("[::1]", True), ("0.0.0.0", False), ("x", False)]
)
def test_a_host_is_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("host", "online"),
    [
        ("outlook.office365.com", True),
        ("EUR01.outlook.com", True),
        ("myoutlook.com", False),
        ("mail.example.org", False),
    ],
)
def test_exchange_online_is_known_by_its_domains(host: str, online: bool) -> None:
    assert is_online(host) is online
