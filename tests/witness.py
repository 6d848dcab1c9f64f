"""Stands at the door of a served town: which mails' words left with an answer, and which rows the log has of it.

Each mail has a word of its own that no other has and no page of ours; whoever reads a mail meets it in its subject, text, HTML,
sender's name and file. Requests are let in one by one, so that the rows a request made are its own.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import database
from app.models.event import Event
from app.queries.platform.audit_log import LOOKS
from tests.town import Town, mail

WORD = re.compile(r"kvist[a-z]{2}rune")


def word(n: int) -> str:
    """Return the word of mail number `n`."""
    return f"kvist{ascii_lowercase[n // 26]}{ascii_lowercase[n % 26]}rune"


def marked(n: int, text: str = "Et træ er væltet i parken") -> bytes:
    """A mail that has its word wherever a mail has words."""
    own = word(n)
    return mail(
        f"{text} {own}", f"{text} ved {own}.\n\nMed venlig hilsen", sender=f"{own.title()} <{own}@borger.example.org>",
        message_id=f"<{own}@borger.example.org>", html=f"<p>{text} ved <b>{own}</b></p>", attachment=own.encode(),
    )  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """One answer: whose words were in it, and of whom rows about a look were written by then."""

    request: str
    status: str
    shown: frozenset[int]
    logged: frozenset[int]
    rows: int
    by: frozenset[str]

    def __str__(self) -> str:
        return (
            f"{self.request} {self.status}: shown {sorted(self.shown)}, logged {sorted(self.logged)} for {set(self.by)}"
        )


@dataclass
class Witness:
    """WSGI around the house; `numbers` are the enquiries by their word, and say from when on somebody watches."""

    town: Town
    numbers: dict[str, int] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def stand_before(self, app: Flask) -> None:
        inner = app.wsgi_app
        app.wsgi_app = lambda environ, start: self._let_in(inner, environ, start)  # type: ignore[method-assign]

    def _let_in(
        self, inner: Callable[..., Iterable[bytes]], environ: dict[str, Any], start: Callable[..., Any]
    ) -> list[bytes]:
        begun: list[tuple[Any, ...]] = []
        with self._turn:
            last = self._newest()
            answer = inner(environ, lambda *given: begun.append(given))
            try:
                body = b"".join(answer)
            finally:
                getattr(answer, "close", lambda: None)()
            if self.numbers:
                self._note(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}", begun[-1][0], body, last)
        start(*begun[-1])
        return [body]

    def _newest(self) -> int:
        with database.read(self.town.container.engine) as session:
            return session.scalars(select(Event.id).order_by(Event.id.desc()).limit(1)).first() or 0

    def _note(self, request: str, status: str, body: bytes, last: int) -> None:
        with database.read(self.town.container.engine) as session:
            rows = [
                (row.by, {row.enquiry_id, *row.data.get("enquiries", ())})
                for row in session.scalars(select(Event).where(Event.id > last, Event.kind.in_(LOOKS)))
            ]
        known = set(self.numbers.values())
        shown = {self.numbers[each] for each in WORD.findall(body.decode("utf-8", "replace").lower())}
        logged = {number for _, numbers in rows for number in numbers if number in known}
        if shown or logged:
            by = frozenset(by for by, _ in rows)
            self.answers.append(Answer(request, status, frozenset(shown), frozenset(logged), len(rows), by))

    def unlogged(self) -> list[Answer]:
        """Answers with words of a mail of which no row tells."""
        return [each for each in self.answers if each.shown - each.logged]

    def unseen(self) -> list[Answer]:
        """Answers without a word of any mail, though a row says that somebody looked."""
        return [each for each in self.answers if each.logged and not each.shown]

    def looks(self) -> Iterator[Answer]:
        """Answers that showed something."""
        return (each for each in self.answers if each.shown)
