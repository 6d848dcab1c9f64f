"""A proxy that Sluse was not told of: administrators are warned, once it is seen."""

from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.domain.access import Role
from app.web.platform import insecure
from tests.app.web.conftest import SignIn


@pytest.mark.parametrize(
    ("base_url", "headers", "warned"),
    [
        ("http://localhost", {}, False),
        ("http://127.0.0.1:8000", {}, False),
        ("http://sluse.example.org", {}, True),
        ("http://localhost", {"X-Forwarded-Proto": "https"}, True),
        ("http://localhost", {"Forwarded": "proto=https"}, True),
        ("http://192.0.2.1", {}, True),
    ],
)
def test_a_proxy_that_was_not_told_of_is_noticed(
    app: Flask, sign_in: SignIn, base_url: str, headers: dict[str, str], warned: bool
) -> None:
    app.test_client().get("/log-ind", base_url=base_url, headers=headers)
    assert not app.extensions.get(insecure.KEY), "a stranger can write any name into a request"
    client, host = sign_in(Role.VISITATOR), urlsplit(base_url).hostname or ""
    for cookie in list(client._cookies.values()):  # type: ignore[union-attr]
        client.set_cookie(cookie.key, cookie.value, domain=host)
    client.get("/visitering/", base_url=base_url, headers=headers)
    assert app.extensions.get(insecure.KEY, False) is warned
    assert ("SLUSE_BASE_URL" in sign_in(Role.ADMINISTRATOR).get("/robot/").text) is warned
    assert "SLUSE_BASE_URL" not in sign_in(Role.VISITATOR).get("/visitering/").text
