"""A Dovecot for each process of tests, and gateways to it. Without one these tests are skipped, and say so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from connectors.mail.imap.gateway import ImapGateway
from connectors.mail.imap.server import Endpoint, ImapServer, Login, Security
from tests.standins import dovecot
from tests.standins.dovecot import ROBOT, SECRET, Dovecot, Estate

needs_dovecot = pytest.mark.skipif(not dovecot.HERE, reason=dovecot.WHY_NOT)


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    if not dovecot.HERE:
        pytest.skip(dovecot.WHY_NOT)
    with dovecot.running() as running:
        yield running


@pytest.fixture
def estate(dovecot_server: Dovecot) -> Estate:
    return dovecot_server.new_estate()


def server(dovecot: Dovecot, *, imap: int | Endpoint = 0, smtp: int | Endpoint = 0, **changed: Any) -> ImapServer:
    """Describe a Dovecot as settings would: the robot sees shared mailboxes. Other ports are those of proxies before it."""
    made = ImapServer(
        imap=imap if isinstance(imap, Endpoint) else local(imap or dovecot.imap),
        smtp=smtp if isinstance(smtp, Endpoint) else local(smtp or dovecot.submission),
        login=Login(ROBOT, SECRET),
        prefix="shared/{mailbox}",
        sent_seconds=0,
        arrival_seconds=0.2,
    )
    return replace(made, **changed)


def local(port: int) -> Endpoint:
    """Describe a port of this machine."""
    return Endpoint("127.0.0.1", port, Security.NONE, timeout=60)


@contextmanager
def opened(described: ImapServer) -> Iterator[ImapGateway]:
    """A gateway whose connections end with the block."""
    gateway = ImapGateway(described)
    try:
        yield gateway
    finally:
        gateway.close()
