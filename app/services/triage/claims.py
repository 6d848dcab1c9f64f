"""Claims: a person has a mail, nobody else decides it.

A claim ends by itself when its holder is not seen for a while.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain import undo
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events.triage import ClaimTakenOver
from app.errors import HeldError, NotFoundError
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.presence import Claim
from app.services.platform import events, settings

LATEST = 50
"""Of somebody's events so many are looked through for a decision."""


def claim_timeout(session: Session) -> timedelta:
    """Return how long a silent holder keeps a claim."""
    return timedelta(minutes=settings.get(session, settings.QUIET_MINUTES))


def standing(session: Session, enquiry_id: int, *, now: datetime) -> Claim | None:
    """Return the claim on a mail, if it still counts. Its holder must have been seen lately."""
    claim = session.get(Claim, enquiry_id)
    return claim if claim is not None and claim.seen_at > now - claim_timeout(session) else None


def other(session: Session, enquiry_id: int, *, by: Actor, now: datetime) -> Account | None:
    """Return the other person who has claimed a mail."""
    claim = standing(session, enquiry_id, now=now)
    return claim.account if claim is not None and claim.account_id != by.account_id else None


def hold(session: Session, enquiry: Enquiry, *, by: Actor, now: datetime) -> Account | None:
    """Claim a mail that waits for a decision. Return the other person who has it, where there is one."""
    claim = standing(session, enquiry.id, now=now)
    if claim is not None:
        return claim.account if claim.account_id != by.account_id else None
    if enquiry.state is State.TRIAGE and enquiry.owner_id in (None, by.account_id):
        session.merge(Claim(enquiry_id=enquiry.id, account_id=by.account_id, at=now, seen_at=now))
        session.flush()
    return None


def deciding(session: Session, account: Account, *, now: datetime) -> bool:
    """Tell whether somebody has decided lately.

    While a person only looks, the only mail kept from others is the one on their screen.
    """
    latest = select(Event.kind, Event.at).where(Event.by == account.email).order_by(Event.id.desc()).limit(LATEST)
    since = now - claim_timeout(session)
    return any(kind in undo.KINDS and at > since for kind, at in session.execute(latest))


def keep_only(session: Session, enquiry_ids: Collection[int], *, by: Actor) -> None:
    """Let go of all this person's mails but these."""
    held = select(Claim.enquiry_id).where(Claim.account_id == by.account_id, Claim.enquiry_id.not_in(enquiry_ids))
    if session.scalars(held).first() is not None:
        session.execute(delete(Claim).where(Claim.account_id == by.account_id, Claim.enquiry_id.not_in(enquiry_ids)))


def release(session: Session, enquiry_id: int, *, by: Actor) -> None:
    """Let go of one mail."""
    session.execute(delete(Claim).where(Claim.enquiry_id == enquiry_id, Claim.account_id == by.account_id))


def take_over(session: Session, enquiry_id: int, *, by: Actor, now: datetime) -> None:
    """Take a mail from whoever has claimed it. The log says so.

    Raises:
        NotFoundError: there is none.
    """
    enquiry = session.get(Enquiry, enquiry_id)
    if enquiry is None:
        raise NotFoundError
    other = hold(session, enquiry, by=by, now=now)
    if other is None:
        return
    claim = session.get_one(Claim, enquiry_id)
    assert by.account_id is not None  # only people hold mails
    claim.account_id, claim.at, claim.seen_at = by.account_id, now, now
    session.flush()
    session.refresh(claim)
    events.record(session, ClaimTakenOver(account=other.email), by=by, now=now, enquiry_id=enquiry_id)


def renew(session: Session, account_id: int, *, now: datetime) -> None:
    """Renew the claims of a person who was seen."""
    session.execute(update(Claim).where(Claim.account_id == account_id).values(seen_at=now))


def decided(session: Session, enquiry_id: int, *, by: Actor, now: datetime) -> None:
    """End the claim on a mail that was decided.

    Raises:
        HeldError: somebody else has the mail before them.
    """
    claim = standing(session, enquiry_id, now=now)
    if claim is not None and claim.account_id != by.account_id:
        raise HeldError(claim.account.name)
    session.execute(delete(Claim).where(Claim.enquiry_id == enquiry_id))
