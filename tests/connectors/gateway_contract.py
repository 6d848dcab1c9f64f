"""What every mail gateway must do. IMAP, Exchange and Graph will have to pass the same suite."""

from typing import Any

import pytest

from connectors.errors import AnswerLost, ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MailAttachment, Outgoing
from tests.connectors.flaky import Flaky

SHARED, UNIT = "faelles@town.example.org", "park@town.example.org"


class GatewayContract:
    """Subclasses give `gateway` (with both mailboxes, empty) and `deliver(gateway, raw)`, which plays the mail server."""

    bounces = False
    """Whether a letter to nobody is taken, and bounces."""

    @pytest.fixture
    def gateway(self) -> MailGateway:
        raise NotImplementedError

    def deliver(self, gateway: Any, raw: bytes) -> None:
        raise NotImplementedError

    sacred = bytes(range(256)) * 3 + b"\n\r\n\0From \n."
    """Bytes that this system must give back as they came."""

    def letter(self, raw: bytes) -> bytes:
        """Return a letter as it was sent: on its way servers put lines of their own before it."""
        return raw

    def test_cursor_gives_each_mail_once_in_order(self, gateway: MailGateway) -> None:
        raws = [b"Subject: %d\r\n\r\nx" % n for n in range(5)]
        for raw in raws[:3]:
            self.deliver(gateway, raw)
        first = gateway.new_messages(SHARED, None, limit=2)
        second = gateway.new_messages(SHARED, first.cursor)
        for raw in raws[3:]:
            self.deliver(gateway, raw)
        third = gateway.new_messages(SHARED, second.cursor)
        keys = [ref.key for batch in (first, second, third) for ref in batch.messages]
        assert [gateway.raw(SHARED, key) for key in keys] == raws
        assert [len(batch.messages) for batch in (first, second, third)] == [2, 1, 2]
        assert gateway.new_messages(SHARED, third.cursor).messages == ()

    def test_somebody_reading_a_mail_hides_it_from_nobody(self, gateway: MailGateway) -> None:
        self.deliver(gateway, b"Subject: x\r\n\r\nx")
        (ref,) = gateway.new_messages(SHARED, None).messages
        gateway.mark_taken(SHARED, ref.key)
        gateway.mark_taken(SHARED, ref.key)
        assert [again.key for again in gateway.new_messages(SHARED, None).messages] == [ref.key]
        assert gateway.raw(SHARED, ref.key) == b"Subject: x\r\n\r\nx"

    @pytest.mark.parametrize("cursor", ["", "nonsense", "other:7", "x:y:z"])
    def test_a_strange_cursor_gives_everything_again(self, gateway: MailGateway, cursor: str) -> None:
        self.deliver(gateway, b"Subject: x\r\n\r\nx")
        assert len(gateway.new_messages(SHARED, cursor).messages) == 1

    def test_bytes_are_sacred(self, gateway: MailGateway) -> None:
        self.deliver(gateway, self.sacred)
        (ref,) = gateway.new_messages(SHARED, None).messages
        assert gateway.raw(SHARED, ref.key) == self.sacred
        assert ref.received_at.tzinfo is not None

    @pytest.mark.parametrize("moments", [(), ("before",), ("after",), ("before", "after", "after")])
    def test_send_is_once(self, gateway: MailGateway, moments: tuple[str, ...]) -> None:
        flaky = Flaky(gateway)
        flaky.fail("send", *moments)
        send_surely(flaky, outgoing())
        (there,) = gateway.new_messages(UNIT, None).messages
        (here,) = gateway.new_messages(SHARED, None, folder=Folder.SENT).messages
        assert self.letter(gateway.raw(UNIT, there.key)) == gateway.raw(SHARED, here.key, folder=Folder.SENT)
        assert gateway.find(UNIT, "<one@town.example.org>", folder=Folder.INBOX) == there.key

    def test_send_is_once_also_after_the_copy_was_moved(self, gateway: MailGateway) -> None:
        gateway.send(outgoing())
        (ref,) = gateway.new_messages(UNIT, None).messages
        gateway.move(UNIT, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
        gateway.move(UNIT, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
        gateway.send(outgoing())
        assert gateway.new_messages(UNIT, None).messages == ()
        assert len(gateway.new_messages(UNIT, None, folder=Folder.RETURNS).messages) == 1

    @pytest.mark.parametrize("moments", [(), ("before",), ("after",)])
    def test_draft_is_once(self, gateway: MailGateway, moments: tuple[str, ...]) -> None:
        flaky = Flaky(gateway)
        flaky.fail("save_draft", *moments)
        insist(lambda: flaky.save_draft(UNIT, outgoing()))
        insist(lambda: flaky.save_draft(UNIT, outgoing()))
        assert len(gateway.new_messages(UNIT, None, folder=Folder.DRAFTS).messages) == 1

    def test_find(self, gateway: MailGateway) -> None:
        self.deliver(gateway, b"Received: x\r\nmessage-id: <a@b>\r\n\r\nMessage-ID: <c@d>")
        assert gateway.find(SHARED, "<a@b>", folder=Folder.INBOX) is not None
        assert gateway.find(SHARED, "<c@d>", folder=Folder.INBOX) is None
        assert gateway.find(SHARED, "<a@b>", folder=Folder.SENT) is None

    @pytest.mark.parametrize("mailbox", ["nobody@town.example.org", "../../etc@town.example.org", "", "a b@c"])
    def test_no_such_mailbox(self, gateway: MailGateway, mailbox: str) -> None:
        with pytest.raises(ConnectorError) as raised:
            gateway.new_messages(mailbox, None)
        assert not raised.value.retryable
        if self.bounces and mailbox.startswith("nobody"):
            gateway.send(outgoing(recipient=mailbox))
            assert len(gateway.new_messages(SHARED, None).messages) == 1
            return
        with pytest.raises(ConnectorError) as raised:
            gateway.send(outgoing(recipient=mailbox))
        assert not raised.value.retryable
        assert gateway.new_messages(SHARED, None, folder=Folder.SENT).messages == ()

    def test_no_such_message(self, gateway: MailGateway) -> None:
        with pytest.raises(ConnectorError):
            gateway.raw(SHARED, "no-such-key")


def outgoing(recipient: str = UNIT) -> Outgoing:
    files = (MailAttachment("henvendelse.eml", "application/octet-stream", b"From: x\n\n\0\xff"),)
    return Outgoing("<one@town.example.org>", SHARED, recipient, "VS: Æblegård\r\nBcc: x@y", "Hej\nÆØÅ", files)


def send_surely(gateway: Any, message: Outgoing) -> None:
    """Send until it comes through, and say when an earlier try may have had its effect."""
    again = False
    for _ in range(10):
        try:
            return gateway.send(message, again=again)  # type: ignore[no-any-return]
        except AnswerLost:
            again = True
        except ConnectorError as error:
            if not error.retryable:
                raise
    raise AssertionError("it never came through")


def insist(effect: Any) -> None:
    """Try until the outside world lets it through."""
    for _ in range(10):
        try:
            effect()
        except ConnectorError as error:
            if not error.retryable:
                raise
        else:
            return
    raise AssertionError("it never came through")
