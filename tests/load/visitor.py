"""Somebody with a browser that does only what is needed: cookies, forms, one connection, and a watch."""

import gzip
import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import quote, urlencode

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
IDLE = 15.0
"""Seconds: the server hangs up on whoever is silent for long, so a new connection is made before that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came, and after how many milliseconds; `size` in bytes as they were sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    ms: float

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def size(self) -> int:
        return len(self.body)


class Visitor:
    """One session of one person over loopback."""

    def __init__(self, port: int, email: str, password: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._used = time.monotonic()
        self._cookies: dict[str, str] = {}
        self.token = ""
        try:
            self.sign_in(email, password)
        except BaseException:
            self.close()  # a socket left behind would fail whatever test is running when it is collected
            raise

    def sign_in(self, email: str, password: str) -> None:
        self.token = token(self.get("/log-ind").text)
        answer = self.post("/log-ind", {"email": email, "password": password})
        assert answer.status == 302, answer.status
        self.token = token(self.get("/konto/").text)  # a sign-in begins another session, with a token of its own

    def get(self, path: str, *, htmx: bool = False) -> Answer:
        return self._ask("GET", path, None, htmx)

    def post(self, path: str, form: dict[str, object], *, htmx: bool = False) -> Answer:
        return self._ask("POST", path, urlencode({"csrf_token": self.token, **form}), htmx)

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None, htmx: bool) -> Answer:
        headers = {"Accept-Encoding": "gzip", "Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        headers |= FORM if body is not None else {}
        headers |= {"HX-Request": "true"} if htmx else {}
        if time.monotonic() - self._used > IDLE:
            self._connection.close()
        began = time.perf_counter()
        self._connection.request(method, quote(path, safe="/?&="), body, headers)
        response = self._connection.getresponse()
        content = response.read()
        ms = (time.perf_counter() - began) * 1e3
        self._used = time.monotonic()
        self._remember(response)
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content, ms)

    def _remember(self, response: http.client.HTTPResponse) -> None:
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def open_triage(visitor: Visitor) -> Answer:
    """The triage page as a browser opens it: the page says at once which mail it shows, and is given another if that is taken."""
    page = visitor.get("/visitering/")
    if (mail := shown(page.text)) is None:
        return page
    taken = visitor.post("/visitering/her", {"mail": mail.enquiry_id, "naeste": "1"}, htmx=True)
    return page if taken.status == 204 else taken


@dataclass(frozen=True, slots=True)
class Shown:
    """The mail that a triage page shows, as its form has it."""

    enquiry_id: int
    version: int
    units: tuple[int, ...]
    """In the order of their keys; where nothing is suggested, those of the search."""


def shown(page: str) -> Shown | None:
    """What can be decided on a page; None where nothing waits."""
    enquiry = re.search(r'action="/visitering/(\d+)"', page)
    version = re.search(r'name="version" value="(\d+)"', page)
    if enquiry is None or version is None:
        return None
    keyed = re.findall(r'name="unit" value="(\d+)" data-key="\d"', page)
    units = keyed or re.findall(r'name="unit" value="(\d+)"', page)
    return Shown(int(enquiry[1]), int(version[1]), tuple(map(int, units)))
