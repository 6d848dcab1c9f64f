"""An SMTP server that fails as it is told. What it accepts it really delivers, or keeps where nobody here has the address."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

NOBODY = "<>"
"""An envelope without sender, for aiosmtpd, which takes "" for none that was said."""


class Fault(StrEnum):
    """What happens to a mail. After a cut nobody gets an answer, whatever was done."""

    BUSY = "451 4.3.0 try again later"
    REFUSED = "554 5.7.1 not wanted here"
    TOO_BIG = "552 5.3.4 too big"
    CUT_BEFORE = "cut before it was accepted"
    CUT_AFTER = "cut after it was accepted"
    SLOW = "accepted, and not answered before somebody says so"


@dataclass(frozen=True)
class Accepted:
    """A mail as it was accepted, with its envelope."""

    sender: str
    recipient: str
    raw: bytes
    options: tuple[str, ...] = ()


@dataclass
class Relay:
    """Accepts mail on a port of its own. `fail` plans what happens to the next ones; the plan ends with those named."""

    deliver: Callable[[str, bytes, str], None] = lambda _address, _raw, _sender: None
    knows: Callable[[str], bool] = lambda _address: True
    ours: Callable[[str], bool] = lambda _address: False
    """Tells whether an address is in a domain of ours, whose addresses must be known; mail to all others is kept in `outside`."""
    smtputf8: bool = True
    size: int = 60 * 1024 * 1024
    nobody: set[str] = field(default_factory=set)
    """Addresses elsewhere that turn out to be nobody's once a mail was accepted: it bounces to the sender of its envelope."""
    outside: list[Accepted] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    seconds: float = 30.0
    """How long a slow answer takes at most."""

    def __post_init__(self) -> None:
        self._plan: list[Fault] = []
        self._go_on = threading.Event()
        self._controller = _Controller(self)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._go_on.set()
        self._controller.stop()

    @property
    def port(self) -> int:
        """Return where it listens."""
        assert self._controller.server
        return int(self._controller.server.sockets[0].getsockname()[1])

    def reset(self) -> None:
        """Forget what was accepted and planned."""
        self._plan.clear()
        self.outside.clear()
        self.accepted.clear()
        self.nobody.clear()
        self._go_on.set()
        self._go_on = threading.Event()
        self.smtputf8 = True

    def fail(self, *faults: Fault) -> None:
        """Plan what happens to the next mails."""
        self._plan.extend(faults)

    def go_on(self) -> None:
        """Let slow answers come."""
        self._go_on.set()

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd asks for
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str | None, options: list[str]
    ) -> str:
        envelope.mail_from = address or NOBODY
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.ours(address) and not self.knows(address):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._plan.pop(0) if self._plan else None
        if fault in (Fault.BUSY, Fault.REFUSED, Fault.TOO_BIG):
            return str(fault)
        if fault is not Fault.CUT_BEFORE:
            await asyncio.get_running_loop().run_in_executor(None, self._accept, envelope)
        if fault is Fault.SLOW:
            await asyncio.get_running_loop().run_in_executor(None, self._go_on.wait, self.seconds)
        if fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER):
            assert server.transport
            server.transport.abort()
        return "250 2.0.0 OK"

    def _accept(self, envelope: Envelope) -> None:
        raw = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            sender = "" if envelope.mail_from == NOBODY else envelope.mail_from or ""
            mail = Accepted(sender, recipient, raw, tuple(envelope.mail_options))
            self.accepted.append(mail)
            if self.ours(recipient):
                self.deliver(recipient, raw, mail.sender)
            else:
                self.outside.append(mail)
                if recipient in self.nobody and mail.sender:
                    self.deliver(mail.sender, bounce(mail), "")


def bounce(mail: Accepted) -> bytes:
    """Return what a mail server sends back of a mail that it took and could not deliver (RFC 3464)."""
    head = mail.raw.partition(b"\r\n\r\n")[0]
    text = REPORT.format(sender=mail.sender, recipient=mail.recipient).replace("\n", "\r\n").encode()
    return text + head + b"\r\n\r\n--b--\r\n"


REPORT = """\
From: MAILER-DAEMON@mx.example.net
To: {sender}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I could not deliver your message to {recipient}.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

"""


class _Controller(Controller):
    def __init__(self, relay: Relay) -> None:
        super().__init__(relay, hostname="127.0.0.1", port=0)
        self._relay = relay

    def factory(self) -> Any:
        relay = self._relay
        return SMTP(relay, enable_SMTPUTF8=relay.smtputf8, data_size_limit=relay.size, hostname="relay.example.org")

    def _trigger_server(self) -> None:
        """Wake it by its real port, which the system has chosen."""
        self.port = self._relay.port
        super()._trigger_server()
