"""Fetch access tokens (OAuth 2, client credentials): one is used until shortly before it ends, or until it is refused."""

import ssl
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from connectors import reaching
from connectors.errors import ConnectorError, SignInRefused
from connectors.transport import is_private

SECONDS = 20.0
EARLY = 60.0
"""How long before its end a token is no longer used."""
SHORT_LIFE = 300.0
"""How long a token is used whose end is not told."""


@dataclass(frozen=True, slots=True)
class Client:
    """What a token server knows us by.

    Raises:
        ValueError: the secret would leave this machine in the clear.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if not is_private(self.url):
            raise ValueError(f"{self.url} must begin with https://: a secret goes there")


class ClientCredentials:
    """A `Token` of a client's own, for all its mailboxes. Safe for several threads."""

    def __init__(self, client: Client) -> None:
        self._client, self._lock = client, threading.Lock()
        self._token, self._until = "", 0.0

    def __call__(self, fresh: bool) -> str:
        """Return the token, or a new one where it has ended or was refused.

        Raises:
            ConnectorError: the token server gives none.
        """
        with self._lock:
            if fresh or time.monotonic() >= self._until:
                self._token, seconds = self._fetched()
                self._until = time.monotonic() + max(0.0, seconds - EARLY)
            return self._token

    def _fetched(self) -> tuple[str, float]:
        client = self._client
        form = {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
        }
        if client.scope:
            form["scope"] = client.scope
        context = ssl.create_default_context(cafile=str(client.ca_file) if client.ca_file else None)
        try:
            with httpx2.Client(trust_env=False, timeout=SECONDS, verify=context) as http:
                answer = http.post(client.url, data=form)
            body = answer.json() if answer.status_code == 200 else {}
        except (httpx2.HTTPError, OSError, ValueError) as error:
            raise reaching.failure(client.url, error) or ConnectorError(
                f"{client.url}: no token server answers ({type(error).__name__})", retryable=True
            ) from error
        if answer.status_code in (400, 401, 403):
            raise SignInRefused(
                f"{client.url}: the token server refuses us ({answer.status_code}); mend client id, secret or scope",
                retryable=False,
            )
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise ConnectorError(f"{client.url}: the token server gave no token ({answer.status_code})", retryable=True)
        return token, _seconds(body.get("expires_in"))


def _seconds(body: object) -> float:
    return float(body) if isinstance(body, int | float | str) and str(body).isdigit() else SHORT_LIFE
