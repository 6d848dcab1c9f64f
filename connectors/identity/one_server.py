"""Requests to one server, and no other. They are bounded in time and size, without proxies and redirects."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2

from connectors.identity.errors import AnswerRefused, ProviderDown

SECONDS = 8.0
"""For all that one sign-in asks of the provider."""
LARGEST = 256 * 1024
PLAIN = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""Packed answers are not asked for: a small one may become a very large one."""
ADDRESS = re.compile(
    r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[!-~]*)?|https?://\[[0-9a-f:]+\](?::[0-9]{1,5})?(?:/[!-~]*)?", re.I
)
UNFIT = re.compile(r"[\\#@<>\"'`{}|^]")
Found = TypeVar("Found")


def origin(address: str) -> str:
    """Return scheme, host and port of an address.

    "" for an address that a browser and a server might read differently.
    """
    if not ADDRESS.fullmatch(address) or UNFIT.search(address):
        return ""
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"


def within(asking: Coroutine[Any, Any, Found], seconds: float | None = None) -> Found:
    """Run a request to its end within a time. The limit is `seconds`, or the usual time.

    Raises:
        AnswerRefused: the server says no.
        ProviderDown: no answer in time, or none that makes sense.
    """
    try:
        return asyncio.run(_limited(asking, SECONDS if seconds is None else seconds))
    except AnswerRefused:
        raise
    except (TimeoutError, httpx2.TransportError, OSError) as error:
        raise ProviderDown("provider_unreachable") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, RecursionError) as error:
        raise ProviderDown("provider_broken") from error


async def _limited(asking: Coroutine[Any, Any, Found], seconds: float) -> Found:
    async with asyncio.timeout(seconds):
        return await asking


class OneServer(httpx2.AsyncBaseTransport):
    """A transport that asks one server only. It cuts off an answer that is too long."""

    def __init__(self, server: str) -> None:
        self._server, self._inner = server, httpx2.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if origin(str(request.url)) != self._server:
            raise ProviderDown("provider_elsewhere")
        response = await self._inner.handle_async_request(request)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise ProviderDown("provider_broken")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = Shortened(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class Shortened(httpx2.AsyncByteStream):
    """A stream cut at the greatest sensible length. No true answer is longer."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for part in self._inner:
            length += len(part)
            if length > LARGEST:
                raise ProviderDown("provider_broken")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()


async def get_json(address: str) -> dict[str, Any]:
    """Fetch a JSON object from the address's server."""
    server = origin(address)
    async with httpx2.AsyncClient(transport=OneServer(server), trust_env=False, headers=PLAIN, timeout=None) as client:
        response = await client.get(address)
    if response.status_code != 200:
        raise ProviderDown("provider_broken")
    found = json.loads(response.content)
    if not isinstance(found, dict):
        raise ProviderDown("provider_broken")
    return found
