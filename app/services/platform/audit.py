"""Checks of the audit log.

Three things are checked: the chain, the heads that were written down elsewhere, and the triggers that protect the log.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import audit_chain, deadlines, journaling
from app.domain.notices import Letter
from app.models.event import Event
from app.queries.platform.house_address import house_address
from app.services.platform import sending, sending_attempts, settings
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Outgoing
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.mime import parse

PORTION = 1000
BACK = timedelta(hours=1)
"""Rows come in the order of their transactions, whose clocks were read a little earlier."""
HISTORY = "history"
"""Who writes of the past on purpose: the milestones of the invented municipality."""
HEAD = re.compile(r"(\d{4}-\d\d-\d\dT[\d:+.Z-]+)[\s>]+(\d{1,19})[\s>]+(\w+)", re.ASCII)
SOFT_BREAK = re.compile(rb"=\r?\n")
"""Where a mail's quoted-printable broke a line."""
LETTER = """\
Hændelsesloggens kontrolsum den {day}:

{head}

Gem mailen et sted, hvor den, der passer Sluse, ikke kan ændre den. Linjen viser, om loggen senere er ændret: læg den i en
fil, og kør sluse verify-audit --heads FIL.
"""


class Why(StrEnum):
    CHANGED = "it, or the row before it, was changed"
    MISSING = "it is missing"
    UNCHAINED = "it was not written by Sluse: it has no hash"
    OUT_OF_ORDER = "it is dated back before the row before it"
    NOT_AS_WRITTEN = "its hash is not the one that was written down: it, or an earlier row, was made anew"
    CUT = "the log's end is cut off: it was written down, and is gone"


@dataclass(frozen=True, slots=True)
class Break:
    """The first row at which the log was changed."""

    number: int
    why: Why


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row of the log at a moment. Its hash covers all rows before it."""

    at: str
    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.at} {self.number} {self.hash}"


def first_break(session: Session, heads: Iterable[Head] = ()) -> Break | None:
    """Walk the whole log and return its first break. None: it is whole."""
    written = {head.number: head.hash for head in heads}
    before, last, newest = audit_chain.START, 0, datetime.min.replace(tzinfo=UTC)
    query = select(Event.id, Event.at, Event.by, Event.kind, Event.enquiry_id, Event.data, Event.hash)
    with session.execute(query.order_by(Event.id).execution_options(yield_per=PORTION)) as rows:
        for row in rows:
            if row.id != last + 1:
                return Break(last + 1, Why.MISSING)
            if row.hash != audit_chain.link(before, row.id, row.at, row.by, row.kind, row.enquiry_id, row.data):
                return Break(row.id, Why.CHANGED if row.hash else Why.UNCHAINED)
            if row.id in written and written[row.id] != row.hash:
                return Break(row.id, Why.NOT_AS_WRITTEN)
            if row.at + BACK < newest and row.by != HISTORY:
                return Break(row.id, Why.OUT_OF_ORDER)
            before, last, newest = row.hash, row.id, max(newest, row.at)
    return Break(last + 1, Why.CUT) if max(written, default=0) > last else None


def head(session: Session, now: datetime) -> Head | None:
    """Return the newest row of the log."""
    row = session.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).first()
    return Head(now.astimezone(deadlines.COPENHAGEN).isoformat(timespec="seconds"), row.id, row.hash) if row else None


def read_heads(file: Path) -> list[Head]:
    """Read the heads that were written down, in their order. A line that is no head is passed over.

    The file may be ours, a mail or a mailbox saved as it came, or lines copied from one, quoted or broken.
    """
    if not file.exists():
        return []
    content = file.read_bytes()
    texts = (SOFT_BREAK.sub(b"", content).decode("ascii", "replace"), _text_of_mail(content))
    found = (match for text in texts for match in HEAD.finditer(text))
    return list(dict.fromkeys(Head(match[1], int(match[2]), match[3].lower()) for match in found))


def _text_of_mail(content: bytes) -> str:
    try:
        return parse(content).text
    except MailUnreadable:
        return ""


def write_head(engine: Engine, file: Path, now: datetime) -> Head | None:
    """Append the log's head to a file, once a day. Return the head where it was written now, else None."""
    with database.read(engine) as session:
        found = head(session, now)
    known = read_heads(file)
    if found is None or (known and known[-1].at[:10] == found.at[:10]):
        return None
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="ascii") as out:
        out.write(f"{found}\n")
        out.flush()
        os.fsync(out.fileno())
    return found


def mail_head(engine: Engine, gateway: MailGateway, found: Head, *, to: str, secret: str, now: datetime) -> bool:
    """Send a head to somebody who keeps it out of reach of whoever runs the house; return whether it could be sent."""
    with database.read(engine) as session:
        sender = house_address(session)
    if not sender:
        return False
    day = found.at[:10]
    message = Outgoing(
        message_id=journaling.message_id(f"audit-head:{day}", secret),
        sender=sender,
        recipient=to,
        subject=f"Hændelsesloggens kontrolsum {day}",
        text=LETTER.format(day=day, head=found),
    )
    return sending.send_in_round(engine, gateway, message, Letter.AUDIT_HEAD, now=now)


def keep_head(engine: Engine, gateway: MailGateway, file: Path, *, to: str, secret: str, now: datetime) -> None:
    """Write the day's head down, and mail it where somebody asked for it: tried again until it could be sent."""
    write_head(engine, file, now)
    heads = read_heads(file)
    if not (to and heads):
        return
    day = heads[-1].at[:10]
    with database.read(engine) as session:
        mailed = settings.get(session, settings.HEAD_MAILED_ON) == day
    if mailed:
        return
    with database.write(engine) as session:
        sending_attempts.begin_round(session, Letter.AUDIT_HEAD, deadlines.begin_of(date.fromisoformat(day)))
    if mail_head(engine, gateway, heads[-1], to=to, secret=secret, now=now):
        with database.write(engine) as session:
            settings.put(session, settings.HEAD_MAILED_ON, day)
