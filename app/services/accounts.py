"""Local accounts: signing in, with a brake on guessing."""

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.errors import RefusedError
from app.models.account import Account
from app.models.event import Event
from app.services import events

ATTEMPTS, WINDOW = 5, timedelta(seconds=60)
_hasher = PasswordHasher()
_DECOY = _hasher.hash("nobody has this password")


def create(
    session: Session, *, email: str, name: str, role: Role, password: str, unit_id: int | None = None
) -> Account:
    account = Account(email=email.lower(), name=name, role=role, unit_id=unit_id, password_hash=_hasher.hash(password))
    session.add(account)
    session.flush()
    return account


def authenticate(session: Session, email: str, password: str, *, now: datetime) -> Account | None:
    """The account, or None; both answers take about the same time.

    Raises:
        RefusedError: too many failures for this address within a minute.
    """
    email = email.strip().lower()[:320]
    failures = select(func.count(Event.id)).where(
        Event.kind == "login_failed", Event.by == email, Event.at > now - WINDOW
    )
    if (session.scalar(failures) or 0) >= ATTEMPTS:
        raise RefusedError("too_many_attempts")
    account = session.scalars(select(Account).where(Account.email == email, Account.active)).first()
    right = _verify(account.password_hash if account else _DECOY, password) and account is not None
    events.record(session, "logged_in" if right else "login_failed", by=email, now=now)
    return account if right else None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (Argon2Error, InvalidHashError):
        return False
