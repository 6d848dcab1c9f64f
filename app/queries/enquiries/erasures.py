"""Erasures that were carried out, and their mails."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.events.enquiries import EnquiryErased
from app.errors import NotFoundError
from app.models.account import Account
from app.models.erasure import Erasure
from app.models.event import Event

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of one erasure. `who` is the administrator's name, where there still is such an account."""

    id: int
    at: datetime
    by: str
    who: str
    found_by: str
    counts: dict[str, Any]
    copies: list[Any]
    digest: str
    cleaned_at: datetime | None


@dataclass(frozen=True, slots=True)
class Erased:
    """The erasure of a mail. `number` is the certificate's, None for what was erased before there were any."""

    at: datetime
    who: str
    number: int | None


def certificate(session: Session, number: int) -> Certificate:
    """Return an erasure as it is certified.

    Raises:
        NotFoundError: there is none of that number.
    """
    row = session.get(Erasure, number)
    if row is None:
        raise NotFoundError
    return _certificate(session, row)


def latest(session: Session) -> list[Certificate]:
    """Return the latest erasures, newest first."""
    rows = session.scalars(select(Erasure).order_by(Erasure.id.desc()).limit(SHOWN))
    return [_certificate(session, row) for row in rows]


def of(session: Session, enquiry_id: int) -> Erased | None:
    """Return when and by whom an enquiry was erased. A person asked to be forgotten; None where nobody did."""
    query = select(Event).where(Event.enquiry_id == enquiry_id, Event.kind == EnquiryErased.kind)
    event = session.scalars(query.order_by(Event.id.desc()).limit(1)).first()
    return Erased(event.at, _name(session, event.by), EnquiryErased.read(event.data).erasure or None) if event else None


def _certificate(session: Session, row: Erasure) -> Certificate:
    return Certificate(
        row.id, row.at, row.by, _name(session, row.by), row.found_by, row.counts, row.copies, row.digest, row.cleaned_at
    )


def _name(session: Session, email: str) -> str:
    return session.scalar(select(Account.name).where(Account.email == email)) or email
