"""Mail over IMAP and SMTP, on a real Dovecot: the contract, and what only mail servers do to us."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.mail.imap.gateway import ImapGateway
from tests.connectors.gateway_contract import SHARED, UNIT, GatewayContract
from tests.connectors.imap import dovecot_server, estate, needs_dovecot, opened, server
from tests.standins.dovecot import Estate

__all__ = ["dovecot_server", "estate"]
pytestmark = needs_dovecot


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
        with opened(server(town.server)) as made:
            yield made

    def deliver(self, gateway: Any, raw: bytes) -> None:
        self.town.put(SHARED, raw)

    def letter(self, raw: bytes) -> bytes:
        return raw[raw.index(b"\r\nFrom: ") + 2 :]
