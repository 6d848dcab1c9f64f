"""Write down how each mailbox that is watched stands, for those who look after the robot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.models.unit import MailboxState


@dataclass(frozen=True, slots=True)
class State:
    """When a mailbox was last seen, and what keeps it from being seen now."""

    seen_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    error: str = ""
    next_try_at: datetime | None = None


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
    gone = rows.keys() - states.keys()
    if gone:
        session.execute(delete(MailboxState).where(MailboxState.address.in_(gone)))
