"""Make the mailboxes of an organisation that has changed, as far as their mail systems let us."""

from collections.abc import Iterable

import structlog

from app.services.platform import faults
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway

log = structlog.get_logger()


def make(gateway: MailGateway, addresses: Iterable[str]) -> list[str]:
    """Make mailboxes and return those that could not be reached.

    What was saved stays saved: a mail system that is away now is asked again at each poll, and its mailbox is read then.
    """
    return [address for address in addresses if not _made(gateway, address)]


def _made(gateway: MailGateway, address: str) -> bool:
    try:
        gateway.create_mailbox(address)
    except ConnectorError as error:
        log.warning("mailbox_not_made", mailbox=address, error=faults.message(error))
        return False
    return True
