"""Letters over SMTP, through a real Dovecot and a server with faults behind it: each once, or a question for a human."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from connectors.errors import AnswerLost, ConnectorError, UnknownFate, UnreachableAddress
from connectors.mail.compose import compose
from connectors.mail.imap.gateway import ImapGateway
from connectors.mail.imap.server import Login
from connectors.mail.message import Folder, Outgoing
from tests.connectors.gateway_contract import SHARED, UNIT, outgoing
from tests.connectors.imap import dovecot_server, estate, local, needs_dovecot, opened, server
from tests.standins.cutting import IMAP_DONE, CuttingProxy
from tests.standins.dovecot import Estate
from tests.standins.smtp import Fault

__all__ = ["dovecot_server", "estate"]
pytestmark = needs_dovecot
WHOLE = "SLUSE_TEST_ALL_ANSWERS_LOST"
"""A variable: lose the answers of 200 letters, not of 40."""
CITIZEN = "proeve@borger.example.net"


@pytest.fixture
def town(estate: Estate) -> Estate:
    estate.add_mailbox(SHARED)
    estate.add_mailbox(UNIT)
    return estate


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def direct(town: Estate, stack: ExitStack, **changed: Any) -> ImapGateway:
    """A gateway that sends by the server with faults itself, without Dovecot in between."""
    described = server(town.server, smtp=town.server.relay.port, smtp_login=Login(""), **changed)
    return stack.enter_context(opened(described))


def by_dovecot(town: Estate, stack: ExitStack, **changed: Any) -> ImapGateway:
    return stack.enter_context(opened(server(town.server, **changed)))


WAYS = pytest.mark.parametrize("way", [direct, by_dovecot])


def outward() -> Outgoing:
    return replace(outgoing(CITIZEN), outward=True)


def copies(gateway: ImapGateway, mailbox: str, folder: Folder = Folder.INBOX) -> int:
    return len(gateway.new_messages(mailbox, None, folder=folder).messages)


@WAYS
def test_a_server_that_is_busy_is_asked_again(town: Estate, stack: ExitStack, way: Any) -> None:
    gateway = way(town, stack)
    town.server.relay.fail(Fault.BUSY)
    with pytest.raises(ConnectorError) as raised:
        gateway.send(outgoing())
    assert raised.value.retryable
    assert not isinstance(raised.value, AnswerLost)
    assert (copies(gateway, UNIT), copies(gateway, SHARED, Folder.SENT)) == (0, 0)
    gateway.send(outgoing())
    assert (copies(gateway, UNIT), copies(gateway, SHARED, Folder.SENT)) == (1, 1)


@WAYS
def test_a_letter_that_is_refused_is_not_tried_again(town: Estate, stack: ExitStack, way: Any) -> None:
    gateway = way(town, stack)
    town.server.relay.fail(Fault.REFUSED)
    with pytest.raises(ConnectorError, match="554") as raised:
        gateway.send(outgoing())
    assert not raised.value.retryable
    assert copies(gateway, SHARED, Folder.SENT) == 0


@WAYS
@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER])
@pytest.mark.parametrize("moved", [False, True], ids=["", "filed away by the unit"])
def test_a_letter_to_a_unit_whose_answer_is_lost_comes_once(
    town: Estate, stack: ExitStack, way: Any, fault: Fault, moved: bool
) -> None:
    gateway = way(town, stack)
    town.server.relay.fail(fault)
    with pytest.raises(AnswerLost):
        gateway.send(outgoing())
    if moved:
        with town.owner(UNIT) as client:
            client.create("Arkiv/2026")
            client.select("INBOX")
            client.uid("MOVE", "1:*", "Arkiv/2026")
    restarted = way(town, stack)
    restarted.send(outgoing(), again=True)
    restarted.send(outgoing())
    arrived = len([each for each in town.server.relay.accepted if each.recipient == UNIT])
    assert (arrived, copies(gateway, SHARED, Folder.SENT)) == (1, 1)


@WAYS
@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER])
def test_a_letter_to_a_citizen_whose_answer_is_lost_is_a_humans_question(
    town: Estate, stack: ExitStack, way: Any, fault: Fault
) -> None:
    gateway = way(town, stack)
    town.server.relay.fail(fault)
    with pytest.raises(AnswerLost):
        gateway.send(outward())
    for _ in range(3):
        with pytest.raises(UnknownFate):
            gateway.send(outward(), again=True)
    assert len(town.server.relay.outside) == (fault is Fault.CUT_AFTER)
    gateway.send(outward())  # a human said: send it
    assert copies(gateway, SHARED, Folder.SENT) == 1


def test_a_slow_answer_is_a_lost_one(town: Estate, stack: ExitStack) -> None:
    described = server(town.server, smtp=replace(local(town.server.relay.port), timeout=0.5), smtp_login=Login(""))
    gateway = stack.enter_context(opened(described))
    town.server.relay.fail(Fault.SLOW)
    with pytest.raises(AnswerLost):
        gateway.send(outgoing())
    town.server.relay.go_on()
    gateway.send(outgoing(), again=True)
    assert (len(town.server.relay.accepted), copies(gateway, SHARED, Folder.SENT)) == (1, 1)


def test_a_server_that_files_its_own_copy(town: Estate, stack: ExitStack) -> None:
    """Some put it into Sent by themselves, a moment after they took the letter."""
    gateway = direct(town, stack, sent_seconds=60)
    relay = town.server.relay
    delivered = relay.deliver

    def deliver(address: str, raw: bytes, sender: str) -> None:
        delivered(address, raw, sender)
        town.put(SHARED, raw, folder="Sent")

    relay.deliver = deliver
    try:
        gateway.send(outgoing())
    finally:
        relay.deliver = delivered
    assert (copies(gateway, UNIT), copies(gateway, SHARED, Folder.SENT)) == (1, 1)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("letter", [outgoing, outward])
def test_a_copy_in_sent_whose_answer_is_lost(town: Estate, stack: ExitStack, moment: str, letter: Any) -> None:
    """The letter itself has left: it does not leave again, and nobody need be asked."""
    proxy = stack.enter_context(CuttingProxy(town.server.imap))
    gateway = stack.enter_context(opened(server(town.server, imap=proxy.port)))
    proxy.rule(b" APPEND ", moment, answer=IMAP_DONE)
    with pytest.raises(AnswerLost):
        gateway.send(letter())
    gateway.send(letter(), again=True)
    assert (len(town.server.relay.accepted), copies(gateway, SHARED, Folder.SENT)) == (1, 1)


@pytest.mark.parametrize("said", [b"^EHLO", b"^MAIL", b"^RCPT", b"^DATA"])
def test_a_connection_cut_before_the_letter_left(town: Estate, stack: ExitStack, said: bytes) -> None:
    proxy = stack.enter_context(CuttingProxy(town.server.submission))
    gateway = stack.enter_context(opened(server(town.server, smtp=proxy.port)))
    proxy.rule(said, "after")
    with pytest.raises(ConnectorError) as raised:
        gateway.send(outgoing())
    assert raised.value.retryable
    assert not isinstance(raised.value, AnswerLost)
    gateway.send(outgoing())
    assert len(town.server.relay.accepted) == 1


@pytest.mark.parametrize("password", ["a-wrong-one", "forkért-kodeørd"])
def test_a_password_for_sending_that_is_wrong(town: Estate, stack: ExitStack, password: str) -> None:
    gateway = by_dovecot(town, stack, smtp_login=Login(SHARED, password))
    with pytest.raises(ConnectorError, match="sign-in for sending") as raised:
        gateway.send(outgoing())
    assert not raised.value.retryable
    assert password not in repr(raised.value)


def test_a_password_with_letters_beyond_a_to_z(town: Estate, stack: ExitStack) -> None:
    danish = "blåbærgrød-på-øen"
    town.add_user("dansk@sluse.example.org", password=danish)
    gateway = by_dovecot(town, stack, smtp_login=Login("dansk@sluse.example.org", danish))
    gateway.send(outgoing())
    reader = by_dovecot(town, stack, login=Login("dansk@sluse.example.org", danish), prefix="")
    assert reader.new_messages(SHARED, None).messages == ()


def test_what_is_too_large_is_told_before_it_is_sent(town: Estate, stack: ExitStack) -> None:
    gateway, relay = direct(town, stack), town.server.relay
    most, relay.size = relay.size, 10_000
    try:
        with pytest.raises(ConnectorError, match=r"takes 0\.0 MB") as raised:
            gateway.send(replace(outgoing(), text="x" * 20_000))
    finally:
        relay.size = most
    assert not raised.value.retryable
    relay.fail(Fault.TOO_BIG)
    with pytest.raises(ConnectorError, match="too large"):
        gateway.send(outgoing())


def test_whatever_bounces_comes_back_to_the_mailbox(town: Estate, stack: ExitStack) -> None:
    gateway, relay = direct(town, stack), town.server.relay
    gateway.send(outgoing())
    gateway.send(replace(outward(), message_id="<two@town.example.org>", personal=True))
    relay.nobody.add(CITIZEN)
    gateway.send(replace(outward(), message_id="<three@town.example.org>"))
    assert [each.sender for each in relay.accepted] == [SHARED] * 3
    (ref,) = gateway.new_messages(SHARED, None).messages
    assert b"Message-ID: <three@town.example.org>" in gateway.raw(SHARED, ref.key)


def test_letters_beyond_a_to_z_before_the_at(town: Estate, stack: ExitStack) -> None:
    letter = replace(outward(), recipient="prøve@borger.example.net")
    with pytest.raises(UnreachableAddress):
        by_dovecot(town, stack).send(letter)  # Dovecot's submission does not offer SMTPUTF8
    direct(town, stack).send(letter)
    (mail,) = town.server.relay.outside
    assert (mail.recipient, "SMTPUTF8" in mail.options) == (letter.recipient, True)


def test_a_letter_arrives_byte_for_byte(town: Estate, stack: ExitStack) -> None:
    letter = replace(outward(), text="Hej.\n.\n..\n.slut\nÆØÅ")
    direct(town, stack).send(letter)
    assert town.server.relay.outside[0].raw == compose(letter)


def test_many_answers_lost(town: Estate, stack: ExitStack) -> None:
    """Each letter once, or at most once and a human's question."""
    gateway, relay = direct(town, stack), town.server.relay
    many = 200 if os.environ.get(WHOLE) else 40
    questions = 0
    for n in range(many):
        letter = replace(outward() if n % 2 else outgoing(), message_id=f"<{n}@town.example.org>", attachments=())
        relay.fail(Fault.CUT_AFTER if n % 4 < 3 else Fault.CUT_BEFORE)
        with pytest.raises(AnswerLost):
            gateway.send(letter)
        try:
            gateway.send(letter, again=True)
        except UnknownFate:
            questions += 1
    ids = [line for each in relay.accepted for line in each.raw.splitlines() if line.startswith(b"Message-ID: ")]
    assert len(ids) == len(set(ids))
    assert len(ids) + questions >= many
    assert questions == many / 2
    print(f"{many} letters, {len(ids)} accepted, {questions} questions, {len(ids) - len(set(ids))} twice")
