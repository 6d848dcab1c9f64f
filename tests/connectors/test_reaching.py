"""Why a mail system is not reached is told apart on each: nobody listens, nothing has that name, or it lets us not in."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.errors import CertificateRefused, NotReached, SignInRefused
from connectors.mail.exchange.gateway import ExchangeGateway
from connectors.mail.exchange.server import ExchangeServer
from connectors.mail.graph.gateway import GraphGateway
from connectors.mail.graph.tokens import GraphTenant
from connectors.mail.imap.server import Endpoint, Login, Security
from tests.acceptance import free_port
from tests.connectors.gateway_contract import SHARED, UNIT, outgoing
from tests.connectors.imap import dovecot_server, estate, local, needs_dovecot, opened, server
from tests.exchange_town import PASSWORD, ROBOT
from tests.standins.dovecot import ROBOT as DOVECOTS_ROBOT
from tests.standins.dovecot import Estate
from tests.standins.ews.certificate import certificate
from tests.standins.ews.server import Exchange, User, serving
from tests.standins.graph.server import graph_server
from tests.standins.tokens import token_server

__all__ = ["dovecot_server", "estate"]
NOWHERE: tuple[Callable[[], Endpoint], ...] = (
    lambda: local(free_port()),
    lambda: Endpoint("there-is-no-such-host.invalid", 993, Security.TLS, timeout=5),
)


@needs_dovecot
@pytest.mark.parametrize("nowhere", NOWHERE, ids=["port", "name"])
def test_a_mail_server_that_is_not_there(estate: Estate, nowhere: Callable[[], Endpoint]) -> None:
    there, away = estate.server, nowhere()
    for address in (SHARED, UNIT):
        estate.add_mailbox(address)
    with opened(server(there, imap=away)) as gateway, pytest.raises(NotReached) as raised:
        gateway.new_messages(SHARED, None)
    assert raised.value.where == f"{away.host}:{away.port}"
    with opened(server(there, smtp=away)) as gateway, pytest.raises(NotReached) as raised:
        gateway.send(outgoing())
    assert (raised.value.where, raised.value.retryable) == (f"{away.host}:{away.port}", True)


@needs_dovecot
def test_a_mail_server_that_lets_us_not_in_says_so_again_and_again(estate: Estate) -> None:
    wrong = Login(DOVECOTS_ROBOT, "not-the-password")
    with opened(server(estate.server, login=wrong)) as gateway:
        for _ in range(3):
            with pytest.raises(SignInRefused) as raised:
                gateway.new_messages(SHARED, None)
            assert not raised.value.retryable
        with pytest.raises(SignInRefused):
            gateway.send(outgoing())


def test_exchange_that_is_not_there_not_trusted_or_lets_us_not_in(tmp_path: Path) -> None:
    files, exchange = certificate(tmp_path), Exchange()
    exchange.store.create(SHARED)
    exchange.users[ROBOT] = User(PASSWORD, may_impersonate=True)
    away = ExchangeServer(f"https://localhost:{free_port()}/EWS/Exchange.asmx", ROBOT, PASSWORD, "basic", ca=files[0])
    with pytest.raises(NotReached, match="firewall"):
        ExchangeGateway(away).new_messages(SHARED, None)
    with serving(exchange, files):
        there = ExchangeServer(exchange.url, ROBOT, PASSWORD, "basic", ca=files[0])
        assert ExchangeGateway(there).new_messages(SHARED, None).messages == ()
        with pytest.raises(SignInRefused):
            ExchangeGateway(replace(there, password="forkert")).new_messages(SHARED, None)
        with pytest.raises(CertificateRefused, match="CA_FILE"):
            ExchangeGateway(replace(there, ca=None)).new_messages(SHARED, None)


def test_exchange_online_that_is_not_there_or_lets_us_not_in(tmp_path: Path) -> None:
    with token_server(tmp_path) as tokens, graph_server(SHARED, UNIT) as online:
        online.accepts = tokens.accepts
        tenant = replace(tokens.tenant(), server=online.address)
        wrongs: tuple[tuple[GraphTenant, type[Exception]], ...] = (
            (replace(tenant, server=f"http://127.0.0.1:{free_port()}"), NotReached),
            (replace(tenant, authority=f"https://localhost:{free_port()}"), NotReached),
            (replace(tenant, secret="forkert"), SignInRefused),
        )
        for wrong, expected in wrongs:
            gateway = GraphGateway(wrong)
            with pytest.raises(expected):
                gateway.new_messages(SHARED, None)
            with suppress(NotReached, SignInRefused):
                gateway.close()
