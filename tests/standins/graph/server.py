"""The stand-in's outside: loopback, tokens, limits, faults, and a check of every request and answer."""

import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.standins.graph.schema import HOST, Checked, description
from tests.standins.graph.service import LARGEST_REQUEST, Answer, Asked, GraphError, Service

AT_ONCE, IN_WINDOW, WINDOW_SECONDS = 4, 10_000, 600.0
UPLOADED, UPLOAD_SECONDS = 150 * 1024 * 1024, 300.0
TOKEN = "a-token-of-the-app"


@dataclass
class Fault:
    """Something that goes wrong with the next `times` requests whose method and path `where` finds.

    Without `after` it goes wrong before the request has had its effect. `status` 0 cuts the connection; `seconds` only delays.
    """

    where: str
    status: int = 0
    code: str = "InjectedFault"
    after: bool = False
    times: int = 1
    retry_after: str = ""
    seconds: float | None = None
    success: bool = False
    """Only the header is added: Retry-After came with a 202."""


class Cut(Exception):
    """The connection is closed without an answer."""


@dataclass
class GraphServer:
    """A tenant in Exchange Online, on loopback."""

    service: Service
    checked: Checked
    seconds: float = 0.0
    """What every call takes."""
    accepts: Callable[[str], bool] = lambda token: token == TOKEN
    closed: set[str] = field(default_factory=set)
    """Mailboxes that the app may not see."""
    broken: list[str] = field(default_factory=list)
    """Mistakes of the stand-in's own."""
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    throttled: int = 0
    """Requests refused for being too many: not those that a test wanted refused."""
    most_at_once: int = 0
    watch: Callable[[Asked], None] = lambda _asked: None
    """Sees each valid request before anything is done about it."""
    usual_ids: int = 0
    """Requests that did not ask for immutable ids."""
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _at: Counter[str] = field(default_factory=Counter)
    _window: dict[str, deque[float]] = field(default_factory=dict)
    _uploaded: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it is, without the version."""
        return self.service.base.removesuffix("/v1.0")

    def fail(self, where: str, **how: Any) -> Fault:
        """Plan a fault; where is a pattern for "METHOD /path"."""
        made = Fault(where, **how)
        with self._lock:
            self.faults.append(made)
        return made

    def _fault(self, call: str, *, after: bool) -> Fault | None:
        with self._lock:
            for each in self.faults:
                if each.after == after and each.times > 0 and re.search(each.where, call):
                    each.times -= 1
                    return each
        return None

    # One request

    def handle(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        parts = urlsplit(target)
        call = f"{method} {unquote(parts.path.removeprefix('/v1.0'))}"
        with self._lock:
            self.calls.append(call)
        fault = self._fault(call, after=False)
        if fault is not None:
            if fault.seconds is None:
                return _faulty(fault)
            time.sleep(fault.seconds)
        answer = self._effect(method, target, headers, body)
        late = self._fault(call, after=True)
        if late is not None and late.success:
            answer.headers["Retry-After"] = late.retry_after
        elif late is not None:
            return _faulty(late)
        return answer

    def _effect(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        path = urlsplit(target).path
        if path.startswith("/v1.0/upload/"):
            time.sleep(self.seconds)
            try:
                return self.service.upload(
                    path.removeprefix("/v1.0/upload/"),
                    headers.get("Content-Range", ""),
                    body,
                    headers.get("Authorization"),
                )
            except GraphError as error:
                return _refusal(error)
        try:
            return self._allowed(method, target, headers, body)
        except GraphError as error:
            return _refusal(error)

    def _allowed(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        parts = urlsplit(target)
        segments = tuple(unquote(each) for each in parts.path.removeprefix("/v1.0").strip("/").split("/"))
        if not self.accepts(headers.get("Authorization", "").removeprefix("Bearer ")):
            raise GraphError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        mailbox = segments[1].lower() if len(segments) > 1 and segments[0] == "users" else ""
        if mailbox in self.closed:
            raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        if len(body) > LARGEST_REQUEST + 1024 * 1024:
            raise GraphError(413, "RequestEntityTooLarge", "The request is too large.")
        kind = headers.get("Content-Type", "application/json")
        wrong = self.checked.request(method, _canonical(target), kind, body)
        if wrong:
            raise GraphError(400, "BadRequest", wrong[:500])
        asked = Asked(
            method, segments, dict(parse_qsl(parts.query)), headers.get("Prefer", ""), kind, body,
            f"{self.service.base.removesuffix('/v1.0')}{target}",
        )  # fmt: skip
        with self._lane(mailbox, len(body)):
            if mailbox and not asked.immutable:
                with self._lock:
                    self.usual_ids += 1
            time.sleep(self.seconds)
            self.watch(asked)
            return self.service.answer(asked)

    @contextmanager
    def _lane(self, mailbox: str, size: int) -> Iterator[None]:
        """Exchange Online's limits for one app at one mailbox."""
        with self._lock:
            now = self.clock()
            window = self._window.setdefault(mailbox, deque())
            while window and now - window[0] > WINDOW_SECONDS:
                window.popleft()
            uploaded = self._uploaded.setdefault(mailbox, deque())
            while uploaded and now - uploaded[0][0] > UPLOAD_SECONDS:
                uploaded.popleft()
            over = (
                self._at[mailbox] >= AT_ONCE
                or len(window) >= IN_WINDOW
                or sum(each for _, each in uploaded) + size > UPLOADED
            )
            if mailbox and over:
                self.throttled += 1
                raise GraphError(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
            window.append(now)
            uploaded.append((now, size))
            self._at[mailbox] += 1
            self.most_at_once = max(self.most_at_once, self._at[mailbox])
        try:
            yield
        finally:
            with self._lock:
                self._at[mailbox] -= 1

    def check_answer(self, method: str, target: str, answer: Answer, content: bytes, kind: str) -> None:
        if not target.startswith("/v1.0/upload/") and answer.status != 401:
            self.checked.answer(method, _canonical(target), answer.status, kind, content)


def _canonical(target: str) -> str:
    return HOST + target


def _refusal(error: GraphError) -> Answer:
    headers = {"Retry-After": "1"} if error.status == 429 else {}
    return Answer(error.status, {"error": {"code": error.code, "message": error.message}}, headers)


def _faulty(fault: Fault) -> Answer:
    if not fault.status:
        raise Cut
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    return Answer(fault.status, {"error": {"code": fault.code, "message": "This was wanted."}}, headers)


@contextmanager
def graph_server(*addresses: str, checked: bool = True) -> Iterator[GraphServer]:
    """A tenant with these mailboxes, for the length of a block."""
    made = GraphServer(Service(""), Checked(description() if checked else None))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_all(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # who asked was killed in the middle of it: that is no request
                self.close_connection = True
                return
            try:
                answer = made.handle(self.command, self.path, self.headers, body)
            except Cut:
                self.close_connection = True
                return
            except Exception as error:  # noqa: BLE001 - a mistake of the stand-in's own
                made.broken.append(f"{self.command} {self.path}: {error!r}")
                answer = Answer(500, {"error": {"code": "StandInBroken", "message": repr(error)}})
            is_mime = isinstance(answer.body, bytes)
            content = answer.body if is_mime else b"" if answer.body is None else json.dumps(answer.body).encode()
            kind = "text/plain" if is_mime else "application/json"
            made.check_answer(self.command, self.path, answer, content, kind)
            made.statuses[answer.status] += 1
            with suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(answer.status)
                for name, value in {"Content-Type": kind, **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if answer.status != 204:
                    self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_all  # noqa: N815

        def log_message(self, *_args: object) -> None:
            pass

    server = Threaded(("127.0.0.1", 0), Handler)
    made.service.base = f"http://127.0.0.1:{server.server_port}/v1.0"
    for each in addresses:
        made.service.create(each)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Threaded(ThreadingHTTPServer):
    """A thread a connection; many may come at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours."""
