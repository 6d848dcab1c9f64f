"""Signing in with a token: on a real Dovecot for reading and sending, and a token server that hands them out."""

from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from connectors.errors import ConnectorError
from connectors.mail.imap.server import Login
from connectors.mail.imap.token import Client, ClientCredentials
from tests.connectors.gateway_contract import SHARED, UNIT, outgoing
from tests.connectors.imap import dovecot_server, estate, needs_dovecot, opened, server
from tests.standins.dovecot import ROBOT, Estate

__all__ = ["dovecot_server", "estate"]
SECRET = "the-clients-secret"


@needs_dovecot
@pytest.mark.parametrize("first", ["forged", "ended"])
def test_a_token_that_is_refused_is_fetched_anew_once(estate: Estate, first: str) -> None:
    estate.add_mailbox(SHARED)
    estate.add_mailbox(UNIT)
    there, asked = estate.server, []

    def token(fresh: bool) -> str:
        asked.append(fresh)
        if fresh:
            return there.token(ROBOT)
        return there.token(ROBOT, forged=True) if first == "forged" else there.token(ROBOT, seconds=-5)

    with opened(server(there, login=Login(ROBOT, token=token))) as gateway:
        gateway.send(outgoing())
        assert len(gateway.new_messages(UNIT, None).messages) == 1
    assert asked == [False, True] * 2  # once to read, once to send


@needs_dovecot
def test_tokens_that_are_never_right_are_an_end(estate: Estate) -> None:
    estate.add_mailbox(SHARED)
    login = Login(ROBOT, token=lambda _fresh: estate.server.token(ROBOT, forged=True))
    with opened(server(estate.server, login=login)) as gateway, pytest.raises(ConnectorError) as raised:
        gateway.new_messages(SHARED, None)
    assert not raised.value.retryable


class TokenServer(HTTPServer):
    """Hands out tokens with a number each. `status` is what it answers."""

    status, seconds, given = 200, 3600, 0


class Answers(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        right = form["client_secret"] == [SECRET] and form["grant_type"] == ["client_credentials"]
        self.server.given += 1
        self.send_response(self.server.status if right else 401)
        self.end_headers()
        self.wfile.write(b'{"access_token": "token-%d", "expires_in": %d}' % (self.server.given, self.server.seconds))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer(("127.0.0.1", 0), Answers) as running, ExitStack() as stack:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        stack.callback(thread.join)
        stack.callback(running.shutdown)
        yield running


def client(tokens: TokenServer, secret: str = SECRET) -> ClientCredentials:
    return ClientCredentials(Client(f"http://127.0.0.1:{tokens.server_port}/token", "sluse", secret))


def test_a_token_is_used_until_it_ends_or_is_refused(tokens: TokenServer) -> None:
    token = client(tokens)
    assert [token(False), token(False), token(True), token(False)] == ["token-1", "token-1", "token-2", "token-2"]
    tokens.seconds = 30  # too short to be used twice
    assert [token(True), token(False)] == ["token-3", "token-4"]


@pytest.mark.parametrize(
    ("status", "secret", "retryable"), [(200, "wrong", False), (503, SECRET, True), (400, SECRET, False)]
)
def test_a_token_server_that_gives_none(tokens: TokenServer, status: int, secret: str, retryable: bool) -> None:
    tokens.status = status
    with pytest.raises(ConnectorError) as raised:
        client(tokens, secret)(False)
    assert raised.value.retryable is retryable
    assert secret not in repr(raised.value)


def test_a_secret_goes_nowhere_in_the_clear() -> None:
    with pytest.raises(ValueError, match="https"):
        Client("http://login.example.org/token", "sluse", SECRET)
    assert SECRET not in repr(Client("https://login.example.org/token", "sluse", SECRET))
