"""A token server in Entra ID's layout, over TLS on loopback: client credentials by secret or certificate."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

TENANT, CLIENT_ID, CLIENT_SECRET = (
    "kommune.example.org",
    "11111111-2222-3333-4444-555555555555",
    "the-secret-of-the-app",
)
SCOPE = "https://graph.microsoft.com/.default"
ROLES = ["Mail.ReadWrite", "Mail.Send"]


class WithCertificate(JWSRegistry):
    """Takes assertions that bring their certificate in their head."""

    max_header_length = 8192


@dataclass
class TokenServer:
    """A tenant's token server. `refuses` is the error it gives instead of a token, with its AADSTS number."""

    folder: Path
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    authority: str = ""
    lives: int = 3600
    refuses: tuple[int, str, int] | None = None
    asked: int = 0
    revoked: set[str] = field(default_factory=set)

    @property
    def certificate(self) -> Path:
        """The certificate the server shows, to be trusted."""
        return self.folder / "server.crt"

    @property
    def app(self) -> Path:
        """The private key and certificate of the app."""
        return self.folder / "app.pem"

    def accepts(self, token: str) -> bool:
        """Tell whether a token opens Graph: ours, for it, not over, with both permissions."""
        try:
            claims = jwt.decode(token, self.key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return False
        fits = claims["aud"] == "https://graph.microsoft.com" and claims["tid"] == TENANT and claims["roles"] == ROLES
        return bool(fits and claims["exp"] > time.time() and token not in self.revoked)

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        root = f"{self.authority}/{TENANT}"
        if path == f"/{TENANT}/v2.0/.well-known/openid-configuration":
            return 200, {
                "issuer": f"{root}/v2.0", "token_endpoint": f"{root}/oauth2/v2.0/token",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize", "jwks_uri": f"{root}/discovery/v2.0/keys",
            }  # fmt: skip
        if path == f"/{TENANT}/discovery/v2.0/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path != f"/{TENANT}/oauth2/v2.0/token":
            return 404, {"error": "invalid_request"}
        self.asked += 1
        if self.refuses is not None:
            status, error, number = self.refuses
            return status, {"error": error, "error_codes": [number], "error_description": f"AADSTS{number}: refused"}
        if (
            form.get("client_id") != CLIENT_ID
            or form.get("scope") != SCOPE
            or not self._proved(form, f"{root}/oauth2/v2.0/token")
        ):
            return 401, {
                "error": "invalid_client",
                "error_codes": [7000215],
                "error_description": "AADSTS7000215: refused",
            }
        return 200, {
            "token_type": "Bearer",
            "expires_in": self.lives,
            "ext_expires_in": self.lives,
            "access_token": self._signed(),
        }

    def _proved(self, form: dict[str, str], audience: str) -> bool:
        """By the secret, or by an assertion that the app's certificate signed."""
        if "client_assertion" not in form:
            return form.get("client_secret") == CLIENT_SECRET
        key = RSAKey.import_key(self.app.read_bytes().partition(b"-----BEGIN CERT")[0])
        try:
            claims = jwt.decode(form["client_assertion"], key, registry=WithCertificate(algorithms=["PS256"])).claims
        except (JoseError, ValueError):
            return False
        return claims["iss"] == claims["sub"] == CLIENT_ID and claims["aud"] == audience and claims["exp"] > time.time()

    def _signed(self) -> str:
        now = int(time.time())
        claims = {
            "aud": "https://graph.microsoft.com", "tid": TENANT, "appid": CLIENT_ID, "roles": ROLES, "iat": now,
            "nbf": now, "exp": now + self.lives, "iss": f"{self.authority}/{TENANT}/v2.0", "uti": str(self.asked),
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key, algorithms=["RS256"])


@contextmanager
def token_server(folder: Path) -> Iterator[TokenServer]:
    """A token server for the length of a block; its certificates lie in the folder."""
    made = TokenServer(folder)
    (folder / "server.pem").write_bytes(_certificate(folder / "server.crt", "localhost"))
    made.app.write_bytes(_certificate(folder / "app.crt", "sluse"))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say({name: values[0] for name, values in parse_qs(body).items()})

        def say(self, form: dict[str, str]) -> None:
            status, said = made.answer(self.path.partition("?")[0], form)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.authority = f"https://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _certificate(file: Path, name: str) -> bytes:
    """Write a certificate, signed by itself; return it with its private key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    called, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(
        called, called, key.public_key(), x509.random_serial_number(), now - timedelta(days=1), now + timedelta(days=1)
    )
    builder = builder.add_extension(names, False).add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    written = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    file.write_bytes(written)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*plain) + written
