"""Long runs against a real mail server, for `make verify`: every mail there is goes in and comes out, and how fast that is."""

import imaplib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.mail.imap.gateway import ImapGateway
from tests.connectors.imap import opened, server
from tests.gmime import mails
from tests.standins import dovecot
from tests.standins.dovecot import Estate

MAILBOX = "alle@town.example.org"
SIZE, MANY = 50_000, 1_000


@dataclass
class ThereAndBack:
    """What became of mails that were put into a mailbox."""

    same: int = 0
    changed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        names = ", ".join([*self.changed, *self.refused][:5])
        return f"{self.same} the same, {len(self.changed)} changed, {len(self.refused)} refused {names}".strip()


@dataclass(frozen=True)
class Speed:
    """How fast mails of 50 kB were listed and fetched, without what is done with them after."""

    mails: int
    seconds: float
    cpu: float

    def __str__(self) -> str:
        each = self.cpu / self.mails * 1000
        return (
            f"{self.mails} mails of {SIZE // 1000} kB, {self.mails / self.seconds:.0f} a second, {each:.2f} ms CPU each"
        )


def every_mail(home: Path) -> ThereAndBack:
    """Put every public mail into a mailbox, and compare what the gateway gives.

    A mail server keeps lines that end by CRLF, so that is what goes in: a bare CR or LF became one on its way there.
    """
    found = ThereAndBack()
    with dovecot.running() as running:
        estate = running.new_estate()
        estate.add_mailbox(MAILBOX)
        given: dict[str, tuple[str, bytes]] = {}
        with estate.owner(MAILBOX) as client:
            for path in mails.unpacked(home):
                raw = imaplib.MapCRLF.sub(imaplib.CRLF, path.read_bytes())
                try:
                    given[estate.append(client, raw)] = (path.name, raw)
                except (AssertionError, imaplib.IMAP4.error):
                    found.refused.append(path.name)
        with opened(server(running)) as gateway:
            for key, raw in _fetched(gateway):
                name, expected = given.pop(key)
                if raw == expected:
                    found.same += 1
                else:
                    found.changed.append(name)
    found.changed += [name for name, _ in given.values()]
    return found


def fetching() -> Speed:
    """Measure how fast mails come out of a mailbox."""
    with dovecot.running() as running:
        estate = running.new_estate()
        estate.add_mailbox(MAILBOX)
        _fill(estate)
        with opened(server(running)) as gateway:
            began, cpu = time.perf_counter(), time.process_time()
            count = sum(1 for _ in _fetched(gateway))
            return Speed(count, time.perf_counter() - began, time.process_time() - cpu)


def _fill(estate: Estate) -> None:
    line = os.urandom(38).hex().encode() + b"\r\n"
    body = line * (SIZE // len(line))
    with estate.owner(MAILBOX) as client:
        for n in range(MANY):
            estate.append(client, b"Subject: %d\r\nMessage-ID: <%d@town.example.org>\r\n\r\n%s" % (n, n, body))


def _fetched(gateway: ImapGateway) -> Iterator[tuple[str, bytes]]:
    cursor = None
    while (batch := gateway.new_messages(MAILBOX, cursor, limit=50)).messages:
        cursor = batch.cursor
        for ref in batch.messages:
            yield ref.key, gateway.raw(MAILBOX, ref.key)
