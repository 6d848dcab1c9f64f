"""Serve Exchange Web Services on loopback, with the faults of a bad day.

Everything is decided while one lock is held: requests are answered one after the other, as one mailbox's are by Exchange.
"""

import base64
import os
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import spnego
from lxml import etree

from tests.standins.ews.elements import Element, m, t
from tests.standins.ews.operations import Oddities, Session
from tests.standins.ews.schema import ERRORS, Checks, S, T
from tests.standins.ews.store import Refusal, Store

PATH = "/EWS/Exchange.asmx"
FOR_TOKENS = "/token"


@dataclass(frozen=True)
class Fault:
    """What happens to one call of an operation.

    `kind`: "401", "413", "503", "500" as HTTP says them; "busy" (with `wait` seconds to back off); "before" and "after" cut the
    connection before or after the effect; "slow" takes `wait` seconds; "code" answers with a response code of Exchange's.
    """

    kind: str
    wait: float = 0.0
    code: str = ""


@dataclass
class User:
    """Somebody who signs in, and whose mailboxes are open to them."""

    password: str
    address: str = ""
    full_access: set[str] = field(default_factory=set)
    may_impersonate: bool = False


class Cut(Exception):
    """The connection ends without an answer."""


class Denied(Exception):
    """The whole request is answered by an HTTP status."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__(status)
        self.status, self.headers = status, headers


class Exchange:
    """The server: its store, its users, what was asked of it, and the faults that are planned."""

    def __init__(self) -> None:
        self.store, self.checks, self.oddities = Store(), Checks(), Oddities()
        self.users: dict[str, User] = {}
        self.tokens: dict[str, str] = {}
        """User by bearer token; a token that is taken out has expired."""
        self.secrets: dict[str, str] = {}
        """Client secrets of those who may ask for a token for the user of their name."""
        self.scopes: list[str] = []
        """What tokens were asked for."""
        self.calls: list[str] = []
        self.watch: Callable[[Element], None] = lambda _request: None
        """Sees each request before anything is done about it."""
        self.url = ""
        self.largest = 10 * 1024 * 1024
        self._plans: dict[str, list[Fault]] = defaultdict(list)
        self._lock = threading.Lock()

    def fail(self, operation: str, *faults: Fault) -> None:
        """Let the next calls of an operation fail, in this order."""
        self._plans[operation].extend(faults)

    def planned(self) -> int:
        """Return how many faults have not happened yet."""
        return sum(map(len, self._plans.values()))

    def answer(self, body: bytes, user: User) -> tuple[int, bytes]:
        """Return the status and the envelope that answer a request."""
        envelope = etree.fromstring(body)
        request = envelope.find(f"{{{S}}}Body")[0]
        operation = etree.QName(request).localname
        with self._lock:
            self.calls.append(operation)
            self.checks.request(envelope)
            self.watch(request)
            plan = self._plans[operation]
            fault = plan.pop(0) if plan else None
        if fault is not None:
            self._before(fault)
        with self._lock:
            try:
                content = self._content(envelope, request, user, fault)
                status = 200
            except Refusal as refusal:
                content, status = soap_fault(refusal, getattr(refusal, "wait", 0.0)), 500
            answer = in_envelope(content)
            self.checks.answer(answer)
        if fault is not None and fault.kind == "after":
            raise Cut
        return status, etree.tostring(answer, xml_declaration=True, encoding="utf-8")

    def _content(self, envelope: Element, request: Element, user: User, fault: Fault | None) -> Element:
        session = self._session(envelope, user)
        if fault is not None and fault.kind == "code":
            name = etree.QName(request).localname
            return m(f"{name}Response", m.ResponseMessages(session._message(name, Refusal(fault.code))))
        return session.answer(request)

    def _session(self, envelope: Element, user: User) -> Session:
        identity = envelope.find(f"{{{S}}}Header/{{{T}}}ExchangeImpersonation/{{{T}}}ConnectingSID")
        if identity is None:
            may_open = user.full_access | {user.address}
            return Session(self.store, user.address, lambda each: each.lower() in may_open, self.oddities)
        address = identity[0].text or ""
        if not user.may_impersonate:
            raise Refusal(
                "ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."
            )
        self.store.mailbox(address)
        return Session(self.store, address, lambda each: each.lower() == address.lower(), self.oddities)

    @staticmethod
    def _before(fault: Fault) -> None:
        """Let a fault happen that comes before the effect."""
        if fault.kind == "before":
            raise Cut
        if fault.kind == "slow":
            time.sleep(fault.wait)
        if fault.kind.isdigit():
            raise Denied(int(fault.kind), **({"Retry-After": str(int(fault.wait))} if fault.wait else {}))
        if fault.kind == "busy":
            refusal = Refusal("ErrorServerBusy", "The server cannot service this request right now. Try again later.")
            raise Busy(refusal, fault.wait)

    def token(self, body: bytes) -> str | None:
        """Return a new token for a client that shows its secret."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        client = form.get("client_id", "")
        if self.secrets.get(client) != form.get("client_secret", ""):
            return None
        self.scopes.append(form.get("scope", ""))
        token = f"token-{len(self.calls)}-{time.monotonic_ns()}"
        self.tokens[token] = client
        return token


