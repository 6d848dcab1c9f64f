"""Nothing is parsed, rendered or sent while one holds the only place of a writer: everybody else who writes would wait.

Held by probing, not by a clock: whenever a mail is read, a page made or the outside world called, another connection tries
to write. What sleeps makes the same visible to people: with a reader of half a second a second writer waits for nothing.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, before_render_template, request
from sqlalchemy import make_url, text

from app import database
from app.domain.access import Role
from app.workflow.worker import Worker
from connectors.deadlines.embedded import EmbeddedRegister
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.reading.parser import MailParser
from connectors.records.archive import ArchiveRecords
from tests.app.web.conftest import SignIn, csrf_token
from tests.app.web.platform.test_doors import rules
from tests.app.web.platform.test_nothing_unlogged import HTMX, addresses, mails
from tests.databases import POSTGRESQL
from tests.town import PARK, SHARED, UNITS, Town, eventually, mail

__all__ = ["mails"]
OUTSIDE = (MailParser, FolderGateway, ArchiveRecords, EmbeddedRegister)


@dataclass
class Probe:
    """Tries to write from a connection of its own, and notes where it could not."""

    url: str
    looked: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def look(self, what: str) -> None:
        self.looked.append(what)
        if not self.is_free():
            self.held.append(what)

    def is_free(self) -> bool:
        if POSTGRESQL:
            with database.opened(self.url) as engine, engine.begin() as connection:
                locked = connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": database.WRITER})
                return bool(locked)
        connection = sqlite3.connect(make_url(self.url).database or "", timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True


def watched(patch: pytest.MonkeyPatch, classes: tuple[type, ...], look: Callable[[str], None]) -> None:
    """Look before everything that these classes are asked to do."""

    def wrapped(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            look(name)
            return real(*args, **named)

        return call

    for each in classes:
        for name, member in list(vars(each).items()):
            if callable(member) and not name.startswith("_") and name not in ("close",):
                patch.setattr(each, name, wrapped(f"{each.__name__}.{name}", member))


@pytest.fixture
def probe(town: Town, app: Flask, mails: list[int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Probe]:
    made = Probe(town.container.settings.database_url)

    def look(what: str) -> None:
        made.look(f"{what} for {request.method} {request.path}" if request else what)

    def rendering(_app: Flask, template: Any, **_: Any) -> None:
        look(f"render {template.name}")

    watched(monkeypatch, OUTSIDE, look)
    with before_render_template.connected_to(rendering, app):
        yield made


FORMS: tuple[dict[str, object], ...] = (
    {},
    {
        "unit": 1, "version": 1, "address": "nogen@borger.example.org", "again": "nogen@borger.example.org", "mailboxes": 1,
        "text": "omraade;enhed;adresse\nByen;Ny;ny@town.example.org\n", "name": "x", "subject": "x", "body": "x", "confirmed": "on",
        "position": 1, "hop": 1, "authority": 0, "send": 1, "date": "2026-12-24", "words": "hul", "field": "any", "try": 1,
    },
)  # fmt: skip


def test_no_route_reads_renders_or_calls_outside_as_the_writer(
    app: Flask, town: Town, sign_in: SignIn, mails: list[int], probe: Probe
) -> None:
    app.testing = False  # what a form without sense breaks is a page, too
    for role in (None, Role.CASEWORKER, Role.MANAGER, Role.ADMINISTRATOR):  # who may most is last: they close accounts
        client = sign_in(role)
        token = csrf_token(client, "/hjaelp/" if role else "/log-ind")
        for rule in rules(app):
            if rule.endpoint == "static" or rule.endpoint.startswith("auth."):
                continue
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                for address in addresses(app, rule, mails, method):
                    for form in FORMS if method == "POST" else FORMS[:1]:
                        client.open(
                            address, method=method, data=form | {"csrf_token": token}, headers=HTMX, buffered=True
                        )
    assert len([each for each in probe.looked if each.startswith("MailParser.parse")]) > 3
    assert len([each for each in probe.looked if each.startswith("render")]) > 200
    assert probe.held == []


def test_nothing_of_a_mails_way_reads_or_calls_outside_as_the_writer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here several threads write at once, so it is asked whether this one does."""
    inside, held, looked = threading.local(), list[str](), list[str]()
    begin = database.begin_write

    def write(engine: Any) -> Any:
        return _marked(inside, engine, begin)

    def look(what: str) -> None:
        looked.append(what)
        if getattr(inside, "writing", 0):
            held.append(what)

    watched(monkeypatch, OUTSIDE, look)
    monkeypatch.setattr(database, "write", write)
    worker = Worker(town.container)
    worker.start()
    try:
        town.gateway.deliver(SHARED, mail("Træ", "Træet i parken er væltet", message_id="<tree@borger.example.org>"))
        eventually(lambda: town.last_enquiry() and "sent_to_triage" in town.events(town.last_enquiry()))
        number = town.last_enquiry()
        town.decide(number)
        eventually(lambda: "forwarded" in town.events(number))
        answer = mail(
            f"SV: Træ [{town.enquiry(number).case.number}]", "Vi kommer", sender=UNITS[PARK], to="proeve@borger.example.org",
            in_reply_to="<tree@borger.example.org>",
        )  # fmt: skip
        town.gateway.add_sent(UNITS[PARK], answer)
        eventually(lambda: "case_closed" in town.events(number))
    finally:
        worker.stop()
    assert {"MailParser.parse_many", "FolderGateway.send"} <= set(looked)
    assert sorted(set(held)) == []


def _marked(inside: threading.local, engine: Any, begin: Callable[[Any], None]) -> Any:
    from contextlib import contextmanager

    from sqlalchemy.orm import Session

    @contextmanager
    def block() -> Iterator[Session]:
        with Session(engine) as session, session.begin():
            begin(session)
            inside.writing = getattr(inside, "writing", 0) + 1
            try:
                yield session
            finally:
                inside.writing -= 1

    return block()


def test_a_writer_waits_for_no_reader_that_sleeps(
    app: Flask, town: Town, sign_in: SignIn, mails: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probe itself is slow here, as an old machine's parser: it is held beside a page that reads a mail again."""
    reading = threading.Event()
    real = MailParser.parse

    def parse(self: MailParser, raw: bytes) -> Any:
        reading.set()
        time.sleep(0.5)
        return real(self, raw)

    monkeypatch.setattr(MailParser, "parse", parse)
    client = sign_in(Role.MANAGER)
    page = threading.Thread(target=lambda: client.get(f"/henvendelser/{mails[0]}/bilag/0", buffered=True))
    page.start()
    assert reading.wait(60)
    assert Probe(town.container.settings.database_url).is_free()
    page.join()
