"""Tokens for Microsoft Graph, by client credentials: an app of its own, without anybody signed in."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from connectors import reaching
from connectors.errors import ConnectorError, SignInRefused

GRAPH = "https://graph.microsoft.com"
SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class GraphTenant:
    """An organisation in Exchange Online, and the app that Sluse is there.

    One of `secret` and `certificate` proves who asks; `certificate` is PEM text with the private key and the certificate.
    """

    tenant: str
    client_id: str
    secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    authority: str = "https://login.microsoftonline.com"
    server: str = GRAPH
    authorities_file: Path | None = None
    """Certificates (PEM) to trust instead of the usual ones, where a proxy opens TLS."""
    returns: str = "Retur"
    """What the folder is called that units move mails to that are not theirs."""
    seconds: float = 30.0
    """How long an answer may take."""

    @property
    def scope(self) -> str:
        """Return what a token is asked for: all that the app was granted."""
        return f"{self.server if self.server.startswith('https://') else GRAPH}/.default"


class Tokens(Protocol):
    """Where bearer tokens come from."""

    def token(self) -> str:
        """Return a token that is valid for some minutes more.

        Raises:
            ConnectorError: there is none to be had.
        """
        ...

    def forget(self) -> None:
        """Let the next token be a fresh one: this one was refused."""
        ...

    def close(self) -> None:
        """End the connections; the next token is asked for over new ones."""
        ...


class EntraTokens:
    """Tokens from Entra ID, kept until shortly before they expire.

    The library takes 0.2 s and 4 MB to load, beyond what the gateway takes: only a process that asks for a token loads it.
    """

    def __init__(self, tenant: GraphTenant) -> None:
        self._tenant, self._lock = tenant, threading.Lock()
        self._app: Any = None

    def token(self) -> str:
        import requests
        from msal.exceptions import MsalServiceError

        with self._lock:
            try:
                self._app = self._app or self._made()
                answer: dict[str, Any] = self._app.acquire_token_for_client(scopes=[self._tenant.scope])
            except requests.RequestException as error:
                raise reaching.failure(f"Entra ID, {self._tenant.authority}", error) or ConnectorError(
                    f"Entra ID gives no answer: {type(error).__name__}", retryable=True
                ) from error
            except MsalServiceError as error:  # a server in trouble, which it asks no more for a minute
                raise ConnectorError("Entra ID fails at the moment", retryable=True) from error
            except ValueError as error:  # what is no PEM, an authority that is none, an answer that is no JSON
                raise ConnectorError(
                    "Entra ID cannot be asked: look at authority and certificate", retryable=False
                ) from error
        if "access_token" in answer:
            return str(answer["access_token"])
        raise _refusal(answer)

    def forget(self) -> None:
        with self._lock:
            if self._app is not None:
                self._app.remove_tokens_for_client()

    def close(self) -> None:
        with self._lock:
            app, self._app = self._app, None
        if app is not None:
            app.http_client.close()

    def _made(self) -> Any:
        import msal
        import requests

        session = requests.Session()
        session.trust_env = False  # else REQUESTS_CA_BUNDLE overrules `verify`
        session.verify = str(self._tenant.authorities_file) if self._tenant.authorities_file else True
        return msal.ConfidentialClientApplication(
            self._tenant.client_id,
            client_credential=self._credential(),
            authority=f"{self._tenant.authority}/{self._tenant.tenant}",
            instance_discovery=False,
            http_client=_Timed(session),
        )

    def _credential(self) -> str | dict[str, str]:
        pem = self._tenant.certificate
        if not pem:
            return self._tenant.secret
        return {"private_key": pem, "public_certificate": pem[pem.index("-----BEGIN CERTIFICATE-----") :]}


class _Timed:
    """A session whose every request has an end: the library sets none where it is handed a client."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def get(self, url: str, **named: Any) -> Any:
        return self._session.get(url, **{"timeout": SECONDS} | named)

    def post(self, url: str, **named: Any) -> Any:
        return self._session.post(url, **{"timeout": SECONDS} | named)

    def close(self) -> None:
        self._session.close()


PASSING = frozenset({"temporarily_unavailable", "server_error"})


def _refusal(answer: dict[str, Any]) -> ConnectorError:
    """Return what Entra ID's refusal is to us; its number (AADSTS…) says more to those who look it up."""
    code = str(answer.get("error", "no_token"))
    numbers = ", ".join(f"AADSTS{each}" for each in answer.get("error_codes") or ())
    known = f"Entra ID refuses the app: {code}{f' ({numbers})' if numbers else ''}; look at its secret or certificate"
    return SignInRefused(known, retryable=code in PASSING)