class Busy(Exception):
    """The server asks for a pause."""

    def __init__(self, refusal: Refusal, wait: float) -> None:
        super().__init__(refusal.code)
        self.refusal, self.wait = refusal, wait


def in_envelope(content: Element) -> Element:
    """Return an envelope as Exchange 2016 writes it."""
    version = etree.Element(
        f"{{{T}}}ServerVersionInfo",
        MajorVersion="15", MinorVersion="1", MajorBuildNumber="2507", MinorBuildNumber="35", Version="V2017_07_11",
    )  # fmt: skip
    envelope = etree.Element(f"{{{S}}}Envelope", nsmap={"s": S})
    etree.SubElement(envelope, f"{{{S}}}Header").append(version)
    etree.SubElement(envelope, f"{{{S}}}Body").append(content)
    return envelope


def soap_fault(refusal: Refusal, wait: float) -> Element:
    """Return a refusal of the whole request."""
    fault = etree.Element(f"{{{S}}}Fault", nsmap={"a": T})
    etree.SubElement(fault, "faultcode").text = f"a:{refusal.code}"
    etree.SubElement(fault, "faultstring").text = refusal.text
    detail = etree.SubElement(fault, "detail")
    etree.SubElement(detail, f"{{{ERRORS}}}ResponseCode").text = refusal.code
    etree.SubElement(detail, f"{{{ERRORS}}}Message").text = refusal.text
    if wait:
        detail.append(t.MessageXml(t.Value(str(int(wait * 1000)), Name="BackOffMilliseconds")))
    return fault


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    exchange: Exchange
    user: User | None = None
    handshake: Any = None

    def do_GET(self) -> None:
        """Say whether somebody is signed in: some clients look before they ask."""
        try:
            self._user()
            self._reply(200, b"", "text/html")
        except Denied as denied:
            self._reply(denied.status, b"", "text/html", **denied.headers)

    def do_POST(self) -> None:
        """Answer one request."""
        length = int(self.headers.get("Content-Length", "0"))
        try:
            if self.path == FOR_TOKENS:
                self._token(self.rfile.read(length))
                return
            body = self.rfile.read(length)
            if length > self.exchange.largest:
                raise Denied(413)
            status, content = self.exchange.answer(body, self._user())
            self._reply(status, content, "text/xml; charset=utf-8")
        except Busy as busy:
            answer = in_envelope(soap_fault(busy.refusal, busy.wait))
            self._reply(500, etree.tostring(answer), "text/xml; charset=utf-8")
        except Denied as denied:
            self._reply(denied.status, b"", "text/html", **denied.headers)
        except Cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _user(self) -> User:
        kind, _, credentials = self.headers.get("Authorization", "").partition(" ")
        users = self.exchange.users
        if kind == "Basic":
            name, _, password = base64.b64decode(credentials).decode().partition(":")
            if name in users and users[name].password == password:
                return users[name]
        if kind == "NTLM":
            self._shake_hands(base64.b64decode(credentials))
        if self.user is not None:
            return self.user
        if kind == "Bearer" and credentials in self.exchange.tokens:
            return users[self.exchange.tokens[credentials]]
        raise Denied(
            401, **{"WWW-Authenticate": "NTLM" if "NTLM_USER_FILE" in os.environ else 'Basic realm="exchange"'}
        )

    def _shake_hands(self, token: bytes) -> None:
        """Sign a connection in by NTLM; passwords are in the file that NTLM_USER_FILE names."""
        if self.handshake is None:
            self.handshake = spnego.server(protocol="ntlm")
        try:
            reply = self.handshake.step(token)
        except spnego.exceptions.SpnegoError:
            self.handshake = None
            raise Denied(401, **{"WWW-Authenticate": "NTLM"}) from None
        if not self.handshake.complete:
            raise Denied(401, **{"WWW-Authenticate": f"NTLM {base64.b64encode(reply or b'').decode()}"})
        self.user = self.exchange.users.get(str(self.handshake.client_principal))

    def _token(self, body: bytes) -> None:
        token = self.exchange.token(body)
        if token is None:
            self._reply(401, b'{"error": "invalid_client"}', "application/json")
            return
        content = f'{{"access_token": "{token}", "token_type": "Bearer", "expires_in": 3600}}'
        self._reply(200, content.encode(), "application/json")

    def _reply(self, status: int, content: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Threads that nobody waits for: a client may keep its connection."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave what a client breaks off unsaid."""


@contextmanager
def serving(exchange: Exchange, certificate: tuple[Path, Path] | None = None) -> Iterator[Exchange]:
    """Serve on a free port of loopback; by TLS where there is a certificate with its key."""
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"exchange": exchange}))
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    exchange.url = f"{scheme}://localhost:{server.server_address[1]}{PATH}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield exchange
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
