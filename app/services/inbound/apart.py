"""Isolation of one mail's fault from the others. The mail stays where it lies, and the log says so."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from app import database
from app.domain.actor import ROBOT
from app.domain.events.inbound import MailNotTaken
from app.services.platform import events, faults
from connectors.errors import ConnectorError

log = structlog.get_logger()
PASSING = (ConnectorError, OperationalError, InterfaceError, CancelledError)
"""What is no fault of the mail: a mailbox or a database that fails for the moment, our own going. The mail is taken later."""


@contextmanager
def apart(engine: Engine, mailbox: str, key: str, *, now: datetime) -> Iterator[None]:
    """Work on one mail, and contain its fault.

    Raises:
        ConnectorError, OperationalError, InterfaceError: the mailbox or the database fails for the moment.
        CancelledError: this process ends.
    """
    try:
        yield
    except PASSING:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the next mail is not to blame
        log.error("mail_not_taken", mailbox=mailbox, error=faults.name(error), at=faults.where(error))
        with database.write(engine) as session:
            name = key.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
            events.record(session, MailNotTaken(mailbox=mailbox, key=name, error=faults.name(error)), by=ROBOT, now=now)
