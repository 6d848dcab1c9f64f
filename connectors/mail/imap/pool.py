"""Lend connections: few at once, and where it can be the one that has the folder open already."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from connectors.errors import ConnectorError
from connectors.mail.imap.session import Session


class Pool:
    """Connections by user, at most `most` at once. Whoever comes when all are lent waits."""

    def __init__(self, made: Callable[[str], Session], most: int) -> None:
        self._made, self._most = made, most
        self._free = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[Session] = []
        self._lent = 0

    @contextmanager
    def lend(self, user: str, folder: str) -> Iterator[Session]:
        """Lend a connection for as long as the block lasts."""
        with self._free:
            session = self._taken(user, folder)
            try:
                yield session
            except ConnectorError:
                raise  # said by the server, or closed already
            except BaseException:
                session.close()  # nobody knows what it would answer next
                raise
            finally:
                self._give_back(session)

    def close(self) -> None:
        """End all connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _taken(self, user: str, folder: str) -> Session:
        surplus = None
        with self._lock:
            fitting = [each for each in self._idle if each.user == user]
            fitting.sort(key=lambda each: each.opened is not None and each.opened.name == folder)
            self._lent += 1
            if fitting:
                self._idle.remove(fitting[-1])
                return fitting[-1]
            if self._idle and len(self._idle) + self._lent > self._most:
                surplus = self._idle.pop(0)
        if surplus is not None:
            surplus.close()
        return self._made(user)

    def _give_back(self, session: Session) -> None:
        with self._lock:
            self._lent -= 1
            if session.alive:
                self._idle.append(session)
