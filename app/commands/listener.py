"""Bounds what the embedded web server takes from strangers.

A connection that says nothing is cut soon, one that never ends its request too, and a body that is larger than the
application takes is not read at all. Each of them would otherwise hold a place, a file or the disk. The server's own
refusals have our headers.
"""

import copy
import time
from typing import Any, ClassVar
from weakref import WeakSet

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from app.config import Settings
from app.web.platform import content_security_policy
from app.web.platform.uploads import LARGEST_BODY, LARGEST_MAIL_BODY, MAIL_PATH

THREADS = 8
CONNECTIONS = 600
"""Held at once. A process may have 1,024 files open, and the database has some 120 of them."""
IDLE_SECONDS, SWEEP_SECONDS = 20, 5
REQUEST_SECONDS = 30.0
"""How long a request may take to arrive, whatever it takes to answer."""
HEADER_BYTES = 64 * 1024
BODY_BYTES = LARGEST_BODY + 4096
"""A little above the application's own limit, whose page says how much may be sent."""
MAIL_BYTES = LARGEST_MAIL_BODY + 4096
MAILS = 20
"""Mails that are taken in at once, whoever sends them. On the disk they are half a gigabyte at most."""
ANSWER_BYTES = 512 * 1024 * 1024
"""Put aside of an answer, so that no thread waits for a slow reader."""


def listen(app: Flask, settings: Settings, threads: int = THREADS) -> Any:
    """Bind to the address of the settings; `run` serves."""
    sockets: dict[int, Any] = {}
    server = create_server(
        app,
        map=sockets,
        host=settings.host,
        port=settings.port,
        threads=threads,
        ident=None,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=SWEEP_SECONDS,
        max_request_header_size=HEADER_BYTES,
        max_request_body_size=BODY_BYTES,
        inbuf_overflow=BODY_BYTES,
        outbuf_high_watermark=ANSWER_BYTES,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,  # whose are believed is for the application to say, under any server
    )
    for each in sockets.values():
        if isinstance(each, TcpWSGIServer):
            each.channel_class = Channel
    return server


class RefusedRequest(ErrorTask):  # type: ignore[misc]
    """The answer to what the server refuses. The application does not see it, such as a request that is none."""

    def execute(self) -> None:
        self.response_headers.extend((*content_security_policy.headers().items(), ("Cache-Control", "no-store")))
        super().execute()


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request that arrives. One that may bring a mail may be larger than others, while few of them are under way."""

    adj: Any
    large: ClassVar[WeakSet["Parser"]] = WeakSet()

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, then say how large the body may be."""
        super().parse_header(header_plus)
        if self.command == "POST" and self.path.endswith(MAIL_PATH) and len(self.large) < MAILS:
            self.large.add(self)
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = MAIL_BYTES


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. Waitress knows how long it is silent, not how long a request has been under way."""

    error_task_class = RefusedRequest
    parser_class = Parser
    began = 0.0

    def received(self, data: bytes) -> bool:
        now = time.time()
        if self.request is None:
            self.began = now
        elif now - self.began > REQUEST_SECONDS:
            self.will_close = True
            return False
        return bool(super().received(data))

    def service(self) -> None:
        """Let the application answer an oversized body. Its page says how much may be sent."""
        request = self.requests[0]
        if isinstance(request.error, RequestEntityTooLarge):
            request.error = None
            request.headers |= {"CONNECTION": "close", "CONTENT_LENGTH": str(MAIL_BYTES)}
        super().service()
