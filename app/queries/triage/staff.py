"""The people in triage. At work, away, or not seen."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access import SEES_ALL, Role
from app.models.account import Account
from app.models.presence import Claim, Presence


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person in triage.

    `absent_since` is empty unless they are away today; `holds` counts the mails before them now.
    """

    id: int
    name: str
    role: Role
    at_work: bool
    seen_at: datetime | None
    absent_since: datetime | None
    absent_until: date | None
    holds: int


def people(session: Session, today: date, *, now: datetime, quiet: timedelta) -> list[StaffMember]:
    """Return everybody who may decide in triage. Visitators first, then by name."""
    held = select(func.count(Claim.enquiry_id)).where(Claim.account_id == Account.id, Claim.seen_at > now - quiet)
    query = (
        select(Account, Presence, held.scalar_subquery())
        .outerjoin(Presence, Presence.account_id == Account.id)
        .where(Account.active, Account.role.in_(SEES_ALL))
        .order_by(Account.role != Role.VISITATOR, Account.name)
    )
    return [
        _person(account, presence, holds, today, now - quiet) for account, presence, holds in session.execute(query)
    ]


def _person(account: Account, presence: Presence | None, holds: int, today: date, since: datetime) -> StaffMember:
    seen = presence.seen_at if presence else None
    until = presence.absent_until if presence else None
    away = presence is not None and presence.is_away(today)
    return StaffMember(
        id=account.id,
        name=account.name,
        role=account.role,
        at_work=seen is not None and seen > since and not away,
        seen_at=seen,
        absent_since=presence.absent_since if presence and away else None,
        absent_until=until if away else None,
        holds=holds,
    )
