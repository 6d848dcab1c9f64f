"""Mail over IMAP and SMTP, on a real Dovecot: the contract, and what only mail servers do to us."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.errors import CertificateRefused, ConnectorError, MailNotExported
from connectors.mail.imap import messages, session
from connectors.mail.imap.gateway import ImapGateway
from connectors.mail.imap.server import Endpoint, Login, Security
from connectors.mail.imap.session import Session
from connectors.mail.message import Folder
from tests.connectors.gateway_contract import SHARED, UNIT, GatewayContract, outgoing
from tests.connectors.imap import dovecot_server, estate, needs_dovecot, opened, server
from tests.standins.cutting import IMAP_DONE, CuttingProxy
from tests.standins.dovecot import RIGHTS, ROBOT, SECRET, Estate, encoded

__all__ = ["dovecot_server", "estate"]
pytestmark = needs_dovecot
FLAGS = re.compile(rb"FLAGS \(((?:\\Seen|\\Deleted| )*)(?:\\Recent)?\)")
MAIL = b"Subject: %d\r\n\r\nHej.\r\n"


@pytest.fixture
def town(estate: Estate) -> Estate:
    """The two mailboxes of the contract."""
    estate.add_mailbox(SHARED)
    estate.add_mailbox(UNIT)
    return estate


@pytest.fixture
def gateway(town: Estate) -> Iterator[ImapGateway]:
    with opened(server(town.server)) as made:
        yield made


class TestContract(GatewayContract):
    sacred = (
        b"Subject: x\r\n\r\n" + bytes(n for n in range(1, 256) if n not in (10, 13)) + b"\r\n\r\nFrom \r\n.\r\n..\r\n"
    )
    """A mail without NUL and without bare CR or LF, which no mail server keeps (RFC 3501, 4.3.1)."""

    @pytest.fixture
    def gateway(self, town: Estate) -> Iterator[ImapGateway]:
        self.town = town
        with ExitStack() as self.stack, opened(server(town.server)) as made:
            yield made

    def deliver(self, gateway: Any, raw: bytes) -> None:
        self.town.put(SHARED, raw)

    def handle(self, gateway: Any, key: str) -> None:
        with self.town.owner(SHARED) as client:
            client.select("INBOX")
            client.uid("STORE", key.rpartition(":")[2], "+FLAGS", "(\\Seen \\Flagged \\Answered)")

    connected = True

    def open_connections(self, gateway: Any) -> int:
        return len(gateway._pool._idle)

    def add_folder(self, gateway: Any, *path: str) -> None:
        name = encoded("/".join(path))
        with self.town.owner(UNIT) as client:
            assert client.create(name)[0] == "OK"
            assert client.setacl(name, ROBOT, RIGHTS)[0] == "OK"

    def put(self, gateway: Any, raw: bytes, *path: str) -> None:
        self.town.put(UNIT, raw, folder="/".join(path))

    def choosing(self, gateway: Any, chosen: dict[Folder, str]) -> ImapGateway:
        made = ImapGateway(server(self.town.server), chosen=lambda mailbox: chosen if mailbox == UNIT else {})
        self.stack.callback(made.close)
        return made

    def letter(self, raw: bytes) -> bytes:
        return raw[raw.index(b"\r\nFrom: ") + 2 :]


def cut_imap(town: Estate, stack: ExitStack, **changed: Any) -> tuple[CuttingProxy, ImapGateway]:
    """A gateway with a proxy between itself and the mailboxes."""
    proxy = stack.enter_context(CuttingProxy(town.server.imap))
    described = server(town.server, imap=proxy.port, **changed)
    return proxy, stack.enter_context(opened(described))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def flags(town: Estate, folder: str = "INBOX", address: str = SHARED) -> list[bytes]:
    """What marks the mails of a folder carry."""
    with town.owner(address) as client:
        client.select(folder, readonly=True)
        return [FLAGS.findall(line)[0] for line in client.fetch("1:*", "(FLAGS)")[1] if isinstance(line, bytes)]


def count(gateway: ImapGateway, mailbox: str, folder: Folder = Folder.INBOX) -> int:
    return len(gateway.new_messages(mailbox, None, folder=folder).messages)


def test_reading_leaves_no_trace_and_taking_does(gateway: ImapGateway, town: Estate) -> None:
    for n in range(3):
        town.put(SHARED, MAIL % n)
    refs = gateway.new_messages(SHARED, None).messages
    for ref in refs:
        gateway.raw(SHARED, ref.key)
    assert flags(town) == [b"", b"", b""]
    gateway.mark_taken(SHARED, refs[1].key)
    gateway.raw(SHARED, refs[0].key)
    assert flags(town) == [b"", b"\\Seen", b""]


def test_received_at_is_the_servers_time(gateway: ImapGateway, town: Estate) -> None:
    moment = datetime(2026, 3, 29, 1, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    town.put(SHARED, MAIL % 1, at=moment)
    (ref,) = gateway.new_messages(SHARED, None).messages
    assert (ref.received_at, ref.received_at.tzinfo) == (moment, UTC)


def test_a_folder_made_anew_gives_everything_again(gateway: ImapGateway, town: Estate) -> None:
    """UIDs begin again at 1: an old key is no mail's, least of all another's."""
    with town.owner(SHARED) as client:
        for n in range(3):
            town.append(client, MAIL % n, folder="Retur")
        old = gateway.new_messages(SHARED, None, folder=Folder.RETURNS)
        client.delete("Retur")
        client.create("Retur")
        for n in range(3, 5):
            town.append(client, MAIL % n, folder="Retur")
    new = gateway.new_messages(SHARED, old.cursor, folder=Folder.RETURNS)
    assert [gateway.raw(SHARED, ref.key, folder=Folder.RETURNS) for ref in new.messages] == [MAIL % 3, MAIL % 4]
    with pytest.raises(ConnectorError) as raised:
        gateway.raw(SHARED, old.messages[0].key, folder=Folder.RETURNS)
    assert not raised.value.retryable
    gateway.remove(SHARED, old.messages[0].key, folder=Folder.RETURNS)
    gateway.move(SHARED, old.messages[1].key, source=Folder.RETURNS, target=Folder.INBOX)
    assert (count(gateway, SHARED, Folder.RETURNS), count(gateway, SHARED)) == (2, 0)


def test_mails_that_somebody_took_away(gateway: ImapGateway, town: Estate) -> None:
    for n in range(4):
        town.put(SHARED, MAIL % n)
    first, second, third, fourth = gateway.new_messages(SHARED, None).messages
    with town.owner(SHARED) as client:
        client.select("INBOX")
        client.uid("MOVE", first.key.partition(":")[2], "Retur")
        client.uid("STORE", third.key.partition(":")[2], "+FLAGS", "\\Deleted")
    with pytest.raises(ConnectorError, match="no message") as raised:
        gateway.raw(SHARED, first.key)
    assert not raised.value.retryable
    gateway.mark_taken(SHARED, first.key)
    gateway.move(SHARED, first.key, source=Folder.INBOX, target=Folder.RETURNS)
    gateway.remove(SHARED, first.key, folder=Folder.INBOX)
    gateway.remove(SHARED, second.key, folder=Folder.INBOX)
    left = gateway.new_messages(SHARED, None).messages
    assert [ref.key for ref in left] == [third.key, fourth.key], "what somebody else marked is not ours to delete"
    assert count(gateway, SHARED, Folder.RETURNS) == 1


def test_only_the_very_message_id_is_found(gateway: ImapGateway, town: Estate) -> None:
    for found in ("<xdup@a>", "<dup@a>", "<dup@a>", "<dup@ab>"):
        town.put(SHARED, b"Message-ID:\r\n %s\r\n\r\nx" % found.encode())
    keys = [ref.key for ref in gateway.new_messages(SHARED, None).messages]
    assert gateway.find(SHARED, "<dup@a>", folder=Folder.INBOX) == keys[1]
    assert gateway.find(SHARED, "dup@a", folder=Folder.INBOX) is None
    assert gateway.find(SHARED, '<"ø\\ @a>', folder=Folder.INBOX) is None


def test_a_mail_that_the_server_does_not_hand_out(town: Estate, stack: ExitStack) -> None:
    proxy, gateway = cut_imap(town, stack)
    keys = [town.put(SHARED, (MAIL % n).replace(b"\r\n\r\n", b"\r\nMessage-ID: <%d@a>\r\n\r\n" % n)) for n in range(3)]
    assert [ref.key for ref in gateway.new_messages(SHARED, None).messages] == keys
    proxy.rule(rb"UID FETCH (1,)?2(,3)? \(UID BODY\.PEEK\[\]\)", "answered", change=done, times=9)
    assert gateway.raw(SHARED, keys[0]).startswith(b"Subject: 0")
    with pytest.raises(MailNotExported) as raised:
        gateway.raw(SHARED, keys[1])
    assert raised.value.head == b"Subject: 1\r\nMessage-ID: <1@a>\r\n\r\n"
    assert "Subject" not in str(raised.value)
    assert gateway.raw(SHARED, keys[2]).startswith(b"Subject: 2")


BROKEN_MAIL = rb"UID FETCH (1,)?2(,3)? \(UID BODY\.PEEK\[\]\)"


@pytest.mark.parametrize("head", [b"Subject: 1\r\n\r\n", b""], ids=["head comes", "head breaks it too"])
@pytest.mark.parametrize("moment", ["before", "garbled"])
def test_a_mail_that_breaks_the_connection_keeps_none_from_coming(
    town: Estate, stack: ExitStack, moment: str, head: bytes
) -> None:
    proxy, gateway = cut_imap(town, stack)
    keys = [town.put(SHARED, MAIL % n) for n in range(3)]
    assert [ref.key for ref in gateway.new_messages(SHARED, None).messages] == keys
    if moment == "before":
        proxy.rule(BROKEN_MAIL, "before", times=99)
    else:
        proxy.rule(BROKEN_MAIL, "answered", change=lambda said: tag(said) + b" HUH {\r\n", times=99)
    if not head:
        proxy.rule(rb"UID FETCH 2 .*HEADER", "before", times=99)
    assert gateway.raw(SHARED, keys[0]) == MAIL % 0
    with pytest.raises(MailNotExported) as raised:
        gateway.raw(SHARED, keys[1])
    assert raised.value.head == head
    assert gateway.raw(SHARED, keys[2]) == MAIL % 2


def test_a_line_that_breaks_blames_no_mail(town: Estate, stack: ExitStack) -> None:
    proxy, gateway = cut_imap(town, stack)
    keys = [town.put(SHARED, MAIL % n) for n in range(3)]
    gateway.new_messages(SHARED, None)
    proxy.rule(rb"UID FETCH [123,]+ \(UID BODY\.PEEK\[\]\)", "before", times=6)
    for _ in range(2):
        with pytest.raises(ConnectorError) as raised:
            gateway.raw(SHARED, keys[1])
        assert raised.value.retryable
    assert gateway.raw(SHARED, keys[1]) == MAIL % 1


def test_a_mail_that_breaks_the_connection_once_comes(town: Estate, stack: ExitStack) -> None:
    proxy, gateway = cut_imap(town, stack)
    keys = [town.put(SHARED, MAIL % n) for n in range(2)]
    gateway.new_messages(SHARED, None)
    proxy.rule(BROKEN_MAIL, "after", times=3)
    assert gateway.raw(SHARED, keys[1]) == MAIL % 1


def test_the_only_mail_of_a_folder_is_asked_for_again(town: Estate, stack: ExitStack) -> None:
    proxy, gateway = cut_imap(town, stack)
    key = town.put(SHARED, MAIL % 1)
    gateway.new_messages(SHARED, None)
    proxy.rule(rb"UID FETCH 1 \(UID BODY\.PEEK\[\]\)", "before", times=3)
    with pytest.raises(ConnectorError) as raised:
        gateway.raw(SHARED, key)
    assert raised.value.retryable
    assert gateway.raw(SHARED, key) == MAIL % 1


def test_a_mail_that_the_server_says_nothing_of_is_listed(town: Estate, stack: ExitStack) -> None:
    proxy, gateway = cut_imap(town, stack)
    key = town.put(SHARED, MAIL % 1)
    proxy.rule(rb"UID FETCH 1 \(UID INTERNALDATE", "answered", change=done, times=2)
    assert [ref.key for ref in gateway.new_messages(SHARED, None).messages] == [key]


def test_connections_that_died_unnoticed_are_made_anew(town: Estate, stack: ExitStack) -> None:
    proxy, gateway = cut_imap(town, stack)
    town.put(SHARED, MAIL % 1)
    for _ in range(3):
        (ref,) = gateway.new_messages(SHARED, None).messages
        proxy.cut_all()
        assert gateway.raw(SHARED, ref.key) == MAIL % 1
        proxy.cut_all()
        gateway.mark_taken(SHARED, ref.key)


def test_a_server_that_is_away_is_asked_again_later(town: Estate) -> None:
    with CuttingProxy(1) as nobody, opened(server(town.server, imap=nobody.port, smtp=nobody.port)) as gateway:
        with pytest.raises(ConnectorError) as raised:
            gateway.new_messages(SHARED, None)
        assert raised.value.retryable


def test_a_slow_answer_is_given_up(town: Estate, stack: ExitStack) -> None:
    proxy = stack.enter_context(CuttingProxy(town.server.imap))
    described = server(town.server, imap=proxy.port)
    gateway = stack.enter_context(opened(replace(described, imap=replace(described.imap, timeout=0.5))))
    town.put(SHARED, MAIL % 1)
    (ref,) = gateway.new_messages(SHARED, None).messages
    proxy.rule(rb"UID FETCH", "held", times=2)
    with pytest.raises(ConnectorError) as raised:
        gateway.raw(SHARED, ref.key)
    assert raised.value.retryable
    proxy.release()
    assert gateway.raw(SHARED, ref.key) == MAIL % 1


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT"])
def test_a_server_without_time_says_when_to_come_again(town: Estate, stack: ExitStack, code: str) -> None:
    proxy, gateway = cut_imap(town, stack)
    proxy.rule(rb"(EXAMINE|SELECT) ", "answered", change=lambda said: tag(said) + f" NO [{code}] later\r\n".encode())
    with pytest.raises(ConnectorError) as raised:
        gateway.new_messages(SHARED, None)
    assert raised.value.retryable
    assert raised.value.wait
    assert gateway.new_messages(SHARED, None).messages == ()


def test_a_password_that_is_wrong_is_tried_once_a_while(
    town: Estate, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many mailboxes are looked into with it, and servers lock accounts."""
    proxy, gateway = cut_imap(town, stack)
    gateway.new_messages(SHARED, None)
    refused = b" NO [AUTHENTICATIONFAILED] Authentication failed.\r\n"
    proxy.rule(b"LOGIN", "answered", change=lambda said: tag(said) + refused)
    proxy.cut_all()
    for mailbox in (SHARED, UNIT, SHARED, UNIT):
        with pytest.raises(ConnectorError, match="refuses the sign-in") as raised:
            gateway.new_messages(mailbox, None)
        assert not raised.value.retryable
        assert SECRET not in repr(raised.value)
    assert proxy.connections == 2
    moment = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: moment + session.PAUSE_WHEN_REFUSED)
    assert gateway.new_messages(SHARED, None).messages == ()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_draft_whose_answer_is_lost_is_there_once(town: Estate, stack: ExitStack, moment: str) -> None:
    proxy, gateway = cut_imap(town, stack)
    proxy.rule(b" APPEND ", moment, answer=IMAP_DONE)
    with pytest.raises(ConnectorError) as raised:
        gateway.save_draft(UNIT, outgoing())
    assert raised.value.retryable
    gateway.save_draft(UNIT, outgoing())
    assert count(gateway, UNIT, Folder.DRAFTS) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("moves", [True, False], ids=["move", "copy"])
