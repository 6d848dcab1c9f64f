"""Identity providers for tests, on loopback: one that says whatever it is told to, and a real one, nanoidp."""

import base64
import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from tests.town import eventually

CLIENT_ID, CLIENT_SECRET = "sluse", "a-secret-of-the-provider"
Claims = dict[str, Any]
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})
EC_KEY = ECKey.generate_key("P-256", {"kid": "curve"})
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass
class Said:
    """One answer of a provider."""

    body: bytes | str | dict[str, Any] | list[Any] = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    slowly: bool = False
    """It comes letter by letter, and never to its end."""

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


@dataclass
class Provider:
    """Speaks OpenID Connect as it should, until a test changes what it says."""

    issuer: str = ""
    keys: list[dict[str, Any]] = field(
        default_factory=lambda: [KEY.as_dict(private=False), EC_KEY.as_dict(private=False)]
    )
    person: Claims = field(default_factory=dict)
    """What is said of who comes by with a browser, instead of the usual."""
    claims: Claims = field(default_factory=dict)
    sign: Callable[[Claims], Any] = lambda claims: signed(claims)
    says: dict[str, Said] = field(default_factory=dict)
    """Address → what is said there instead of the truth."""
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)

    def known(self, nonce: str, **claims: Any) -> None:
        """Let the next token tell of somebody."""
        now = int(time.time())
        self.claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "4711", "exp": now + 300, "iat": now, "nonce": nonce,
            "name": "Karen Holm", "preferred_username": "Karen@kommune.example.org", "groups": ["visitatorer"],
        } | claims  # fmt: skip

    def answer(self, path: str, form: dict[str, str]) -> Said:
        self.asked.append((path, form))
        if path in self.says:
            return self.says[path]
        if path == WELL_KNOWN:
            return Said(self.discovery())
        if path == "/keys":
            return Said({"keys": self.keys})
        address, _, query = path.partition("?")
        given = {name: values[0] for name, values in parse_qs(query).items()}
        if address == "/authorize":  # whoever comes by is signed in already
            self.known(given["nonce"], **self.person)
            back = urlencode({"state": given["state"], "code": "a-code"})
            return Said(status=302, headers={"Location": f"{given['redirect_uri']}?{back}"})
        if address == "/logout":
            return Said(status=302, headers={"Location": given["post_logout_redirect_uri"]})
        if path == "/token":
            return Said(
                {
                    "access_token": "secret-access",
                    "token_type": "Bearer",
                    "expires_in": 300,
                    "id_token": self.sign(self.claims),
                }
            )
        return Said(status=404)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
        } | self.metadata

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that runs for the length of a block."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.said({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.said(
                {name: values[0] for name, values in parse_qs(body).items()}
                | {"Authorization": self.headers.get("Authorization", "")}
            )

        def said(self, form: dict[str, str]) -> None:
            said = made.answer(self.path, form)
            with suppress(BrokenPipeError, ConnectionResetError):
                content = said.content()
                self.send_response(said.status)
                for name, value in ({"Content-Type": "application/json"} | said.headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                for sign in content if said.slowly else b"":
                    self.wfile.write(bytes([sign]))
                    if made.gone.wait(0.05):
                        return
                if not said.slowly:
                    self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.gone.set()
        server.shutdown()
        server.server_close()
        thread.join()


def signed(claims: Any, key: RSAKey | ECKey | OctKey = KEY, **header: Any) -> str:
    """A token as a provider signs it; `header` is added to or taken from (None) its head."""
    head = {"alg": "RS256", "kid": key.kid} | header
    return jwt.encode(
        {name: value for name, value in head.items() if value is not None}, claims, key,
        algorithms=["RS256", "RS384", "PS256", "ES256", "HS256"],
    )  # fmt: skip


def by_hand(header: Any, payload: Any, signature: bytes = b"") -> str:
    """A token that no library would write."""
    return ".".join(
        _b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, payload, signature)
    )


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def packed(size: int) -> bytes:
    """A small answer that unpacks to a large one."""
    return gzip.compress(b" " * size)


SETTINGS = """\
server: {{host: 127.0.0.1, port: {port}}}
oauth:
  issuer: {issuer}
  audience: sluse
  require_pkce: true
  clients:
    - {{client_id: {client_id}, client_secret: {client_secret}, redirect_uris: ["{redirect_uri}"]}}
security_profile: oauth21
"""
USERS = """\
users:
  karen: {password: karens-word, email: karen@kommune.example.org, groups: [visitatorer, alle]}
  bent: {password: bents-word, email: bent@kommune.example.org, groups: [alle]}
"""


@contextmanager
def real_provider(folder: Path, redirect_uri: str) -> Iterator[str]:
    """A real provider with two people, Karen of the visitators and Bent; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    issuer = f"http://127.0.0.1:{port}"
    folder.mkdir(parents=True)
    (folder / "users.yaml").write_text(USERS)
    (folder / "settings.yaml").write_text(
        SETTINGS.format(
            port=port, issuer=issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, redirect_uri=redirect_uri
        )
    )
    log = (folder / "log").open("wb")
    command = [sys.executable, "-m", "nanoidp", "--config", str(folder), "--port", str(port)]
    process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        eventually(lambda: _answers(issuer))
        yield issuer
    finally:
        process.terminate()
        process.wait()
        log.close()


def _answers(issuer: str) -> bool:
    try:
        with urlopen(issuer + WELL_KNOWN, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
