"""Import of labelled history.

Each mail is predicted, then its label is learned, so that it teaches and is evidence at once.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import deadlines, forwarded
from app.domain.actor import Actor
from app.domain.enquiry import LabelSource, State
from app.models.enquiry import Enquiry, RawMail
from app.models.label import Label
from app.models.unit import Mailbox
from app.services.inbound import intake
from app.services.learning.ranking import example_of
from app.services.platform import settings
from connectors.mail.message import ParsedMail
from connectors.mail.reading.parser import MailParser
from learning.example import is_outside

if TYPE_CHECKING:
    from app.services.learning.learner import Learner

BATCH = 20
FOLDER = "history"


@dataclass(frozen=True, slots=True)
class PastMail:
    """A mail whose unit is known. `key` tells it from every other, so that a second import adds nothing."""

    key: str
    mailbox: str
    raw: bytes
    unit_id: int
    received_at: datetime


def teach(
    engine: Engine,
    parser: MailParser,
    learner: "Learner",
    mails: Iterable[PastMail],
    *,
    by: Actor,
    now: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Learn from past mails in order. Mails that cannot be read are left out. Return how many were learned."""
    learned = done = 0
    for batch in _batches(iter(mails)):
        new = unknown(engine, batch)
        results = parser.parse_many([mail.raw for mail in new])
        with database.write(engine) as session:
            for mail, parsed in zip(new, results, strict=True):
                if isinstance(parsed, ParsedMail):
                    label(session, learner, mail, parsed, by)
                    learned += 1
        learner.catch_up(now=now)
        done += len(batch)
        progress(done)
    return learned


def _batches(mails: Iterator[PastMail]) -> Iterator[list[PastMail]]:
    while batch := list(islice(mails, BATCH)):
        yield batch


def unknown(engine: Engine, batch: Sequence[PastMail]) -> list[PastMail]:
    """Return the mails not imported before, each once. Asked before reading, which is what takes the time."""
    keys = {mail.key: mail for mail in reversed(batch)}
    with database.read(engine) as session:
        addresses = {*session.scalars(select(Mailbox.address)), *(mail.mailbox for mail in batch)}
        known = select(RawMail.key).where(
            RawMail.address.in_(addresses), RawMail.folder == FOLDER, RawMail.key.in_(keys)
        )
        kept = set(session.scalars(known))
    return [mail for mail in batch if keys.get(mail.key) is mail and mail.key not in kept]


def label(session: Session, learner: "Learner", mail: PastMail, parsed: ParsedMail, by: Actor) -> None:
    """Keep a past mail as an enquiry that is closed, predict it, and label it. The caller has the learner catch up."""
    enquiry = _enquiry(session, mail, parsed)
    ranking, _ = learner.rank(example_of(enquiry), settings.get(session, settings.STRANGERS))
    first = next(iter(ranking.all), None)
    elsewhere = first is not None and is_outside(first.unit)
    made = Label(
        enquiry_id=enquiry.id,
        unit_id=mail.unit_id,
        source=LabelSource.HISTORY,
        by=by.email,
        at=mail.received_at,
        suggested_unit_id=int(first.unit) if first and not elsewhere else None,
        suggested_outside=first.unit if first and elsewhere else None,
        suggested_confidence=first.confidence if first else None,
    )
    session.add(made)


def _enquiry(session: Session, mail: PastMail, parsed: ParsedMail) -> Enquiry:
    raw = RawMail(
        address=mail.mailbox,
        folder=FOLDER,
        key=mail.key,
        sha256=hashlib.sha256(mail.raw).hexdigest(),
        size=len(mail.raw),
        content=mail.raw,
        received_at=mail.received_at,
        taken_at=mail.received_at,
    )
    session.add(raw)
    session.flush()
    enquiry = Enquiry(
        raw_mail_id=raw.id,
        mailbox=mail.mailbox,
        received_at=mail.received_at,
        unit_id=mail.unit_id,
        due_on=deadlines.due_on(mail.received_at),
        state=State.CLOSED,
        imported=True,
        closed_at=mail.received_at,
    )
    session.add(enquiry)
    session.flush()
    intake.fill_in(session, enquiry, parsed, None, forwarded.passed_on(parsed.subject, parsed.text))
    return enquiry
