"""A double that sends as an SMTP server does: it counts what arrives, and knows no Message-ID from one letter to the next."""

from collections import Counter
from typing import Any

from connectors.errors import AnswerLost, ConnectorError, UnknownFate
from connectors.mail.message import Outgoing


class Killed(BaseException):
    """The end of whoever sends, in the middle of it."""


class ForgetfulPost:
    """A gateway whose `send` delivers each time it is asked; the rest is `inner`'s.

    `fail` plans the next calls. A mailbox of `inside` can be looked into; of a letter to anybody else no look tells.
    """

    def __init__(self, inner: Any, inside: set[str]) -> None:
        self._inner, self._inside = inner, inside
        self._plan: list[str] = []
        self.arrived: Counter[str] = Counter()
        self.calls: list[bool] = []
        """Of each call, whether it was `again`."""
        self.letters: dict[str, Outgoing] = {}

    def fail(self, *moments: str) -> None:
        """Let the next calls go wrong: "before" or "after" the letter has left, or "killed before" or "killed after"."""
        self._plan.extend(moments)

    def send(self, message: Outgoing, *, again: bool = False) -> None:
        self.calls.append(again)
        self.letters[message.message_id] = message
        moment = self._plan.pop(0) if self._plan else ""
        if moment == "killed before":
            raise Killed
        if moment == "before":
            raise ConnectorError("451 try again later", retryable=True)
        if again and self._has_arrived(message):
            return
        self.arrived[message.message_id] += 1
        if moment == "killed after":
            raise Killed
        if moment == "after":
            raise AnswerLost("the connection was lost")

    def _has_arrived(self, message: Outgoing) -> bool:
        if message.recipient not in self._inside:
            raise UnknownFate("no look tells whether it has left")
        return self.arrived[message.message_id] > 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
