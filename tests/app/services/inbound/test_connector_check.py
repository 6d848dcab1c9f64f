"""The check of a mail system: on each kind of it, on broken ones, and what it leaves behind."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from app.cli import main
from app.services.inbound.connector_check import Outcome, Verdict, Waits, check
from connectors.errors import ConnectorError
from connectors.mail.compose import compose
from connectors.mail.exchange.gateway import ExchangeGateway
from connectors.mail.exchange.server import ExchangeServer
from connectors.mail.folder.gateway import FolderGateway
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Batch, Folder
from tests.connectors.gateway_contract import SHARED, UNIT
from tests.connectors.imap import dovecot_server, estate, needs_dovecot, opened, server
from tests.connectors.test_graph import joined
from tests.standins.dovecot import Estate
from tests.standins.ews.server import Exchange, User, serving
from tests.standins.graph.server import graph_server

__all__ = ["dovecot_server", "estate"]
WAITS = Waits(total=120, arrival=3, second=0.05)
MAIL = b"Message-ID: <borger@example.net>\r\nSubject: Hej\r\n\r\nHej"


@pytest.fixture
def folders(tmp_path: Path) -> FolderGateway:
    made = FolderGateway(tmp_path / "mail")
    for address in (SHARED, UNIT):
        made.create_mailbox(address)
    made.deliver(SHARED, MAIL)
    return made


class Broken:
    """A gateway with one method that does as it is told."""

    def __init__(self, inner: MailGateway, name: str, does: Callable[..., Any]) -> None:
        self._inner, self._name, self._does = inner, name, does

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        return (lambda *a, **n: self._does(method, *a, **n)) if name == self._name else method


def not_working(verdicts: list[Verdict]) -> dict[str, Outcome]:
    fine = (Outcome.WORKS, Outcome.ABSENT)
    return {each.promise: each.outcome for each in verdicts if each.outcome not in fine}


def ways(verdicts: list[Verdict]) -> list[Outcome]:
    """How the four ways of answers fared."""
    return [each.outcome for each in verdicts if each.promise.startswith("Svarvej")]


def left(gateway: MailGateway, mailbox: str = SHARED) -> int:
    return sum(len(gateway.new_messages(mailbox, None, folder=folder).messages) for folder in Folder)


def test_folders_keep_every_promise_and_other_mails_stay(folders: FolderGateway) -> None:
    verdicts = check(folders, SHARED, UNIT, WAITS)
    assert (not_working(verdicts), len(verdicts)) == ({}, 21)
    (ref,) = folders.new_messages(SHARED, None).messages
    assert folders.raw(SHARED, ref.key) == MAIL
    assert (left(folders), left(folders, UNIT)) == (1, 0)


@needs_dovecot
def test_dovecot(estate: Estate) -> None:
    estate.add_mailbox(SHARED)
    estate.add_mailbox(UNIT)
    estate.put(SHARED, MAIL)
    with opened(server(estate.server)) as gateway:
        verdicts = check(gateway, SHARED, UNIT, WAITS)
        assert not_working(verdicts) == {}
        assert ways(verdicts) == [Outcome.WORKS, Outcome.ABSENT, Outcome.ABSENT, Outcome.WORKS]
        assert (left(gateway), left(gateway, UNIT)) == (1, 0)


def test_exchange() -> None:
    exchange = Exchange()
    for address in (SHARED, UNIT):
        exchange.store.create(address)
    exchange.users["TOWN\\sluse"] = User("x", "sluse@town.example.org", {SHARED, UNIT}, may_impersonate=True)
    with serving(exchange):
        gateway = ExchangeGateway(
            ExchangeServer(exchange.url, sign_in="basic", user="TOWN\\sluse", password="x", settle=0.01, timeout=5.0)
        )
        for address in (SHARED, UNIT):
            gateway.create_mailbox(address)
        verdicts = check(gateway, SHARED, UNIT, WAITS)
        assert set(not_working(verdicts).values()) <= {Outcome.LIMITED}, verdicts
        assert ways(verdicts) == [Outcome.WORKS, Outcome.ABSENT, Outcome.ABSENT, Outcome.WORKS]
        assert (left(gateway), left(gateway, UNIT)) == (0, 0)


def test_graph() -> None:
    with graph_server(SHARED, UNIT) as tenant:
        tenant.service.sent_after = 0.02
        gateway = joined(tenant)
        try:
            verdicts = check(gateway, SHARED, UNIT, WAITS)
            assert set(not_working(verdicts).values()) <= {Outcome.LIMITED}, verdicts
            assert ways(verdicts) == [Outcome.WORKS, Outcome.ABSENT, Outcome.ABSENT, Outcome.WORKS]
            assert (left(gateway), left(gateway, UNIT)) == (0, 0)
        finally:
            gateway.close()


def without(*names: bytes) -> Callable[..., bytes]:
    """Fetch mails as a system hands them out that drops headers."""

    def raw(method: Any, *arguments: Any, **named: Any) -> bytes:
        head, blank, body = cast(bytes, method(*arguments, **named)).partition(b"\r\n\r\n")
        lines = head.replace(b"\r\n ", b" ").split(b"\r\n")
        return b"\r\n".join(line for line in lines if not line.startswith(names)) + blank + body

    return raw


def twice(method: Any, *arguments: Any, **named: Any) -> None:
    """Save a draft as a system does that forgets what it has: under another name in Drafts each time."""
    method(*arguments, **named)
    folders_of: FolderGateway = method.__self__
    (ref,) = folders_of.new_messages(SHARED, None, folder=Folder.DRAFTS).messages[:1]
    copy = folders_of.raw(SHARED, ref.key, folder=Folder.DRAFTS)
    folders_of._folder(SHARED, Folder.DRAFTS).deliver(copy, key=f"copy-{id(copy)}", part="cur")


def only_unread(method: Any, mailbox: str, cursor: str | None, **named: Any) -> Batch:
    """List a folder as a system does that hides what has been seen."""
    batch = cast(Batch, method(mailbox, cursor, **named))
    if named.get("folder", Folder.INBOX) is not Folder.INBOX:
        return batch
    inbox = method.__self__._folder(mailbox, Folder.INBOX)
    seen = {ref.key for ref in batch.messages if str(inbox.locate(ref.key)).endswith("S")}
    return Batch(tuple(ref for ref in batch.messages if ref.key not in seen), batch.cursor)


def refused(_method: Any, *_arguments: Any, **_named: Any) -> None:
    raise ConnectorError("access denied", retryable=False)


def nothing(_method: Any, *_arguments: Any, **_named: Any) -> None:
    return None


@pytest.mark.parametrize(
    ("method", "does", "promise", "outcome"),
    [
        ("raw", without(b"Auto-Submitted"), "Mærket for automatiske mails bevares (Auto-Submitted)", Outcome.LIMITED),
        ("raw", without(b"X-Sluse"), "Robottens mærke på mails bevares (X-Sluse)", Outcome.FAILS),
        ("send", refused, "En mail til postkassen selv kommer frem én gang", Outcome.FAILS),
        ("send", nothing, "En mail til postkassen selv kommer frem én gang", Outcome.FAILS),
        ("save_draft", nothing, "Et svarudkast lægges i Kladder én gang", Outcome.FAILS),
        ("save_draft", twice, "Et svarudkast lægges i Kladder én gang", Outcome.FAILS),
        ("new_messages", only_unread, "En mail, der er læst, står stadig på listen", Outcome.FAILS),
        ("move", refused, "En mail flyttes til Retur, og ses igen, når den kommer tilbage", Outcome.FAILS),
        ("remove", nothing, "En mail kan slettes", Outcome.FAILS),
        ("new_messages", refused, "Logge ind og åbne postkassen", Outcome.FAILS),
    ],
)
def test_what_is_broken_is_told(
    folders: FolderGateway, method: str, does: Callable[..., Any], promise: str, outcome: Outcome
) -> None:
    broken = cast(MailGateway, Broken(folders, method, does))
    verdicts = check(broken, SHARED, None, Waits(total=60, arrival=0.2, second=0.01))
    assert not_working(verdicts)[promise] is outcome
    (told,) = [each for each in verdicts if each.promise == promise]
    assert told.reason
    assert bool(told.advice) == (outcome is Outcome.FAILS)
    if method != "remove":
        assert left(folders) == 1, "nothing of it stays, and the citizen's mail does"


JOURNAL = "journal@town.example.org"


def copying(method: Any, message: Any, **named: Any) -> None:
    """Send as a system does whose rule sends a copy of everything to the journal mailbox."""
    method(message, **named)
    method.__self__.deliver(JOURNAL, compose(message), name=hashlib.sha256(message.message_id.encode()).hexdigest())


def untagged(method: Any, message: Any, **named: Any) -> None:
    """Send as a system does that knows no tags."""
    if "+" in message.recipient:
        raise ConnectorError("no such user", retryable=False)
    method(message, **named)


def test_each_way_of_an_answer_is_told(folders: FolderGateway) -> None:
    folders.create_mailbox(JOURNAL)
    found = check(folders, SHARED, None, WAITS)
    assert ways(found) == [Outcome.WORKS, Outcome.ABSENT, Outcome.ABSENT, Outcome.WORKS]
    folders.add_sent(SHARED, b"Message-ID: <outlook@town.example.org>\r\nSubject: SV: Hej\r\n\r\nHej")
    system = cast(MailGateway, Broken(folders, "send", copying))
    found = check(system, SHARED, None, WAITS, journal=JOURNAL, plus_addresses=True)
    assert ways(found) == [Outcome.WORKS] * 4
    assert left(folders) == 2, "the citizen's mail and the person's"
    assert left(folders, JOURNAL) == 0


@pytest.mark.parametrize(("wanted", "outcome"), [(False, Outcome.ABSENT), (True, Outcome.FAILS)])
def test_plus_addresses_must_work_where_they_are_relied_on(
    folders: FolderGateway, wanted: bool, outcome: Outcome
) -> None:
    system = cast(MailGateway, Broken(folders, "send", untagged))
    found = check(system, SHARED, None, Waits(total=60, arrival=0.2, second=0.01), plus_addresses=wanted)
    assert ways(found)[3] is outcome
    (told,) = [each for each in found if each.promise.endswith("når frem til postkassen")]
    assert "PLUS_ADDRESSES" in told.advice


def test_what_was_made_goes_also_when_somebody_breaks_it_off(folders: FolderGateway) -> None:
    def interrupted(_method: Any, *_arguments: Any, **_named: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(cast(MailGateway, Broken(folders, "mark_taken", interrupted)), SHARED, None, WAITS)
    assert left(folders) == 1


def test_a_system_that_hangs_is_given_up(folders: FolderGateway) -> None:
    import threading

    release = threading.Event()

    def hangs(_method: Any, *_arguments: Any, **_named: Any) -> None:
        release.wait(60)

    try:
        verdicts = check(cast(MailGateway, Broken(folders, "send", hangs)), SHARED, None, Waits(total=0.5, arrival=0.1))
    finally:
        release.set()
    assert not_working(verdicts)["En mail til postkassen selv kommer frem én gang"] is Outcome.FAILS


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SLUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLUSE_SECRET_KEY", "not-a-secret-but-long")
    monkeypatch.setenv("SLUSE_MAIL_SYSTEMS__NY__KIND", "folder")
    monkeypatch.setenv("SLUSE_MAIL_SYSTEMS__NY__ROOT", str(tmp_path / "mail"))
    page = tmp_path / "page.html"
    options = ["check-connector", "ny", SHARED, "--arrival", "0.2", "--page", str(page)]
    assert main(options) == 2
    assert "virker ikke, fordi mailsystemet svarede: there is no mailbox" in capsys.readouterr().out
    FolderGateway(tmp_path / "mail").create_mailbox(SHARED)
    assert main(options) == 0
    assert capsys.readouterr().out.endswith("Mailsystemet virker. I kan gå i gang.\n")
    assert (page.read_text().count('class="works"'), page.read_text().count('class="absent"')) == (18, 2)
    assert main(["check-connector", "andet", SHARED]) == 2
    assert "Der er 'hoved', 'ny'" in capsys.readouterr().err
