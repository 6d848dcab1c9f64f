"""Every request and answer against Microsoft's own description of them, where it lies beside this checkout."""

import json
import re
import threading
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from tests.shared import SHARED

DESCRIPTION = SHARED / "data" / "graph" / "mail-v1.0.yaml"
EXAMPLES = SHARED / "data" / "graph" / "examples.json"
HOST = "https://graph.microsoft.com"
OPTIONS = re.compile(r"\(\$[^()]*\)")
REPEATED = ("$select", "$orderby", "$expand")


@cache
def description() -> OpenAPI | None:
    """Microsoft's description; None where it is not there. Takes 2 s, once a process."""
    if not DESCRIPTION.exists():
        return None
    return OpenAPI.from_dict(yaml.load(DESCRIPTION.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


class Checked:
    """Counts what was checked, and keeps what was wrong."""

    def __init__(self, openapi: OpenAPI | None) -> None:
        self._openapi, self._lock = openapi, threading.Lock()
        self.requests = self.answers = 0
        self.wrong: list[str] = []
        self.wrong_requests: list[str] = []

    def request(self, method: str, address: str, content_type: str, body: bytes) -> str:
        """Check a request; return what is wrong with it, "" for nothing."""
        if self._openapi is None:
            return ""
        with self._lock:
            self.requests += 1
            try:
                self._openapi.validate_request(_request(method, address, content_type, body))
            except (OpenAPIError, ValueError) as error:
                told = f"{method} {address}: {_reason(error)}"
                self.wrong_requests.append(told)
                return told
        return ""

    def answer(self, method: str, address: str, status: int, content_type: str, body: bytes) -> None:
        """Check an answer of ours."""
        if self._openapi is None:
            return
        with self._lock:
            self.answers += 1
            try:
                self._openapi.validate_response(
                    _request(method, address, "application/json", b""),
                    MockResponse(body, status_code=status, content_type=content_type),
                )
            except (OpenAPIError, ValueError) as error:
                self.wrong.append(f"{status} to {method} {address}: {_reason(error)}: {body[:300]!r}")


def _request(method: str, address: str, content_type: str, body: bytes) -> MockRequest:
    parts = urlsplit(address)
    return MockRequest(
        HOST,
        method,
        parts.path,
        args={name: _plain(name, value) for name, value in parse_qsl(parts.query)},
        data=body or None,
        content_type=content_type.partition(";")[0],
    )


def _plain(name: str, value: str) -> str:
    """Return a parameter as the description can state it: it lists what may be expanded, and none of OData's options to that."""
    return OPTIONS.sub("", value) if name == "$expand" else value


def _reason(error: Exception) -> str:
    inner: Any = error.__cause__
    told = getattr(inner, "schema_errors", None)
    return f"{type(error).__name__} {inner} {[each.message[:200] for each in told] if told else ''}"


def examples() -> list[dict[str, Any]]:
    """Microsoft's documented requests."""
    found: list[dict[str, Any]] = json.loads(EXAMPLES.read_text())
    return found
