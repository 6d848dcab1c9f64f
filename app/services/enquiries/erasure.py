"""Erasure of a person, from search to certificate.

First look, then decide what to do with each mail, then erase everywhere that can be reached, and certify it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, String, cast, func, or_, select
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import Actor
from app.domain.events.enquiries import EnquiryErased
from app.errors import NotFoundError, RefusedError
from app.models.enquiry import Enquiry, RawMail
from app.models.erasure import Erasure
from app.models.event import Event
from app.services.enquiries import cleaning, copies, erasing, mentions
from app.services.enquiries.copies import Copy, Traces
from app.services.enquiries.erasing import FoundMails
from app.services.enquiries.mentions import Mention
from app.services.enquiries.person import PersonSearch
from connectors.mail.gateway import MailGateway
from connectors.mail.reading.parser import MailParser

CLEANING_TRIES = 5


class Choice(StrEnum):
    """The treatment of somebody else's mail naming the person."""

    MASK = "mask"
    ERASE = "erase"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Look:
    """The findings about a person, before anything is done."""

    person: PersonSearch
    own: list[FoundMails]
    mentioned: list[Mention]
    traces: Traces
    """Of the person's own mails."""
    copies: list[Copy]
    unreachable: list[str]
    log_rows: int
    """Rows of the audit log that name the person; it cannot be changed."""

    @property
    def found(self) -> bool:
        return bool(self.own or self.mentioned)

    @property
    def summary(self) -> list[dict[str, Any]]:
        return copies.summary(self.copies, copies.remove_none())


def look(engine: Engine, gateway: MailGateway, person: PersonSearch, *, secret: str) -> Look:
    """Find a person's mails, mentions and copies. Mentions are in others' mails. Nothing is changed."""
    with database.read(engine) as session:
        own = erasing.find(session, person.address)
        mine = [each.id for each in own]
        mentioned = mentions.find(session, person, but=mine)
        known = copies.traces(session, mine, secret=secret)
        rows = _log_rows(session, person)
    found, unreachable = copies.find(gateway, known)
    return Look(person, own, mentioned, known, found, unreachable, rows)


def carry_out(
    engine: Engine,
    gateway: MailGateway,
    parser: MailParser,
    person: PersonSearch,
    *,
    choices: Mapping[int, Choice],
    from_mailboxes: bool,
    secret: str,
    by: Actor,
    now: datetime,
) -> int:
    """Erase a person's mails and return the certificate's number. Other people's mails are treated as chosen.

    The mailboxes come first: should the rest fail, everything is found once more and done again. Mails without a choice
    are masked.

    Raises:
        NotFoundError: there is nothing of the person.
        RefusedError: a mail that would be erased is still to be answered.
    """
    found = look(engine, gateway, person, secret=secret)
    chosen = {each.mail.id: choices.get(each.mail.id, Choice.MASK) for each in found.mentioned}
    masked = [number for number, choice in chosen.items() if choice is Choice.MASK]
    erased = [*found.own, *(each.mail for each in found.mentioned if chosen[each.mail.id] is Choice.ERASE)]
    if not erased and not masked:
        raise NotFoundError
    if waiting := [each.id for each in erased if not each.done]:
        raise RefusedError("erase_open", enquiries=waiting)
    ids = [each.id for each in erased]
    with database.read(engine) as session:
        known = copies.traces(session, ids, secret=secret)
        theirs = copies.traces(session, masked, secret=secret)
    lie, unreachable = copies.find(gateway, known)
    others = len(copies.find(gateway, theirs)[0])
    gone = copies.remove(gateway, lie) if from_mailboxes else copies.remove_none()
    raws = mentions.rewritten(engine, parser, masked, person)
    with database.write(engine) as session:
        row = Erasure(
            at=now,
            by=by.email,
            found_by=person.found_by,
            digest=_digest(session, ids),
            copies=copies.summary(lie, gone),
            counts={},
        )
        session.add(row)
        session.flush()
        left = {
            "documents": known.documents,
            "cases": known.cases,
            "deadlines": known.deadlines,
            "log_rows": found.log_rows,
            "masked_copies": others,
            "unreachable": len(unreachable),
        }
        row.counts = erasing.count(session, ids) | left | {"masked": len(masked)}
        event = EnquiryErased(erasure=row.id, counts=row.counts)
        erasing.erase_mails(session, ids, person.address, by=by, now=now, erased=event)
        mentions.mask(session, masked, raws, person, by=by, now=now, erasure=row.id)
        number = row.id
    cleaning.go_on(engine, now=now, tries=CLEANING_TRIES)
    return number


def _digest(session: Session, enquiry_ids: list[int]) -> str:
    """Return one digest for the set of mails.

    A holder of the mails can show that they were these; nobody can read them from it.
    """
    query = select(Enquiry.id, RawMail.sha256).join(RawMail, RawMail.id == Enquiry.raw_mail_id)
    rows = session.execute(query.where(Enquiry.id.in_(enquiry_ids)).order_by(Enquiry.id))
    return hashlib.sha256("\n".join(f"{number} {digest}" for number, digest in rows).encode()).hexdigest()


def _log_rows(session: Session, person: PersonSearch) -> int:
    """Count the log's rows that name the person. People typed that before identities were kept out of it."""
    forms = [person.address] if person.address else []
    if person.number:
        forms += [person.number, f"{person.number[:6]}-{person.number[6:]}"]
    data = func.lower(cast(Event.data, String))
    named = [data.contains(form, autoescape=True) for form in forms]
    return session.scalar(select(func.count(Event.id)).where(or_(*named))) or 0
