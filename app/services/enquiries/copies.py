"""Copies of a mail outside Sluse.

They are counted by looking there, and taken out of the mailboxes where somebody says so.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import journaling
from app.models.authority import Referral
from app.models.case import Acknowledgement, CaseDocument, Deadline, Forward, InterimReply, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.unit import Unit
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Copy:
    """One message in a mailbox."""

    mailbox: str
    folder: Folder
    key: str


@dataclass(frozen=True, slots=True)
class Traces:
    """The places where copies of mails may lie. The database knows of them, and of what is filed elsewhere."""

    mailboxes: frozenset[str]
    message_ids: frozenset[str]
    """Of letters that we wrote: nobody else chose them."""
    theirs: frozenset[str]
    """Of mails that others wrote. Anybody may have given another mail the same, so its bytes must be those that were kept."""
    hashes: frozenset[str]
    """SHA-256 of those bytes."""
    kept: frozenset[tuple[str, str]]
    """(mailbox, key) under which a message was taken in."""
    documents: int
    cases: int
    deadlines: int


def traces(session: Session, enquiry_ids: Collection[int], *, secret: str) -> Traces:
    """Return the places where mails and their letters went. Only places that the database knows of."""
    mine = list(session.scalars(select(Enquiry).where(Enquiry.id.in_(enquiry_ids))))
    forwards = session.execute(
        select(Forward.message_id, Unit.address)
        .join(Unit, Unit.id == Forward.unit_id)
        .where(Forward.enquiry_id.in_(enquiry_ids))
    ).all()
    replies = select(Reply.raw_mail_id).where(Reply.enquiry_id.in_(enquiry_ids))
    raws = session.execute(
        select(RawMail.address, RawMail.key, RawMail.sha256).where(
            RawMail.id.in_([each.raw_mail_id for each in mine]) | RawMail.id.in_(replies)
        )
    ).all()
    letters = [
        *session.scalars(select(Acknowledgement.message_id).where(Acknowledgement.enquiry_id.in_(enquiry_ids))),
        *session.scalars(select(InterimReply.message_id).where(InterimReply.enquiry_id.in_(enquiry_ids))),
    ]
    answers = session.scalars(
        select(Reply.message_id).where(Reply.enquiry_id.in_(enquiry_ids), Reply.message_id.is_not(None))
    )
    referred = session.scalars(select(Referral.id).where(Referral.enquiry_id.in_(enquiry_ids))).all()
    made = [f"referral:{number}{to}" for number in referred for to in ("", ":citizen")]
    for each in mine:
        drafts = range(1, each.routing_no + 1)
        made += [f"draft:{each.id}:{routing_no}{to}" for routing_no in drafts for to in ("", f":{each.citizen_key}")]
    filed = select(func.count(CaseDocument.key), func.count(CaseDocument.case_id.distinct()))
    documents, cases = session.execute(filed.where(CaseDocument.enquiry_id.in_(enquiry_ids))).one()
    deadlines = session.scalar(select(func.count()).select_from(Deadline).where(Deadline.enquiry_id.in_(enquiry_ids)))
    return Traces(
        mailboxes=frozenset(
            {*(each.mailbox for each in mine), *(to for _, to in forwards), *(each.address for each in raws)}
        ),
        message_ids=frozenset(
            {
                *(number for number, _ in forwards),
                *letters,
                *(journaling.message_id(key, secret) for key in made),
            }
        ),
        theirs=frozenset({*(each.message_id for each in mine if each.message_id), *filter(None, answers)}),
        hashes=frozenset(each.sha256 for each in raws),
        kept=frozenset((each.address, each.key) for each in raws),
        documents=documents,
        cases=cases,
        deadlines=deadlines or 0,
    )


def find(gateway: MailGateway, known: Traces) -> tuple[list[Copy], list[str]]:
    """Find copies in every folder of those mailboxes. Return them, and the mailboxes that could not be looked into."""
    found: set[Copy] = set()
    unreachable = []
    for mailbox in sorted(known.mailboxes):
        try:
            found |= set(_in_mailbox(gateway, mailbox, known))
        except ConnectorError as error:
            log.warning("copies_not_counted", mailbox=mailbox, retryable=error.retryable)
            unreachable.append(mailbox)
    return sorted(found, key=lambda copy: (copy.mailbox, copy.folder, copy.key)), unreachable


def _in_mailbox(gateway: MailGateway, mailbox: str, known: Traces) -> Iterable[Copy]:
    for folder in Folder:
        for message_id in known.message_ids:
            if key := gateway.find(mailbox, message_id, folder=folder):
                yield Copy(mailbox, folder, key)
        for message_id in known.theirs:
            key = gateway.find(mailbox, message_id, folder=folder)
            if key and _sha256(gateway, Copy(mailbox, folder, key)) in known.hashes:
                yield Copy(mailbox, folder, key)
        for address, key in known.kept:
            if address == mailbox and _sha256(gateway, Copy(mailbox, folder, key)) in known.hashes:
                yield Copy(mailbox, folder, key)


def _sha256(gateway: MailGateway, copy: Copy) -> str:
    """The hash of a message's bytes; "" where it does not lie there."""
    try:
        return hashlib.sha256(gateway.raw(copy.mailbox, copy.key, folder=copy.folder)).hexdigest()
    except ConnectorError:
        return ""


def remove(gateway: MailGateway, copies: Iterable[Copy]) -> Counter[tuple[str, str]]:
    """Delete copies for good, and count them by folder.

    The key is (mailbox, folder). One that resists stays, and is reported as left.
    """
    gone: Counter[tuple[str, str]] = Counter()
    for copy in copies:
        try:
            gateway.remove(copy.mailbox, copy.key, folder=copy.folder)
        except ConnectorError as error:
            log.warning("copy_not_removed", mailbox=copy.mailbox, folder=copy.folder, retryable=error.retryable)
        else:
            gone[copy.mailbox, copy.folder] += 1
    return gone


def remove_none() -> Counter[tuple[str, str]]:
    """Return the counts where nothing was removed."""
    return Counter()


def summary(copies: Iterable[Copy], gone: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the copies as a certificate states them. How many lay where, and how many were removed."""
    lay = Counter((copy.mailbox, copy.folder) for copy in copies)
    return [
        {"mailbox": mailbox, "folder": folder, "found": count, "removed": gone[mailbox, folder]}
        for (mailbox, folder), count in sorted(lay.items())
    ]
