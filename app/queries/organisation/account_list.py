"""The people with access. Everybody with an account is listed, and how they stand."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.models.account import Account
from app.models.presence import Presence
from app.models.unit import Unit
from app.models.user_session import UserSession


class Access(StrEnum):
    OPEN = "open"
    INVITED = "invited"
    """Has a link to choose a password and has not used it."""
    LAPSED = "lapsed"
    """Had a link, and it is too old."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A person with an account. `absent_since` is empty unless they are away today."""

    id: int
    name: str
    email: str
    role: Role
    unit_id: int | None
    unit: str
    access: Access
    elsewhere: bool
    """Signs in at the identity provider, whose groups give role and unit."""
    second_factor: bool
    seen_at: datetime | None
    sessions: int
    absent_since: datetime | None
    absent_until: date | None


def people(session: Session, today: date, *, now: datetime) -> list[AccountRow]:
    """Return everybody with an account, by name. Closed accounts come last."""
    return sorted(_people(session, today, now), key=lambda each: (each.access is Access.CLOSED, each.name.casefold()))


def person(session: Session, account_id: int, today: date, *, now: datetime) -> AccountRow | None:
    return next(iter(_people(session, today, now, account_id)), None)


def _people(session: Session, today: date, now: datetime, account_id: int | None = None) -> list[AccountRow]:
    latest = func.max(UserSession.seen_at).label("seen_at")
    opened = (
        select(UserSession.account_id, func.count().label("count"), latest).group_by(UserSession.account_id).subquery()
    )
    query = (
        select(Account, Unit.name, Presence, func.coalesce(opened.c.count, 0), opened.c.seen_at)
        .outerjoin(Unit, Unit.id == Account.unit_id)
        .outerjoin(Presence, Presence.account_id == Account.id)
        .outerjoin(opened, opened.c.account_id == Account.id)
    )
    if account_id is not None:
        query = query.where(Account.id == account_id)
    return [
        _person(account, unit, presence, count, seen_at or account.seen_at, today, now)
        for account, unit, presence, count, seen_at in session.execute(query)
    ]


def _person(
    account: Account,
    unit: str | None,
    presence: Presence | None,
    sessions: int,
    seen_at: datetime | None,
    today: date,
    now: datetime,
) -> AccountRow:
    until = presence.absent_until if presence else None
    away = presence is not None and presence.is_away(today)
    return AccountRow(
        id=account.id,
        name=account.name,
        email=account.email,
        role=account.role,
        unit_id=account.unit_id,
        unit=unit or "",
        access=_access(account, now),
        elsewhere=account.issuer is not None,
        second_factor=account.factor_secret is not None,
        seen_at=seen_at,
        sessions=sessions,
        absent_since=presence.absent_since if presence and away else None,
        absent_until=until if away else None,
    )


def _access(account: Account, now: datetime) -> Access:
    if not account.active:
        return Access.CLOSED
    if account.password_hash or account.invited_until is None:
        return Access.OPEN
    return Access.INVITED if account.invited_until > now else Access.LAPSED
