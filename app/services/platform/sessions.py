"""Sign-ins: begun, looked up at every request, and ended.

They live in the database, so that a copied cookie opens nothing after the end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

from app import database
from app.errors import RefusedError
from app.models.account import Account
from app.models.user_session import UserSession
from app.services.platform import random_keys

IDLE, LONGEST = timedelta(minutes=60), timedelta(hours=10)
"""Without a person's doing anything, and in all."""
RENEWED = timedelta(minutes=1)
"""That somebody is still there is written down no oftener than this."""


@dataclass(frozen=True, slots=True)
class Device:
    """The device of a sign-in. Network address and kind of browser."""

    source: str
    browser: str


def begin(
    session: Session,
    account: Account,
    device: Device,
    *,
    method: str,
    now: datetime,
    provider_session: str = "",
    provider_token: str = "",
) -> str:
    """Sign somebody in and return their browser's key. Sign-ins that are over are cleared away.

    `account` is as it was when they showed who they are: a password that was changed meanwhile opens nothing.

    Raises:
        RefusedError: the account is closed, or is opened otherwise by now.
    """
    if _way_in(session.get_one(Account, account.id)) != _way_in(account):
        raise RefusedError("sign_in_over")
    _end(session, _over(now))
    key = random_keys.make()
    session.add(
        UserSession(
            key_hash=random_keys.hashed(key),
            account_id=account.id,
            method=method,
            created_at=now,
            seen_at=now,
            source=device.source,
            browser=device.browser,
            provider_session=provider_session,
            provider_token=provider_token,
        )
    )
    session.get_one(Account, account.id).seen_at = now
    session.flush()
    return key


def find(engine: Engine, key: str, *, now: datetime, by_hand: bool) -> UserSession | None:
    """Return the sign-in that a key opens. None where it has ended; `by_hand` keeps it alive.

    A request that a page makes by itself keeps nothing alive: a screen that nobody sits at would never be signed out.
    """
    with database.read(engine) as session:
        query = select(UserSession).join(Account).where(UserSession.key_hash == random_keys.hashed(key), Account.active)
        found = session.scalars(query.where(~_over(now))).first()
    if found is not None and by_hand and found.seen_at < now - RENEWED:
        with database.write(engine) as session:
            _renew(session, found.id, now)
    return found


def end(session: Session, session_id: int, account_id: int) -> bool:
    """End one sign-in of an account. Return whether there was one."""
    return _end(session, (UserSession.id == session_id) & (UserSession.account_id == account_id)) > 0


def end_all(session: Session, account_id: int, *, but: int | None = None) -> int:
    """End all sign-ins of an account, but one if given. Return how many there were."""
    return _end(session, (UserSession.account_id == account_id) & (UserSession.id != (but or 0)))


def open_ones(session: Session, account_id: int, *, now: datetime) -> list[UserSession]:
    """Return an account's open sign-ins, the latest used first."""
    query = select(UserSession).where(UserSession.account_id == account_id, ~_over(now))
    return list(session.scalars(query.order_by(UserSession.seen_at.desc(), UserSession.id.desc())))


def _renew(session: Session, session_id: int, now: datetime) -> None:
    row = session.get(UserSession, session_id)
    if row is not None:  # ended in the meantime
        row.seen_at = now


def _end(session: Session, which: ColumnElement[bool]) -> int:
    """Delete sign-ins and keep their people's last-seen time. Return how many there were."""
    rows = session.scalars(select(UserSession).where(which).order_by(UserSession.seen_at)).all()
    for row in rows:
        row.account.seen_at = max(row.account.seen_at or row.seen_at, row.seen_at)
        session.delete(row)
    session.flush()
    return len(rows)


def _way_in(account: Account) -> tuple[object, ...]:
    return account.active, account.password_hash, account.factor_secret, account.issuer, account.subject


def _over(now: datetime) -> ColumnElement[bool]:
    return (UserSession.seen_at <= now - IDLE) | (UserSession.created_at <= now - LONGEST)
