"""`sluse history`: have the worker learn from a unit's mailbox.

It says how far that is.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.commands.process import quiet_logs, say
from app.config import Settings
from app.container import Container
from app.domain.actor import Actor
from app.errors import RefusedError
from app.models.history_reading import HistoryReading
from app.queries.inbound import mailbox_list
from app.services.inbound import history_reading
from connectors.errors import ConnectorError
from connectors.mail.message import FoundFolder

COMMAND = Actor("sluse history")


class NotDone(Exception):
    """What was asked for makes no sense; the text says why."""


def history(config: Settings, options: argparse.Namespace) -> int:
    """Ask for a reading, pause one, or say how all stand.

    The worker does the reading. Returns the exit status.
    """
    quiet_logs(config.log_level)
    database.migrate(config.database_url)
    container = Container.build(config)
    try:
        say(_done(container, options))
    except (NotDone, ConnectorError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    finally:
        container.close()
    return 0


def _done(container: Container, options: argparse.Namespace) -> str:
    if options.address is None:
        with database.read(container.engine) as session:
            return "\n".join(_progress(row) for row in mailbox_list.readings(session)) or "Nothing is read."
    if options.pause or options.resume:
        return _pause(container, options.address, resume=options.resume)
    listed = container.gateway.folders(options.address)
    if not options.folder:
        names = "\n".join(f"  {each.name}  ({'?' if each.mails is None else each.mails} mails)" for each in listed)
        return f"{options.address} has these folders; name those to learn from with --folder:\n{names}"
    folders = [_named(listed, name) for name in options.folder]
    with database.write(container.engine) as session:
        _ask(session, folders, options)
    return "The worker reads them" + (" now." if options.now else " at night.")


def _ask(session: Session, folders: Sequence[FoundFolder], options: argparse.Namespace) -> None:
    unit = mailbox_list.unit_of(session, options.address)
    if unit is None:
        raise NotDone(f"{options.address} is no unit's mailbox")
    try:
        history_reading.ask(
            session,
            unit.id,
            folders,
            by=COMMAND,
            now=datetime.now(UTC),
            since=options.since,
            at_once=options.now,
            mailbox=options.mailbox,
        )
    except RefusedError as error:
        raise NotDone(REFUSALS[error.code]) from error


REFUSALS = {
    "no_folder_chosen": "Name a folder with --folder.",
    "folder_of_the_house": "Sent, Drafts and Retur hold no mails of citizens to the unit.",
    "no_shared_mailbox": "There is no such shared mailbox that the mails could have come to.",
}


def _named(listed: Sequence[FoundFolder], name: str) -> FoundFolder:
    found = next((each for each in listed if each.name.casefold() == name.casefold()), None)
    if found is None:
        raise NotDone(f"There is no folder {name}; there are: {', '.join(each.name for each in listed)}")
    return found


def _pause(container: Container, address: str, *, resume: bool) -> str:
    change = history_reading.resume if resume else history_reading.pause
    with database.write(container.engine) as session:
        ids = list(session.scalars(select(HistoryReading.id).where(HistoryReading.address == address)))
        if not ids:
            raise NotDone(f"Nothing of {address} is read")
        for reading_id in ids:
            change(session, reading_id, by=COMMAND, now=datetime.now(UTC))
    return f"{address}: {'goes on' if resume else 'is left alone'}."


def _progress(row: HistoryReading) -> str:
    reached = f", until {row.reached:%Y-%m-%d}" if row.reached else ""
    error = f"; {row.error}" if row.error else ""
    return f"{row.address} {row.name}: {row.state}, {row.looked_at} mails seen, {row.learned} learned{reached}{error}"
