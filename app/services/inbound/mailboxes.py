"""Poll a folder of a mailbox: bytes first, everything else after.

What every folder that is watched has in common is here: how far it was read, fetching in portions, committing before a mail
counts as taken, and keeping what breaks apart from the rest. A `Handler` says what differs.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import ROBOT
from app.domain.events.inbound import MailNotFetched
from app.models.unit import MailboxCursor
from app.services.inbound import apart
from app.services.organisation import chosen_folders
from app.services.platform import events, faults
from connectors.errors import ConnectorError, MailNotExported
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, MessageRef

log = structlog.get_logger()
BATCH = 50
PORTION = 4 * 1024 * 1024
"""Bytes of mail that one poll holds in memory at once; a single mail may be larger. Many mailboxes are polled at a time."""
Read = TypeVar("Read")


class Head(bytes):
    """The header of a mail that its server cannot hand out: all that there is of it, kept in the place of its bytes."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A mailbox that is watched, and the unit it belongs to."""

    address: str
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class Polled:
    """How many mails became something, and whether more may lie there; `last` is when the last one listed came."""

    taken: int
    more: bool
    last: datetime | None = None


class Handler(ABC, Generic[Read]):
    """What differs between kinds of folder; `Read` is what it makes of a mail before anything is written."""

    folder: Folder

    @abstractmethod
    def watched(self, session: Session) -> list[Watched]:
        """Return the mailboxes whose folder is watched, in the order they are polled in."""

    def ready(self, _gateway: MailGateway, _box: Watched) -> bool:
        """Tell whether new mails may be taken already."""
        return True

    def wanted(self, _session: Session, _box: Watched, refs: Sequence[MessageRef], _now: datetime) -> list[MessageRef]:
        """Return those of the new mails that are worth fetching."""
        return list(refs)

    @abstractmethod
    def read(self, contents: Sequence[bytes]) -> list[Read]:
        """Read mails, outside of any transaction; results in their order."""

    @abstractmethod
    def keep(self, session: Session, box: Watched, ref: MessageRef, content: bytes, read: Read, now: datetime) -> bool:
        """Store what a mail is to us; tells whether it became something. The same mail again changes nothing.

        `content` is a `Head` where no more of the mail can be had: only a person may say what it is.
        """

    def committed(self, gateway: MailGateway, box: Watched, now: datetime) -> None:
        """Do what may be done once all is stored."""


Fetched = tuple[MessageRef, bytes]


def poll(engine: Engine, gateway: MailGateway, handler: Handler[Read], box: Watched, *, now: datetime) -> Polled:
    """Take what is new in one folder, some megabytes at a time.

    Raises:
        ConnectorError: the mailbox fails for the moment; what came before is stored, and the rest comes next time.
    """
    with database.read(engine) as session:
        row = session.get(MailboxCursor, (box.address, handler.folder))
        cursor = row.cursor if row else None
        place = chosen_folders.place(session, box.address, handler.folder)
    batch = gateway.new_messages(box.address, cursor, folder=handler.folder, limit=BATCH)
    if batch.messages and not handler.ready(gateway, box):
        return Polled(0, more=False)
    taken = take(engine, gateway, handler, box, batch.messages, now) if batch.messages else 0
    if batch.cursor != cursor:
        with database.write(engine) as session:
            # Somebody may have chosen another folder meanwhile: a cursor of this one would be read on in that one.
            if chosen_folders.place(session, box.address, handler.folder) == place:
                session.merge(MailboxCursor(address=box.address, folder=handler.folder, cursor=batch.cursor))
    handler.committed(gateway, box, now)
    last = batch.messages[-1].received_at if batch.messages else None
    return Polled(taken, more=len(batch.messages) >= BATCH, last=last)


def take(
    engine: Engine,
    gateway: MailGateway,
    handler: Handler[Read],
    box: Watched,
    refs: Sequence[MessageRef],
    now: datetime,
) -> int:
    """Take those of a folder's mails that are not kept yet. Return how many became something.

    Raises:
        ConnectorError: the mailbox fails for the moment; what came before is stored.
    """
    with database.read(engine) as session:
        wanted = handler.wanted(session, box, refs, now)
    taken = 0
    for portion in _portions(engine, gateway, handler.folder, box.address, wanted, now):
        taken += _keep(engine, handler, box, portion, now)
    return taken


def _portions(
    engine: Engine, gateway: MailGateway, folder: Folder, address: str, refs: Sequence[MessageRef], now: datetime
) -> Iterator[list[Fetched]]:
    """Contents, at most `PORTION` bytes or one mail at a time.

    Of a mail that cannot be exported it is its `Head`; another that can never be fetched is left where it lies.
    """
    portion: list[Fetched] = []
    for ref in refs:
        try:
            content = gateway.raw(address, ref.key, folder=folder)
        except MailNotExported as error:
            log.warning("mail_not_exported", mailbox=address, key=ref.key, error=faults.message(error))
            content = Head(error.head)
        except ConnectorError as error:
            if error.retryable:
                if portion:
                    yield portion
                raise
            log.error("mail_not_fetched", mailbox=address, key=ref.key, error=str(error))
            left = MailNotFetched(mailbox=address, key=ref.key, error=faults.message(error)[:300])
            with database.write(engine) as session:
                events.record(session, left, by=ROBOT, now=now)
            continue
        portion.append((ref, content))
        if sum(len(each) for _, each in portion) > PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _keep(engine: Engine, handler: Handler[Read], box: Watched, portion: list[Fetched], now: datetime) -> int:
    """Keep a portion in one go; where a mail breaks that, each by itself. Returns how many became something."""
    try:
        read = handler.read([bytes(content) for _, content in portion])
        with database.portion(engine) as session:
            return sum(
                handler.keep(session, box, ref, content, each, now)
                for (ref, content), each in zip(portion, read, strict=True)
            )
    except apart.PASSING:
        raise
    except Exception as error:  # noqa: BLE001 - one of them is to blame, and is found below
        log.warning("portion_not_kept", mailbox=box.address, error=faults.name(error))
    taken = 0
    for ref, content in portion:
        with apart.apart(engine, box.address, ref.key, now=now):
            (each,) = handler.read([bytes(content)])
            with database.write(engine) as session:
                taken += handler.keep(session, box, ref, content, each, now)
    return taken