def test_a_move_whose_answer_is_lost_leaves_one_mail(
    town: Estate, stack: ExitStack, moment: str, moves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, gateway = cut_imap(town, stack)
    monkeypatch.setattr(Session, "can", lambda _self, what: moves or what != "MOVE")
    town.put(UNIT, MAIL % 1)
    (ref,) = gateway.new_messages(UNIT, None).messages
    proxy.rule(b"UID MOVE" if moves else b"UID COPY", moment, answer=IMAP_DONE)
    with pytest.raises(ConnectorError) as raised:
        gateway.move(UNIT, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
    assert raised.value.retryable
    gateway.move(UNIT, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
    assert (count(gateway, UNIT), count(gateway, UNIT, Folder.RETURNS)) == (0, 1)


def test_without_move_a_mail_like_another_is_moved_beside_it(
    gateway: ImapGateway, town: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody can write what Message-ID he likes: it alone does not show that a mail was copied already."""
    monkeypatch.setattr(Session, "can", lambda _self, what: what != "MOVE")
    for word, folder in ((b"one", "Retur"), (b"three", "INBOX")):
        town.put(UNIT, b"Message-ID: <same@a>\r\n\r\n" + word, folder=folder)
    (ref,) = gateway.new_messages(UNIT, None).messages
    gateway.move(UNIT, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
    assert count(gateway, UNIT, Folder.RETURNS) == 2


def test_a_full_mailbox_is_said_so(town: Estate, stack: ExitStack) -> None:
    full = "fuld@town.example.org"
    gateway = stack.enter_context(opened(server(town.server, login=Login("{mailbox}", SECRET), prefix="")))
    town.add_mailbox(full, quota="20k")
    with pytest.raises(ConnectorError, match="full") as raised:
        gateway.save_draft(full, replace(outgoing(), text="x" * 40_000))
    assert not raised.value.retryable


def test_where_the_robot_may_only_read(gateway: ImapGateway, town: Estate) -> None:
    town.put(SHARED, MAIL % 1)
    with town.owner(SHARED) as client:
        client.setacl("INBOX", ROBOT, "lr")
    (ref,) = gateway.new_messages(SHARED, None).messages
    assert gateway.raw(SHARED, ref.key) == MAIL % 1
    with pytest.raises(ConnectorError) as raised:
        gateway.mark_taken(SHARED, ref.key)
    assert not raised.value.retryable


def test_missing_folders_are_made_where_the_robot_may(gateway: ImapGateway, town: Estate) -> None:
    bare = "bar@town.example.org"
    town.add_mailbox(bare, folders=())
    with pytest.raises(ConnectorError, match=r"no folder shared/bar@town\.example\.org/Retur"):
        gateway.new_messages(bare, None, folder=Folder.RETURNS)
    gateway.create_mailbox(bare)
    gateway.create_mailbox(bare)
    assert [count(gateway, bare, folder) for folder in Folder] == [0, 0, 0, 0]
    gateway.create_mailbox("nobody@town.example.org")


def test_folders_by_special_use_by_habit_and_by_setting(town: Estate, stack: ExitStack) -> None:
    other = "anden@town.example.org"
    town.add_mailbox(other, folders=("Sendt post", "Kladder", "Tilbage", "Bække & Åer"))
    town.put(other, MAIL % 1, folder="Sendt post")
    town.put(other, MAIL % 2, folder="Tilbage")
    town.put(other, MAIL % 3, folder="Bække & Åer")
    gateway = stack.enter_context(opened(server(town.server, folders={Folder.RETURNS: "Tilbage"})))
    assert (count(gateway, other, Folder.SENT), count(gateway, other, Folder.RETURNS)) == (1, 1)
    own = {other.upper(): {Folder.SENT: "Bække & Åer", Folder.RETURNS: "Bække & Åer"}}
    gateway = stack.enter_context(opened(server(town.server, folders_of=own)))
    assert gateway.raw(other, gateway.new_messages(other, None, folder=Folder.SENT).messages[0].key, folder=Folder.SENT)
    town.put(SHARED, MAIL % 3, folder="Sent")
    itself = server(town.server, login=Login("{mailbox}", SECRET), prefix="")
    gateway = stack.enter_context(opened(itself))
    assert count(gateway, SHARED, Folder.SENT) == 1
    with pytest.raises(ConnectorError) as raised:
        gateway.new_messages("nobody@town.example.org", None)
    assert not raised.value.retryable


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_encrypted_and_only_with_a_certificate_that_is_trusted(
    town: Estate, stack: ExitStack, security: Security
) -> None:
    there = town.server
    endpoint = Endpoint(
        "localhost", there.imaps if security is Security.TLS else there.imap, security, there.certificate
    )
    smtp = Endpoint("localhost", there.submission, Security.STARTTLS, there.certificate)
    gateway = stack.enter_context(opened(server(there, imap=endpoint, smtp=smtp)))
    gateway.send(outgoing())
    assert count(gateway, UNIT) == 1
    stranger = stack.enter_context(opened(server(there, imap=replace(endpoint, ca_file=None))))
    with pytest.raises(CertificateRefused, match=r"certificate is not trusted \(self-signed certificate\).*CA_FILE"):
        stranger.new_messages(SHARED, None)
    sender = stack.enter_context(opened(server(there, imap=endpoint, smtp=replace(smtp, ca_file=None))))
    with pytest.raises(CertificateRefused):
        sender.send(replace(outgoing(), message_id="<certificate@town.example.org>"))


def test_nothing_leaves_the_machine_in_the_clear() -> None:
    for host in ("mail.example.org", "10.0.0.1", "127.0.0.1.example.org"):
        with pytest.raises(ValueError, match="encrypted"):
            Endpoint(host, 143, Security.NONE)
    assert [Endpoint(host, 143, Security.NONE).port for host in ("localhost", "127.0.0.7", "::1")] == [143] * 3


def test_connections_are_few(town: Estate, stack: ExitStack) -> None:
    proxy, gateway = cut_imap(town, stack, connections=2)
    town.put(SHARED, MAIL % 1)
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(lambda _: count(gateway, SHARED), range(40))) == {1}
    assert proxy.connections <= 2


def test_a_thousand_numbers_that_are_gone(gateway: ImapGateway, town: Estate) -> None:
    """What is new is searched piece by piece: an old mailbox may have given away any number of numbers."""
    with town.owner(SHARED) as client:
        for n in range(30):
            town.append(client, MAIL % n)
        client.select("INBOX")
        client.store("2:28", "+FLAGS", "\\Deleted")
        client.expunge()
    seen, cursor = [], None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "WINDOW", 3)
        for _ in range(4):
            batch = gateway.new_messages(SHARED, cursor, limit=2)
            cursor, seen = batch.cursor, [*seen, *(gateway.raw(SHARED, ref.key) for ref in batch.messages)]
    assert seen == [MAIL % n for n in (0, 28, 29)]


def done(said: bytes) -> bytes:
    """Answer a command of imaplib's with nothing but that it was done."""
    return tag(said) + b" OK done\r\n"


def tag(said: bytes) -> bytes:
    return said.split(b" ", 1)[0]
