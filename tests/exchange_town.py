"""An Exchange of the house's own for the town of the tests, with the verbs of citizens, of units and of whoever runs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pydantic import SecretStr

from app.mail_settings import ExchangeSystem
from connectors.mail.exchange.gateway import ExchangeGateway
from connectors.mail.exchange.server import ExchangeServer
from tests.standins.ews.server import Exchange, User, serving

ROBOT, PASSWORD = "TOWN\\sluse", "hemmelig"


class ExchangeMail(ExchangeGateway):
    """A gateway to the server, and what others do there."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(ExchangeServer(exchange.url, ROBOT, PASSWORD, "basic", settle=0.05))
        self.exchange = exchange

    def create_mailbox(self, mailbox: str) -> None:
        """Create a mailbox, as whoever runs the server does."""
        self.exchange.store.create(mailbox)
        super().create_mailbox(mailbox)

    def deliver(self, mailbox: str, raw: bytes, *, received_at: datetime | None = None) -> str:
        """Deliver a mail into an inbox; return its key."""
        at = {"received": received_at} if received_at else {}
        return self.exchange.store.put(self.exchange.store.mailbox(mailbox).folder("inbox"), raw, **at).id

    def add_sent(self, mailbox: str, raw: bytes) -> str:
        """Add a mail to Sent, as Outlook does."""
        return self.exchange.store.put(self.exchange.store.mailbox(mailbox).folder("sentitems"), raw, is_read=True).id


@contextmanager
def exchange_on_premises() -> Iterator[tuple[ExchangeSystem, ExchangeMail]]:
    """Yield what an administrator would set, and the server; all that goes over the wire must be valid."""
    exchange = Exchange()
    exchange.users[ROBOT] = User(PASSWORD, may_impersonate=True)
    with serving(exchange):
        yield (
            ExchangeSystem(server=exchange.url, user=ROBOT, password=SecretStr(PASSWORD), sign_in="basic"),
            ExchangeMail(exchange),
        )
    assert exchange.checks.faults == []
