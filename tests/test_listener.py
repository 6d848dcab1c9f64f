"""The embedded server under strangers: they hold no place for long, fill no disk, and nobody waits for them."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from waitress.adjustments import Adjustments

from app.commands import listener
from app.domain.access import Role
from tests.load.visitor import Visitor
from tests.serving import serving
from tests.town import PATIENCE, Town, eventually


@pytest.fixture
def port(town: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(listener, "IDLE_SECONDS", 2)
    monkeypatch.setattr(listener, "SWEEP_SECONDS", 1)
    monkeypatch.setattr(listener, "REQUEST_SECONDS", 3.0)
    with serving(town) as base:
        yield urlsplit(base).port or 0


def connected(port: int, sent: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    made.sendall(sent)
    return made


def answer(port: int, sent: bytes) -> tuple[int, dict[str, str], str]:
    """What comes back for the bytes; whoever is refused may be cut off while it still sends."""
    with connected(port) as made:
        with suppress(OSError):
            made.sendall(sent)
        response = http.client.HTTPResponse(made)
        response.begin()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode()


@pytest.mark.parametrize(
    "sent", [b"", b"GET /log-ind HTTP/1.1\r\n", b"POST /log-ind HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"]
)
def test_200_who_say_no_more_shut_nobody_out_and_are_cut(town: Town, port: int, sent: bytes) -> None:
    silent = [connected(port, sent) for _ in range(200)]
    visitor = Visitor(port, f"{Role.VISITATOR}@town.example.org", "secret-enough")
    assert visitor.get("/visitering/").status == 200
    visitor.close()
    for each in silent:
        assert each.recv(1) == b""
        each.close()


def test_one_who_never_ends_a_request_is_cut(port: int) -> None:
    slow = connected(port, b"GET / HTTP/1.1\r\nX-Slow: ")

    def cut() -> bool:
        try:
            slow.sendall(b"x")
            slow.settimeout(0.3)
            return slow.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    eventually(cut)
    slow.close()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 30000000\r\n\r\n" + b"email=x&" * 60_000,
        b"Transfer-Encoding: chunked\r\n\r\n" + (b"8000\r\n" + b"x" * 32768 + b"\r\n") * 12,
        b"Content-Length: 270000\r\n\r\n" + b"email=x&" * 33_750,
        b"Content-Length: 99999999999999999999999\r\n\r\n" + b"x",
    ],
)
def test_too_large_a_body_is_answered_by_our_page(port: int, head: bytes) -> None:
    form = b"POST /log-ind HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    status, headers, text = answer(port, form + head)
    assert status == 413
    assert "256 KB" in text
    assert headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: odd\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
    ],
)
def test_what_the_server_refuses_by_itself_has_our_headers(port: int, sent: bytes, status: int) -> None:
    found, headers, _text = answer(port, sent)
    assert found == status
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_a_mail_may_be_larger_than_other_bodies(town: Town, port: int) -> None:
    visitor = Visitor(port, f"{Role.VISITATOR}@town.example.org", "secret-enough")
    assert visitor.post("/henvendelser/1/svarmail", {"x": "x" * 300_000}).status == 404  # it was read: there is none
    visitor.close()
    head = b"POST /henvendelser/1/svarmail HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
    status, _headers, text = answer(port, head % (26 * 1024 * 1024))
    assert (status, "25 MB" in text) == (413, True)


def test_only_so_many_large_bodies_are_taken_in_at_once() -> None:
    bounds = Adjustments(max_request_body_size=listener.BODY_BYTES)
    head = b"POST /enheden/1/svarmail HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n"
    taken = [listener.Parser(bounds) for _ in range(listener.MAILS + 1)]
    for each in taken:
        each.received(head)
    assert [each.error is None for each in taken] == [True] * listener.MAILS + [False]
    del taken, each
    again = listener.Parser(bounds)
    again.received(head)
    assert again.error is None
