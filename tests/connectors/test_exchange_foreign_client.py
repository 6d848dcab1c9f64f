"""A client that nobody here has written lists, fetches and sends by the Exchange stand-in: it is not made to our measure."""

import imaplib
import smtplib
from pathlib import Path

import pytest

from tests.connectors.gateway_contract import SHARED, UNIT
from tests.standins.davmail import davmail, installed
from tests.standins.ews.schema import schema
from tests.standins.ews.server import Exchange, User, serving

PASSWORD = "hemmelig"
MAIL = f"From: b@example.org\r\nTo: {SHARED}\r\nSubject: Hej\r\nMessage-ID: <a@b>\r\n\r\nTekst æøå\r\n".encode()


@pytest.mark.skipif(not installed(), reason="DavMail and Java are not on this machine (Debian: davmail)")
def test_davmail_lists_fetches_and_sends(tmp_path: Path) -> None:
    exchange = Exchange()
    for address in (SHARED, UNIT):
        exchange.store.create(address)
    exchange.users[SHARED] = User(PASSWORD, SHARED)
    exchange.store.deliver(SHARED, MAIL)
    with serving(exchange), davmail(exchange.url, tmp_path) as ports:
        with imaplib.IMAP4("127.0.0.1", ports.imap, timeout=60) as imap:
            imap.login(SHARED, PASSWORD)
            assert imap.select("INBOX") == ("OK", [b"1"])
            fetched = imap.uid("fetch", "1:*", "(UID BODY.PEEK[])")[1]
            assert fetched[0] is not None
            assert fetched[0][1] == MAIL
        with smtplib.SMTP("127.0.0.1", ports.smtp, timeout=60) as smtp:
            smtp.login(SHARED, PASSWORD)
            smtp.sendmail(
                SHARED, [UNIT], f"From: {SHARED}\r\nTo: {UNIT}\r\nSubject: Ud\r\nMessage-ID: <ud@x>\r\n\r\nHej\r\n"
            )
    for mailbox, folder in ((UNIT, "inbox"), (SHARED, "sentitems")):
        (item,) = exchange.store.mailbox(mailbox).folder(folder).items.values()
        assert item.message_id == "<ud@x>"
    assert exchange.checks.faults == []
    assert schema() is None or exchange.checks.requests == exchange.checks.answers == len(exchange.calls)
    print(f"DavMail: {len(exchange.calls)} calls, {exchange.checks.answers} requests and answers valid")
