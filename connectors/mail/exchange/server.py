"""Reach an Exchange server of one's own: its address, who signs in and how, and a session for each mailbox."""

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import requests
from exchangelib import Account, Configuration, Credentials, EWSTimeZone, OAuth2Credentials, Version
from exchangelib.credentials import DELEGATE, IMPERSONATION
from exchangelib.protocol import FailFast, Protocol
from exchangelib.transport import BASIC, NTLM, OAUTH2
from exchangelib.util import is_xml
from exchangelib.version import Build

from connectors.errors import ConnectorError
from connectors.mail import addresses
from connectors.mail.exchange.faults import Denied, TooLarge, Unavailable, quiet
from connectors.mail.exchange.online import is_online
from connectors.transport import is_private

TIME_ZONE = "Europe/Copenhagen"
WAYS = {"basic": BASIC, "ntlm": NTLM, "oauth": OAUTH2}
ACCESS = {"impersonation": IMPERSONATION, "delegate": DELEGATE}
SignIn = Literal["ntlm", "basic", "oauth"]
Access = Literal["impersonation", "delegate"]


@dataclass(frozen=True, slots=True)
class ExchangeServer:
    """An Exchange server on the municipality's own premises, and how Sluse signs in to it."""

    url: str
    """As `https://mail.example.org/EWS/Exchange.asmx`; plain http only on this machine."""
    user: str = ""
    """As `DOMAIN\\name` or `name@domain`; nobody's where applications sign in by OAuth."""
    password: str = field(default="", repr=False)
    sign_in: SignIn = "ntlm"
    access: Access = "impersonation"
    """How shared mailboxes open: by the right to act as any of them, or by full access to each."""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_url: str = ""
    scope: str = ""
    """What the token is for; "" for this server itself."""
    ca: Path | None = None
    """Certificates to trust in place of those that are commonly known; no environment variable overrides it."""
    timeout: float = 60.0
    """Seconds that a call may take."""
    connections: int = 10
    """How many calls may run at once; Exchange's throttling allows a user 27."""
    version: str = "15.2"
    """The build: 15.2 is Exchange 2019 and SE, 15.1 is 2016. It is never guessed."""
    returns: str = "Retur"
    """The name of the folder, on the top level of a unit's mailbox, for mails that are sent back."""
    settle: float = 2.0
    """Seconds between looks for a letter whose fate is unknown: a copy in Sent may come late."""


class Policy(FailFast):
    """Fail at once, and say how: whoever asked knows best when to try again."""

    def raise_response_errors(self, response: requests.Response) -> None:
        """Raise what an HTTP status means. Never the content: it may hold a mail."""
        status = response.status_code
        if status == 200 or (status == 500 and is_xml(response.content)):
            return
        if status in (401, 403):
            raise Denied(f"HTTP {status}")
        if status in (413, 507):
            raise TooLarge(f"HTTP {status}")
        wait = response.headers.get("Retry-After", "")
        raise Unavailable(f"HTTP {status}", float(wait) if wait.isdigit() else None)


class ClientCredentials(OAuth2Credentials):
    """An application's own credentials, at whichever server gives out tokens."""

    def __init__(self, server: ExchangeServer) -> None:
        super().__init__(client_id=server.client_id, client_secret=server.client_secret, tenant_id="")
        parts = urlsplit(server.url)
        self._token_url = server.token_url
        self._scope = server.scope or f"{parts.scheme}://{parts.netloc}/.default"

    @property
    def token_url(self) -> str:
        """Return where tokens come from."""
        return self._token_url

    @property
    def scope(self) -> list[str]:
        """Return what they are for."""
        return [self._scope]


class Accounts:
    """The mailboxes of one server, each opened as itself: so its Sent is its own, never the robot's.

    All share one pool of connections. Nothing is asked of the server here: version, way of signing in and time zone are fixed.
    """

    def __init__(self, server: ExchangeServer) -> None:
        check_address(server.url)
        quiet()
        self._server = server
        self._lock = threading.Lock()
        self._known: dict[str, Account] = {}
        self._protocol: Protocol | None = None
        self._config = Configuration(
            service_endpoint=server.url,
            credentials=ClientCredentials(server)
            if server.sign_in == "oauth"
            else Credentials(server.user, server.password),
            auth_type=WAYS[server.sign_in],
            version=_version(server.version),
            retry_policy=Policy(),
            max_connections=server.connections,
        )

    def __getitem__(self, mailbox: str) -> Account:
        """Return the account of a mailbox.

        Raises:
            ConnectorError: what is asked for is no address.
        """
        if addresses.parse(mailbox) is None:
            raise ConnectorError(f"{mailbox!r} is no mail address", retryable=False)
        address = addresses.on_wire(addresses.key(mailbox))
        with self._lock:
            if address not in self._known:
                self._known[address] = self._opened(address)
            return self._known[address]

    def close(self) -> None:
        """End the connections, and let the library forget them."""
        with self._lock:
            protocol, self._protocol = self._protocol, None
            self._known.clear()
            with suppress(KeyError):
                del Protocol[self._config]
        if protocol is not None:
            protocol.close()

    def _opened(self, address: str) -> Account:
        if self._protocol is None:
            # The library hands out one protocol for an address and a user, with the certificates it was first made with.
            with suppress(KeyError):
                del Protocol[self._config]
        account = Account(
            address,
            config=self._config,
            access_type=ACCESS[self._server.access],
            autodiscover=False,
            locale="da_DK",
            default_timezone=EWSTimeZone(TIME_ZONE),
        )
        if self._protocol is None:
            self._protocol = account.protocol
            self._protocol.TIMEOUT = self._server.timeout
            self._protocol.raw_session = self._session
        account.protocol = self._protocol
        return account

    def _session(self, *arguments: Any, **named: Any) -> requests.Session:
        """Return a session that trusts what the settings say: requests would let REQUESTS_CA_BUNDLE and proxies go before."""
        session: requests.Session = Protocol.raw_session(*arguments, **named)
        session.trust_env = False
        session.verify = str(self._server.ca) if self._server.ca else True
        return session


def _version(build: str) -> Version:
    """Return the version of a build.

    Raises:
        ConnectorError: it is none that the library knows.
    """
    try:
        major, minor, *more = (int(part) for part in build.split("."))
        return Version(Build(major, minor, *more[:2]))
    except (ValueError, TypeError) as error:
        raise ConnectorError(f"{build!r} is no build of Exchange, as 15.2 is", retryable=False) from error


def check_address(url: str) -> None:
    """Refuse a server that cannot be used.

    Raises:
        ConnectorError: it is Exchange Online, or a password would go over the network in plain text.
    """
    host = urlsplit(url).hostname or ""
    if is_online(host):
        raise ConnectorError(
            f"{host} is Exchange Online, where Exchange Web Services are blocked since October 2026 and end on 1 April 2027: "
            "use the mail system of kind graph for mailboxes there",
            retryable=False,
        )
    if not is_private(url):
        raise ConnectorError(f"{url!r} is no https address of an Exchange server", retryable=False)
