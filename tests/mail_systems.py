"""The town on each mail system that can be had in tests: import these fixtures, and every test runs on all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.mail_settings import ExchangeSystem, GraphSystem, ImapSystem
from connectors.mail.graph.gateway import GraphGateway
from connectors.mail.graph.tokens import GraphTenant
from connectors.mail.imap.gateway import ImapGateway
from connectors.mail.reading.parser import MailParser
from tests.conftest import housed
from tests.connectors import imap
from tests.connectors.imap import dovecot_server, estate, needs_dovecot
from tests.exchange_town import ExchangeMail, exchange_on_premises
from tests.standins.dovecot import ROBOT, SECRET, Estate
from tests.standins.graph.server import GraphServer, graph_server
from tests.standins.tokens import token_server
from tests.town import Town, build_town

__all__ = ["dovecot_server", "estate"]


class DovecotMail(ImapGateway):
    """A gateway to a Dovecot, with the verbs of citizens, of units and of whoever runs it."""

    def __init__(self, estate: Estate) -> None:
        super().__init__(imap.server(estate.server))
        self.estate = estate

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables of a house whose mailboxes are here."""
        own = self.estate.server
        return {
            "SLUSE_MAIL": "imap", "SLUSE_MAIL__SERVER": "127.0.0.1", "SLUSE_MAIL__SECURITY": "none",
            "SLUSE_MAIL__PORT": str(own.imap), "SLUSE_MAIL__SMTP_PORT": str(own.submission),
            "SLUSE_MAIL__USER": ROBOT, "SLUSE_MAIL__PASSWORD": SECRET, "SLUSE_MAIL__SHARED": "shared/{mailbox}",
            "SLUSE_MAIL__SENT_SECONDS": "0",
        }  # fmt: skip

    def create_mailbox(self, mailbox: str) -> None:
        """Create a mailbox, as whoever runs the server does."""
        self.estate.add_mailbox(mailbox)

    def deliver(self, mailbox: str, raw: bytes, *, received_at: datetime | None = None) -> str:
        """Deliver a mail into an inbox; return its key."""
        return self.estate.put(mailbox, raw, at=received_at)

    def add_sent(self, mailbox: str, raw: bytes) -> str:
        """Add a mail to Sent. A person's mail client does so after sending."""
        return self.estate.put(mailbox, raw, folder="Sent")


def imap_settings(estate: Estate) -> ImapSystem:
    """Return what an administrator would set for this server."""
    return ImapSystem(
        server="localhost",
        port=estate.server.imaps,
        smtp_port=estate.server.submission,
        smtp_security="starttls",
        ca_file=estate.server.certificate,
        user=ROBOT,
        password=SecretStr(SECRET),
        shared="shared/{mailbox}",
        sent_seconds=0,
    )


class OnlineMail(GraphGateway):
    """A gateway to a tenant in Exchange Online, with the verbs of citizens, of units and of whoever runs it."""

    def __init__(self, tenant: GraphTenant, server: GraphServer) -> None:
        super().__init__(tenant)
        self.server = server

    def create_mailbox(self, mailbox: str) -> None:
        """Create a mailbox, as whoever runs the tenant does."""
        self.server.service.create(mailbox)
        super().create_mailbox(mailbox)

    def deliver(self, mailbox: str, raw: bytes, *, received_at: datetime | None = None) -> str:
        """Deliver a mail into an inbox; return its key."""
        return self.server.service.deliver(mailbox, raw, received_at=received_at).immutable_id

    def add_sent(self, mailbox: str, raw: bytes) -> str:
        """Add a mail to Sent, as Outlook does."""
        return self.server.service.deliver(mailbox, raw, folder="sentitems").immutable_id


@contextmanager
def exchange_online(folder: Path) -> Iterator[tuple[GraphSystem, OnlineMail]]:
    """A tenant with a token server, both as they are there, and what an administrator would set for them."""
    with token_server(folder) as tokens, graph_server() as server:
        server.accepts, server.service.sent_after = tokens.accepts, 0.05
        made = OnlineMail(tokens.tenant(server.address), server)
        yield (
            GraphSystem(
                tenant=made.tenant.tenant,
                client_id=made.tenant.client_id,
                client_secret=SecretStr(made.tenant.secret),
                authority=made.tenant.authority,
                server=made.tenant.server,
                ca_file=made.tenant.authorities_file,
            ),
            made,
        )
        made.close()
        wrong = [*server.broken, *server.checked.wrong, *server.checked.wrong_requests]
        assert wrong == [], wrong[:3]
        assert (server.usual_ids, server.throttled) == (0, 0)


def variables(system: ExchangeSystem | GraphSystem) -> dict[str, str]:
    """Return the variables that an administrator would set for it."""
    options = system.model_dump(exclude_none=True, exclude_defaults=True) | {"kind": None}
    told = {f"SLUSE_MAIL__{name.upper()}": value for name, value in options.items() if value is not None}
    plain = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value) for name, value in told.items()
    }
    return {"SLUSE_MAIL": system.kind} | plain


Joined = tuple[ImapSystem | ExchangeSystem | GraphSystem, DovecotMail | ExchangeMail | OnlineMail]
"""What an administrator would set for a mail system, and that system with its people."""


@pytest.fixture(params=["folder", pytest.param("imap", marks=needs_dovecot), "exchange", "graph"])
def mail_system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Joined | None]:
    """What the town's mail is in: None for the folders that a house has anyway."""
    if request.param == "imap":
        server = DovecotMail(request.getfixturevalue("estate"))
        yield imap_settings(server.estate), server
        server.close()
    elif request.param == "exchange":
        with exchange_on_premises() as on_premises:
            yield on_premises
    elif request.param == "graph":
        with exchange_online(tmp_path) as joined:
            yield joined
    else:
        yield None


@pytest.fixture
def town(settings: Settings, parser: MailParser, mail_system: Joined | None) -> Iterator[Town]:
    """Three units, one shared mailbox, one person of each role."""
    system, server = mail_system or (None, None)
    if system:
        settings = settings.model_copy(update={"mail": system})
    with housed(settings, parser) as container:
        yield build_town(container, server)
