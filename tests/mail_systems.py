"""The town on each mail system that can be had in tests: import these fixtures, and every test runs on all of them."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime

import pytest
from pydantic import SecretStr

from app.config import Settings
from app.mail_settings import ImapSystem
from connectors.mail.imap.gateway import ImapGateway
from connectors.mail.reading.parser import MailParser
from tests.conftest import housed
from tests.connectors import imap
from tests.connectors.imap import dovecot_server, estate, needs_dovecot
from tests.standins.dovecot import ROBOT, SECRET, Estate
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


@pytest.fixture(params=["folder", pytest.param("imap", marks=needs_dovecot)])
def mail_system(request: pytest.FixtureRequest) -> Estate | None:
    """What the town's mail is in: None for the folders that a house has anyway."""
    return request.getfixturevalue("estate") if request.param == "imap" else None  # type: ignore[no-any-return]


@pytest.fixture
def town(settings: Settings, parser: MailParser, mail_system: Estate | None) -> Iterator[Town]:
    """Three units, one shared mailbox, one person of each role."""
    with ExitStack() as stack:
        server = DovecotMail(mail_system) if mail_system else None
        if server:
            stack.callback(server.close)
            settings = settings.model_copy(update={"mail": imap_settings(server.estate)})
        yield build_town(stack.enter_context(housed(settings, parser)), server)
