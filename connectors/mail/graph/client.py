"""Ask Microsoft Graph, within its limits and with its errors in the one form that the rest of Sluse understands."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx2

from connectors import reaching
from connectors.errors import AnswerLost, ConnectorError
from connectors.mail import addresses
from connectors.mail.graph.tokens import GraphTenant, Tokens
from connectors.transport import is_private

AT_ONCE = 4
"""Requests that one app may have under way at one mailbox (MailboxConcurrency)."""
IMMUTABLE = 'IdType="ImmutableId"'
"""On every request: with the usual ids a mail that is moved is another one."""
UNANSWERED = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
"""The request was never sent whole, so it had no effect."""
THROTTLED = frozenset({429, 503})
"""Only with these does Retry-After mean that nothing was done: it may come with 202, too."""
FULL = "ErrorQuotaExceeded"
WORDS = {
    401: "Exchange Online does not accept the app's token; look at tenant and permissions",
    403: "the app may not see this mailbox; grant it Mail.ReadWrite and Mail.Send there (docs/connectors.md)",
    404: "there is no such mailbox or message in Exchange Online",
    413: "Exchange Online finds it too large",
    507: "the mailbox is full",
}


class Refused(ConnectorError):
    """The error of a request that Graph refuses. `code` is Graph's word for why."""

    def __init__(self, message: str, *, status: int, code: str, retryable: bool, wait: float | None = None) -> None:
        super().__init__(message, retryable=retryable, wait=wait)
        self.status, self.code = status, code


class GraphClient:
    """Requests to Graph, from any thread."""

    def __init__(self, tenant: GraphTenant, tokens: Tokens) -> None:
        """Raise ConnectorError for an address that would carry the token in the clear."""
        if not is_private(tenant.server):
            raise ConnectorError(f"{tenant.server} is no https address", retryable=False)
        self.base, self._tokens = f"{tenant.server.rstrip('/')}/v1.0", tokens
        self._seconds, self._tenant = tenant.seconds, tenant
        self._lock = threading.Lock()
        self._lanes: dict[str, threading.BoundedSemaphore] = {}
        self._made: httpx2.Client | None = None

    def get(
        self, mailbox: str, path: str, params: Mapping[str, str] | None = None, *, prefer: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Return a JSON object. `path` is a link of Graph's own, or what stands behind the mailbox."""
        return read_json(self.call("GET", mailbox, path, params=params, prefer=prefer))

    def call(
        self,
        method: str,
        mailbox: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        prefer: tuple[str, ...] = (),
        effect: bool = False,
    ) -> httpx2.Response:
        """Ask once, and once more with a fresh token where the first was refused.

        Args:
            method: of HTTP.
            mailbox: whose lane is taken.
            path: a link of Graph's own, or what stands behind the mailbox.
            params: the query.
            body: sent as JSON.
            prefer: more of what the answer should be like.
            effect: a lost answer is told from an effect that did not come about.

        Raises:
            AnswerLost: `effect`, and it may have come about.
            Refused: Graph says no; ConnectorError: it says nothing.
        """
        url = path if path.startswith(f"{self.base}/") else self.address(mailbox, path)
        headers = {"Prefer": ", ".join((IMMUTABLE, *prefer)), "Accept": "*/*"}
        for fresh in (False, True):
            headers["Authorization"] = f"Bearer {self._tokens.token()}"
            with self._lane(mailbox), self._faults(mailbox, effect):
                answer = self._client().request(method, url, params=params, json=body, headers=headers)
            if answer.status_code != 401 or fresh:
                break
            self._tokens.forget()
        if answer.is_success:
            return answer
        refusal = _refused(mailbox, answer)
        if effect and answer.status_code >= 500 and refusal.code != FULL:
            raise AnswerLost(str(refusal), wait=refusal.wait)
        raise refusal

    def put_range(self, mailbox: str, url: str, part: bytes, start: int, whole: int) -> None:
        """Upload one range of a file. The address is its own leave: a token would be refused."""
        headers = {"Content-Range": f"bytes {start}-{start + len(part) - 1}/{whole}"}
        with self._lane(mailbox), self._faults(mailbox, False):
            answer = self._client().put(url, content=part, headers=headers)
        if not answer.is_success:
            raise _refused(mailbox, answer)

    def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()
        self._tokens.close()

    def address(self, mailbox: str, path: str) -> str:
        """Return the address of something in a mailbox."""
        whole = addresses.parse(mailbox)
        if whole is None or "/" in whole:
            raise ConnectorError(f"{mailbox!r} is no mail address", retryable=False)
        return f"{self.base}/users/{quote(addresses.on_wire(whole), safe='@')}{path}"

    @contextmanager
    def _lane(self, mailbox: str) -> Iterator[None]:
        with self._lock:
            lane = self._lanes.setdefault(addresses.key(mailbox), threading.BoundedSemaphore(AT_ONCE))
        with lane:
            yield

    def _client(self) -> httpx2.Client:
        """Return the client, made on first use: reading the trusted certificates takes its time."""
        with self._lock:
            if self._made is None:
                file = self._tenant.authorities_file
                self._made = httpx2.Client(
                    trust_env=False,
                    verify=_trusting(str(file)) if file else True,
                    timeout=httpx2.Timeout(self._seconds, pool=4 * self._seconds),
                    limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32),
                )
            return self._made

    @contextmanager
    def _faults(self, mailbox: str, effect: bool) -> Iterator[None]:
        try:
            yield
        except UNANSWERED as error:
            raise reaching.failure(f"Exchange Online, {self._tenant.server}", error) or ConnectorError(
                f"{mailbox}: Exchange Online cannot be reached", retryable=True
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            if effect:
                raise AnswerLost(f"{mailbox}: Exchange Online's answer was lost") from error
            raise ConnectorError(f"{mailbox}: Exchange Online gives no answer", retryable=True) from error


def _trusting(file: str) -> Any:
    import ssl

    return ssl.create_default_context(cafile=file)


def read_json(answer: httpx2.Response) -> dict[str, Any]:
    """Return the JSON object of an answer. ConnectorError where there is none."""
    try:
        found = answer.json()
    except ValueError as error:
        raise ConnectorError("Exchange Online's answer makes no sense", retryable=True) from error
    if not isinstance(found, dict):
        raise ConnectorError("Exchange Online's answer makes no sense", retryable=True)
    return found


def _refused(mailbox: str, answer: httpx2.Response) -> Refused:
    """Return Graph's refusal in our words. Its own sentence is left out: it may quote what somebody wrote."""
    status, code = answer.status_code, _code(answer)
    words = WORDS[507] if code == FULL else WORDS.get(status, "Exchange Online refuses")
    return Refused(
        f"{mailbox}: {words} ({status} {code})",
        status=status,
        code=code,
        retryable=code != FULL and (status in (408, 412, 429) or 500 <= status != 507),
        wait=_wait(answer) if status in THROTTLED else None,
    )


def _code(answer: httpx2.Response) -> str:
    try:
        code = answer.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return code[:80] if isinstance(code, str) and code.isascii() and code.isprintable() else ""


def _wait(answer: httpx2.Response) -> float | None:
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None
