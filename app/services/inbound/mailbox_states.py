"""Write down how each mailbox that is watched stands, for those who look after the robot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.events.inbound import MailboxPaused, MailboxResumed
from app.errors import NotFoundError
from app.models.unit import Mailbox, MailboxState, Unit
from app.services.platform import events


@dataclass(frozen=True, slots=True)
class State:
    """When a mailbox was last seen, and what keeps it from being seen now."""

    seen_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str = ""
    next_try_at: datetime | None = None
    behind_since: datetime | None = None


def save(session: Session, states: Mapping[str, State]) -> None:
    """Keep the states of the mailboxes that are watched, and of no others."""
    rows = {row.address: row for row in session.scalars(select(MailboxState))}
    for address, state in states.items():
        row = rows.get(address)
        if row is None:
            row = MailboxState(address=address)
            session.add(row)
        # What an earlier process saw still holds until this one has looked itself.
        row.seen_at = state.seen_at or row.seen_at
        row.failing_since, row.failures = state.failing_since, state.failures
        row.error, row.next_try_at = state.error, state.next_try_at
        row.behind_since = row.behind_since if state.failing_since else state.behind_since
    gone = rows.keys() - states.keys()
    if gone:
        session.execute(delete(MailboxState).where(MailboxState.address.in_(gone)))


def paused(session: Session) -> set[str]:
    """Return the mailboxes that somebody has left alone."""
    return set(session.scalars(select(MailboxState.address).where(MailboxState.paused_at.is_not(None))))


def pause(session: Session, address: str, *, by: Actor, now: datetime) -> None:
    """Have a mailbox left alone until somebody resumes it. What comes meanwhile lies there. Twice is once.

    Raises:
        NotFoundError: there is no such mailbox.
    """
    row = _row(session, address)
    if row.paused_at is None:
        row.paused_at, row.paused_by = now, by.email
        events.record(session, MailboxPaused(mailbox=address), by=by, now=now)


def resume(session: Session, address: str, *, by: Actor, now: datetime) -> None:
    """Have a mailbox read again, from where it was left.

    Raises:
        NotFoundError: there is no such mailbox.
    """
    row = _row(session, address)
    if row.paused_at is not None:
        row.paused_at = row.paused_by = None
        events.record(session, MailboxResumed(mailbox=address), by=by, now=now)


def _row(session: Session, address: str) -> MailboxState:
    row = session.get(MailboxState, address)
    if row is not None:
        return row
    if not any(session.scalar(select(kind.id).where(kind.address == address)) for kind in (Mailbox, Unit)):
        raise NotFoundError
    row = MailboxState(address=address)
    session.add(row)
    return row
