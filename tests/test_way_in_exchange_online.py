"""The way of a mail where the mailboxes are in Exchange Online: the same stories, by settings and a token of one's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.container import Container
from app.mail_settings import GraphSystem
from connectors.mail.graph.gateway import GraphGateway
from tests.standins.graph.server import GraphServer, graph_server
from tests.standins.tokens import CLIENT_ID, CLIENT_SECRET, TENANT, TokenServer, token_server
from tests.test_way_of_a_mail import (  # noqa: F401 - played here once more
    test_a_draft_once_sent_does_not_come_back,
    test_not_ours_once_and_twice,
    test_way_of_a_mail,
    worker,
)
from tests.town import SHARED, UNITS, Town, build_town


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[TokenServer]:
    (tmp_path / "tokens").mkdir()
    with token_server(tmp_path / "tokens") as made:
        yield made


@pytest.fixture
def server(tokens: TokenServer) -> Iterator[GraphServer]:
    with graph_server(SHARED, *UNITS.values()) as made:
        made.accepts = tokens.accepts
        made.service.sent_after = 0.05
        yield made
        assert made.broken == made.checked.wrong == made.checked.wrong_requests == []
        assert (made.usual_ids, made.throttled) == (0, 0)


@pytest.fixture
def settings(settings: Settings, server: GraphServer, tokens: TokenServer) -> Settings:
    system = GraphSystem(
        tenant=TENANT, client_id=CLIENT_ID, client_secret=CLIENT_SECRET,
        authority=tokens.authority, server=server.address, ca_file=tokens.certificate,
    )  # fmt: skip
    return settings.model_copy(update={"mail": system})


class People:
    """The gateway, and what people and other mail servers do in the mailboxes behind it."""

    def __init__(self, gateway: Any, server: GraphServer) -> None:
        self._gateway, self._server = gateway, server

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def deliver(self, mailbox: str, raw: bytes) -> str:
        return self._server.service.deliver(mailbox, raw).immutable_id

    def add_sent(self, mailbox: str, raw: bytes) -> None:
        """Somebody writes a letter in Outlook."""
        service = self._server.service
        with service.lock:
            box = service.mailboxes[mailbox]
            item, sent = service.deliver(mailbox, raw), box.folder("sentitems")
            assert sent is not None
            box.move(item, sent)


@pytest.fixture
def town(container: Container, server: GraphServer) -> Iterator[Town]:
    """The town, with its mailboxes in Exchange Online."""
    made = build_town(container)
    for address in (SHARED, *UNITS.values()):
        container.gateway.create_mailbox(address)
    made.gateway = People(container.gateway, server)  # type: ignore[assignment]
    yield made
    for each in container.gateway._systems().values():  # type: ignore[attr-defined]
        assert isinstance(each, GraphGateway)
        each.close()
