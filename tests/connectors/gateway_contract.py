"""What every mail gateway must do. IMAP, Exchange and Graph will have to pass the same suite."""

import email
from contextlib import closing
from dataclasses import replace
from email.utils import getaddresses
from typing import Any

import pytest

from connectors.errors import AnswerLost, ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, FoundFolder, Handling, MailAttachment, OtherFolder, Outgoing
from tests.connectors.flaky import Flaky

SHARED, UNIT = "faelles@town.example.org", "park@town.example.org"


class GatewayContract:
    """Subclasses give `gateway` (with both mailboxes, empty) and `deliver(gateway, raw)`, which plays the mail server."""

    bounces = False
    """Whether a letter to nobody is taken, and bounces."""
    connected = False
    """Whether it keeps connections between calls."""

    @pytest.fixture
    def gateway(self) -> MailGateway:
        raise NotImplementedError

    def deliver(self, gateway: Any, raw: bytes) -> None:
        raise NotImplementedError

    sacred = bytes(range(256)) * 3 + b"\n\r\n\0From \n."
    """Bytes that this system must give back as they came."""

    def add_folder(self, gateway: Any, *path: str) -> None:
        """Make a folder in the unit's mailbox, within those that `path` names before it."""
        raise NotImplementedError

    def put(self, gateway: Any, raw: bytes, *path: str) -> None:
        """Put a mail into such a folder, as somebody's mail program does."""
        raise NotImplementedError

    def choosing(self, gateway: Any, chosen: dict[Folder, str]) -> MailGateway:
        """Return a gateway to the same mailboxes for which people have chosen folders of the unit's."""
        raise NotImplementedError

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

    def test_a_tagged_address_leads_to_its_mailbox(self, gateway: MailGateway) -> None:
        tagged = UNIT.replace("@", "+s0123@")
        gateway.send(outgoing(recipient=tagged))
        (ref,) = gateway.new_messages(UNIT, None).messages
        assert tagged in str(email.message_from_bytes(gateway.raw(UNIT, ref.key))["To"])

    def test_a_draft_keeps_whom_it_is_for(self, gateway: MailGateway) -> None:
        """Headers of our letters that name several people."""
        tagged, citizen = UNIT.replace("@", "+s0123@"), "bo@borger.example.org"
        headers = (("Cc", tagged), ("Reply-To", f"{citizen}, {tagged}"))
        gateway.save_draft(UNIT, replace(outgoing(recipient=citizen), headers=headers))
        (ref,) = gateway.new_messages(UNIT, None, folder=Folder.DRAFTS).messages
        found = email.message_from_bytes(gateway.raw(UNIT, ref.key, folder=Folder.DRAFTS))
        assert [each for _, each in getaddresses([str(found["Cc"])])] == [tagged]
        assert [each for _, each in getaddresses([str(found["Reply-To"])])] == [citizen, tagged]

    def handle(self, gateway: Any, key: str) -> None:
        """Reply to a mail in the shared inbox and flag it, as people do in their mail programs."""
        raise NotImplementedError

    def test_what_people_do_with_a_mail_is_seen(self, gateway: MailGateway) -> None:
        self.deliver(gateway, b"Message-ID: <a@b>\r\nSubject: x\r\n\r\nx")
        (ref,) = gateway.new_messages(SHARED, None).messages
        assert gateway.handling(SHARED, ref.key) == Handling()
        self.handle(gateway, ref.key)
        (now,) = gateway.new_messages(SHARED, None).messages
        assert gateway.handling(SHARED, now.key) == Handling(read=True, flagged=True, replied=True)
        assert gateway.raw(SHARED, now.key), "to look changes nothing"
        gateway.move(SHARED, now.key, source=Folder.INBOX, target=Folder.RETURNS)
        assert gateway.handling(SHARED, now.key) is None

    def test_what_is_closed_has_ended_its_connections(self, gateway: MailGateway) -> None:
        self.deliver(gateway, b"Subject: x\r\n\r\nx")
        gateway.new_messages(SHARED, None)
        assert bool(self.open_connections(gateway)) is self.connected
        gateway.close()
        assert self.open_connections(gateway) == 0

    def open_connections(self, _gateway: Any) -> int:
        """Return how many connections a gateway has."""
        return 0

    def test_folders_are_found_with_what_they_are_used_for(self, gateway: MailGateway) -> None:
        self.add_folder(gateway, "Sager")
        self.add_folder(gateway, "Sager", "Afsluttede")
        for number in range(3):
            self.put(gateway, b"Subject: %d\r\n\r\nx" % number, "Sager", "Afsluttede")
        found = gateway.folders(UNIT)
        roles = [each.role for each in found if each.role]
        assert roles == list(Folder), "each role once, in this order"
        assert roles == [each.role for each in found[: len(roles)]]
        others = {each.name: each.mails for each in found if not each.role}
        assert others["Sager"] == 0
        assert others["Sager/Afsluttede"] == 3
        assert len({each.key for each in found}) == len(found)

    def test_what_lies_in_any_folder_can_be_read_and_nothing_changes(self, gateway: MailGateway) -> None:
        self.add_folder(gateway, "Sager")
        raws = [b"Subject: %d\r\n\r\nx" % number for number in range(5)]
        for raw in raws:
            self.put(gateway, raw, "Sager")
        place = OtherFolder(folder_named(gateway, "Sager").key)
        first = gateway.new_messages(UNIT, None, folder=place, limit=3)
        rest = gateway.new_messages(UNIT, first.cursor, folder=place, limit=3)
        keys = [ref.key for batch in (first, rest) for ref in batch.messages]
        assert [gateway.raw(UNIT, key, folder=place) for key in keys] == raws
        assert gateway.new_messages(UNIT, rest.cursor, folder=place).messages == ()
        assert folder_named(gateway, "Sager").mails == 5
        assert gateway.new_messages(UNIT, None).messages == ()

    def test_a_chosen_folder_is_used_from_then_on(self, gateway: MailGateway) -> None:
        for name in ("Vores sendte", "Vores kladder", "Ikke os"):
            self.add_folder(gateway, name)
        wanted = {
            Folder.SENT: folder_named(gateway, "Vores sendte").key,
            Folder.DRAFTS: folder_named(gateway, "Vores kladder").key,
            Folder.RETURNS: folder_named(gateway, "Ikke os").key,
        }
        with closing(self.choosing(gateway, wanted)) as chosen:
            self.put(gateway, b"Subject: svar\r\nMessage-ID: <svar@town.example.org>\r\n\r\nx", "Vores sendte")
            assert {
                role: each.key for each in chosen.folders(UNIT) for role in (each.role,) if role in wanted
            } == wanted
            assert chosen.find(UNIT, "<svar@town.example.org>", folder=Folder.SENT) is not None
            assert len(chosen.new_messages(UNIT, None, folder=Folder.SENT).messages) == 1
            draft = replace(outgoing(), message_id="<kladde@town.example.org>")
            chosen.save_draft(UNIT, draft)
            chosen.save_draft(UNIT, draft)
            assert len(chosen.new_messages(UNIT, None, folder=Folder.DRAFTS).messages) == 1
            assert folder_named(gateway, "Vores kladder").mails == 1
            gateway.send(outgoing())
            (ref,) = chosen.new_messages(UNIT, None).messages
            chosen.move(UNIT, ref.key, source=Folder.INBOX, target=Folder.RETURNS)
            assert folder_named(gateway, "Ikke os").mails == 1

    def test_no_such_folder(self, gateway: MailGateway) -> None:
        with pytest.raises(ConnectorError) as raised:
            gateway.new_messages(UNIT, None, folder=OtherFolder("no-such-folder"))
        assert not raised.value.retryable

    @pytest.mark.parametrize("mailbox", ["nobody@town.example.org", "../../etc@town.example.org", ""])
    def test_no_folders_where_there_is_no_mailbox(self, gateway: MailGateway, mailbox: str) -> None:
        with pytest.raises(ConnectorError) as raised:
            gateway.folders(mailbox)
        assert not raised.value.retryable

    def test_no_such_message(self, gateway: MailGateway) -> None:
        with pytest.raises(ConnectorError):
            gateway.raw(SHARED, "no-such-key")


def folder_named(gateway: MailGateway, name: str) -> FoundFolder:
    """The unit's folder of that name."""
    return next(each for each in gateway.folders(UNIT) if each.name == name)


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
