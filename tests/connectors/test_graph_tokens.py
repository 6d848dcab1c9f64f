"""Tokens for Graph from a server in Entra ID's layout, drawn by Microsoft's own library; and who loads that library."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.errors import CertificateRefused, ConnectorError
from connectors.mail.graph.gateway import GraphGateway
from connectors.mail.graph.tokens import EntraTokens, GraphTenant
from tests.connectors.gateway_contract import SHARED, UNIT, outgoing
from tests.standins.graph.server import graph_server
from tests.standins.tokens import CLIENT_SECRET, TokenServer, token_server


@pytest.fixture
def tokens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))  # what a tenant trusts is its setting alone
    with token_server(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "proof",
    [
        lambda tokens: tokens.tenant(),
        lambda tokens: replace(tokens.tenant(), secret="", certificate=tokens.app.read_text()),
    ],
    ids=["secret", "certificate"],
)
def test_a_token_is_drawn_once_and_opens_the_mailboxes(
    tokens: TokenServer, proof: Callable[[TokenServer], GraphTenant]
) -> None:
    with graph_server(SHARED, UNIT) as server:
        server.accepts = tokens.accepts
        gateway = GraphGateway(replace(proof(tokens), server=server.address))
        gateway.send(outgoing())
        assert len(gateway.new_messages(UNIT, None).messages) == 1
        assert tokens.asked == 1

        # Revoked before its time: the next request brings a fresh one.
        tokens.revoked.update(held for held in [gateway._client._tokens.token()])
        assert len(gateway.new_messages(UNIT, None).messages) == 1
        assert tokens.asked == 2
        gateway.close()
        assert server.checked.wrong == server.checked.wrong_requests == []


def test_a_token_that_expires_is_drawn_again(tokens: TokenServer) -> None:
    tokens.lives = 1
    drawn = EntraTokens(tokens.tenant())
    assert drawn.token() != drawn.token()
    assert tokens.asked == 2


@pytest.mark.parametrize(
    ("refusal", "retryable", "words"),
    [
        ((401, "invalid_client", 7000222), False, "invalid_client.*AADSTS7000222"),
        ((400, "unauthorized_client", 700016), False, "unauthorized_client.*AADSTS700016"),
        ((503, "temporarily_unavailable", 90033), True, "fails at the moment"),
    ],
)
def test_a_refusal_is_told_with_its_number_and_without_the_secret(
    tokens: TokenServer, refusal: tuple[int, str, int], retryable: bool, words: str
) -> None:
    tokens.refuses = refusal
    drawn = EntraTokens(tokens.tenant())
    with pytest.raises(ConnectorError, match=words) as raised:
        drawn.token()
    assert raised.value.retryable == retryable
    assert CLIENT_SECRET not in str(raised.value)
    tokens.refuses = None
    assert EntraTokens(tokens.tenant()).token()


def test_a_wrong_secret_and_a_strange_certificate_are_refused(tokens: TokenServer) -> None:
    for wrong in (replace(tokens.tenant(), secret="wrong"), replace(tokens.tenant(), certificate="no PEM")):
        with pytest.raises(ConnectorError) as raised:
            EntraTokens(wrong).token()
        assert not raised.value.retryable


def test_a_token_server_that_is_away_or_not_trusted_may_come_back(tokens: TokenServer) -> None:
    for away in (
        replace(tokens.tenant(), authority="https://127.0.0.1:9"),
        replace(tokens.tenant(), authorities_file=None),
    ):
        with pytest.raises(ConnectorError) as raised:
            EntraTokens(away).token()
        assert raised.value.retryable


def test_a_certificate_that_nobody_vouches_for_is_told_as_such(tokens: TokenServer) -> None:
    with pytest.raises(CertificateRefused, match="CA_FILE"):
        EntraTokens(replace(tokens.tenant(), authorities_file=None)).token()


def test_the_secret_is_in_no_text(tokens: TokenServer) -> None:
    assert CLIENT_SECRET not in repr(tokens.tenant())


def test_only_who_asks_for_a_token_loads_the_library() -> None:
    """A process of pages makes the gateway, and asks nothing."""
    code = (
        "import sys; from connectors.mail.graph.gateway import GraphGateway, GraphTenant; "
        "GraphGateway(GraphTenant('t', 'c', 's')); print(sorted({'msal', 'requests', 'ssl'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "msal" not in ended.stdout
    assert "requests" not in ended.stdout
