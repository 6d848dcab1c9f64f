"""How Sluse signs in to Exchange: by TLS with a certificate of the house's own, tokens that expire, NTLM, and from settings."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import connectors_by_name
from app.config import Settings
from app.mail_settings import ExchangeSystem
from connectors.errors import ConnectorError
from connectors.mail.exchange.gateway import ExchangeGateway
from connectors.mail.exchange.server import ExchangeServer
from connectors.mail.folder.gateway import FolderPost
from connectors.mail.message import Folder, none_chosen
from tests.connectors.gateway_contract import SHARED, UNIT, outgoing
from tests.exchange_town import PASSWORD, ROBOT
from tests.standins.ews.certificate import certificate
from tests.standins.ews.server import FOR_TOKENS, PATH, Exchange, User, serving

APPLICATION, SECRET = "11111111-2222-3333-4444-555555555555", "programmets hemmelighed"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return certificate(tmp_path)


@pytest.fixture
def exchange(files: tuple[Path, Path]) -> Iterator[Exchange]:
    made = Exchange()
    for address in (SHARED, UNIT):
        made.store.create(address)
    made.users[ROBOT] = User(PASSWORD, may_impersonate=True)
    made.users[APPLICATION] = User("", may_impersonate=True)
    made.secrets[APPLICATION] = SECRET
    with serving(made, files):
        yield made
    assert made.checks.faults == []


def test_a_certificate_of_the_houses_own_is_trusted_where_it_is_named_and_nowhere_else(
    exchange: Exchange, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables that requests would listen to say otherwise, both ways."""
    strange = certificate(tmp_path, "another")[0]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(strange))
    named = ExchangeServer(exchange.url, ROBOT, PASSWORD, "basic", ca=files[0])
    assert ExchangeGateway(named).new_messages(SHARED, None).messages == ()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(files[0]))
    for ca in (strange, None):
        with pytest.raises(ConnectorError) as raised:
            ExchangeGateway(ExchangeServer(exchange.url, ROBOT, PASSWORD, "basic", ca=ca)).new_messages(SHARED, None)
        assert raised.value.retryable


def test_an_application_signs_in_with_tokens_that_expire(exchange: Exchange, files: tuple[Path, Path]) -> None:
    server = ExchangeServer(
        exchange.url, sign_in="oauth", client_id=APPLICATION, client_secret=SECRET, ca=files[0],
        token_url=exchange.url.replace(PATH, FOR_TOKENS), settle=0.01,
    )  # fmt: skip
    gateway = ExchangeGateway(server)
    gateway.create_mailbox(UNIT)
    exchange.tokens.clear()
    with pytest.raises(ConnectorError) as raised:
        gateway.send(outgoing())
    assert raised.value.retryable
    gateway.send(outgoing())
    assert len(gateway.new_messages(UNIT, None).messages) == 1
    assert len(gateway.new_messages(SHARED, None, folder=Folder.SENT).messages) == 1


def test_a_wrong_secret_says_so(exchange: Exchange, files: tuple[Path, Path]) -> None:
    server = ExchangeServer(
        exchange.url, sign_in="oauth", client_id=APPLICATION, client_secret="forkert", ca=files[0],
        token_url=exchange.url.replace(PATH, FOR_TOKENS),
    )  # fmt: skip
    with pytest.raises(ConnectorError, match="let us in") as raised:
        ExchangeGateway(server).new_messages(SHARED, None)
    assert raised.value.retryable
    assert "forkert" not in str(raised.value)


def test_settings_name_the_server(exchange: Exchange, files: tuple[Path, Path], settings: Settings) -> None:
    system = ExchangeSystem.model_validate(
        {"server": exchange.url, "user": ROBOT, "password": PASSWORD, "sign_in": "basic", "ca_file": files[0]}
    )
    made = connectors_by_name.MAIL["exchange"]("", system, settings, FolderPost(lambda _address: ""), none_chosen)
    made.create_mailbox(UNIT)
    made.send(outgoing())
    assert len(made.new_messages(UNIT, None).messages) == 1


def test_settings_name_a_token_server_of_the_houses_own(
    exchange: Exchange, files: tuple[Path, Path], settings: Settings
) -> None:
    scope = "https://mail.example.org/openid"
    system = ExchangeSystem.model_validate(
        {"server": exchange.url, "sign_in": "oauth", "client_id": APPLICATION, "client_secret": SECRET}
        | {"token_url": exchange.url.replace(PATH, FOR_TOKENS), "scope": scope, "ca_file": files[0]}
    )
    made = connectors_by_name.MAIL["exchange"]("", system, settings, FolderPost(lambda _address: ""), none_chosen)
    assert made.new_messages(SHARED, None).messages == ()
    assert set(exchange.scopes) == {scope}


def test_ntlm_signs_a_connection_in(
    exchange: Exchange, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users"
    users.write_text(f"TOWN:sluse:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    gateway = ExchangeGateway(ExchangeServer(exchange.url, ROBOT, PASSWORD, "ntlm", ca=files[0], settle=0.01))
    gateway.create_mailbox(UNIT)
    gateway.send(outgoing())
    assert len(gateway.new_messages(UNIT, None).messages) == 1
    with pytest.raises(ConnectorError, match="let us in"):
        ExchangeGateway(ExchangeServer(exchange.url, ROBOT, "forkert", "ntlm", ca=files[0])).new_messages(SHARED, None)


@pytest.mark.parametrize("version", ["", "2019", "15", "99.9"])
def test_a_build_that_is_none_is_refused(version: str) -> None:
    with pytest.raises(ConnectorError, match="build"):
        ExchangeGateway(ExchangeServer("https://mail.example.org/EWS/Exchange.asmx", version=version))
