"""A proxy between a client and a real server that cuts, delays or changes what it is told to. For plain connections."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

ANY = re.compile(rb".")
IMAP_DONE = re.compile(rb"(?m)^[A-Z]{4}\d+ (?:OK|NO|BAD)")
"""The end of an answer to imaplib, whose tags are four letters and a number."""


@dataclass
class Rule:
    """What happens when a client says something that matches; used up after `times`."""

    said: re.Pattern[bytes]
    moment: str
    """`before`: cut without passing it on; `after`: pass it on and cut in place of the answer; `held`: answer when told; `changed`:
    pass on the answer as `change` makes it; `answered`: do not pass it on, answer with what `change` makes of it."""
    answer: re.Pattern[bytes] = ANY
    change: Callable[[bytes], bytes] = bytes
    times: int = 1


class CuttingProxy:
    """Stands before a server on a port of its own. Without rules it passes everything on."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._released = threading.Event()
        self.connections = 0
        self.overhear: Callable[[int, str, bytes], None] = lambda _connection, _whose, _said: None
        """Hears all that is passed on, before it is: the number of the connection, `client` or `server`, and what that one said."""
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._released.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_all()
        for thread in self._threads:
            thread.join()

    def rule(
        self,
        said: bytes,
        moment: str,
        *,
        answer: re.Pattern[bytes] = ANY,
        change: Callable[[bytes], bytes] = bytes,
        times: int = 1,
    ) -> None:
        """Plan what happens when a client says something (a regular expression)."""
        with self._lock:
            self._rules.append(Rule(re.compile(said, re.IGNORECASE), moment, answer, change, times))

    def release(self) -> None:
        """Let answers that are held come."""
        self._released.set()

    def cut_all(self) -> None:
        """Cut every connection that stands, as a firewall does with those that nobody uses."""
        with self._lock:
            there, self._open = self._open, set()
        for each in there:
            _cut(each)

    def _run(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            self.connections += 1
            with self._lock:
                self._open |= {client, server}
            _Connection(self, self.connections, client, server).run(self._run)

    def match(self, said: bytes) -> Rule | None:
        """Return the rule for what a client says, and use it up."""
        with self._lock:
            for rule in self._rules:
                if rule.said.search(said):
                    rule.times -= 1
                    if rule.times == 0:
                        self._rules.remove(rule)
                    return rule
        return None

    def wait(self) -> None:
        """Wait until held answers may come."""
        self._released.wait(60)


class _Connection:
    def __init__(self, proxy: CuttingProxy, number: int, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._number, self._client, self._server = proxy, number, client, server
        self._active: Rule | None = None

    def run(self, start: Callable[..., None]) -> None:
        start(self._upwards)
        start(self._downwards)

    def _upwards(self) -> None:
        """Pass on what the client says."""
        with suppress(OSError):
            while said := self._client.recv(65536):
                rule = self._proxy.match(said)
                if rule and rule.moment == "before":
                    break
                if rule and rule.moment == "answered":
                    self._client.sendall(rule.change(said))
                    continue
                self._active = rule or self._active
                self._proxy.overhear(self._number, "client", said)
                self._server.sendall(said)
        self._end()

    def _downwards(self) -> None:
        """Pass on what the server answers."""
        held = b""
        with suppress(OSError):
            while answer := self._server.recv(65536):
                self._proxy.overhear(self._number, "server", answer)
                rule = self._active
                if rule is None:
                    self._client.sendall(answer)
                    continue
                held += answer
                if not rule.answer.search(held):
                    if rule.moment == "after":  # what comes before, a `+ OK` for instance, is still wanted
                        self._client.sendall(answer)
                        held = b""
                    continue
                if rule.moment == "after":
                    break
                if rule.moment == "held":
                    self._proxy.wait()
                self._active = None
                self._client.sendall(rule.change(held) if rule.moment == "changed" else held)
                held = b""
        self._end()

    def _end(self) -> None:
        _cut(self._client)
        _cut(self._server)


def _cut(there: socket.socket) -> None:
    with suppress(OSError):
        there.shutdown(socket.SHUT_RDWR)
    there.close()
