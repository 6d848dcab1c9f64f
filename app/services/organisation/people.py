"""People's access: given, changed, and taken away. Each change stands in the log and holds at once."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.events.organisation import (
    AccountChanged,
    AccountClosed,
    AccountCreated,
    AccountInvited,
    AccountReopened,
    PasswordChanged,
    SessionsEnded,
)
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.assignment import Assignment
from app.models.unit import Unit
from app.services.platform import accounts, events, passwords, random_keys, sessions
from app.services.triage import queue_shares

INVITED_DAYS = 7
INVITED = timedelta(days=INVITED_DAYS)
"""How long a link to choose a password is good for; it is good once."""


def invite(
    session: Session, *, email: str, name: str, role: Role, unit_id: int | None, by: Actor, now: datetime
) -> tuple[Account, str]:
    """Make an account, and return it with its link's key. By the link the person chooses a password.

    Raises:
        RefusedError: name, address or unit is missing or wrong, or the address has an account.
    """
    email, name = accounts.checked(email, name)
    if session.scalar(select(Account.id).where(Account.email == email)) is not None:
        raise RefusedError("account_exists")
    unit_id = _unit(session, role, unit_id)
    account = Account(email=email, name=name, role=role, unit_id=unit_id, password_hash="")
    session.add(account)
    session.flush()
    events.record(session, AccountCreated(account=email, role=role, unit_id=unit_id), by=by, now=now)
    return account, _invitation(account, now)


def invite_again(session: Session, account_id: int, *, by: Actor, now: datetime) -> tuple[Account, str]:
    """Make another link for an account. The first, or the password, was lost; an earlier link is dead.

    Raises:
        NotFoundError: there is no such account, or it is closed.
        RefusedError: they sign in at the identity provider, and have no password here.
    """
    account = _open(session, account_id)
    if account.issuer is not None:
        raise RefusedError("account_elsewhere")
    events.record(session, AccountInvited(account=account.email), by=by, now=now)
    return account, _invitation(account, now)


def invited(session: Session, key: str, *, now: datetime) -> Account:
    """Return whose link it is.

    Raises:
        NotFoundError: nobody's, or it was used, or it is too old.
    """
    query = select(Account).where(
        Account.invitation_hash == random_keys.hashed(key),
        Account.active,
        Account.issuer.is_(None),
        Account.invited_until > now,
    )
    found = session.scalars(query).first()
    if found is None:
        raise NotFoundError
    return found


def accept(engine: Engine, key: str, password: str, *, now: datetime) -> None:
    """Set a password by an invitation's link.

    The link is used up, and whoever was signed in as this person is signed out.

    Raises:
        NotFoundError: the link is nobody's, used or too old.
        RefusedError: the password is too weak.
    """
    with database.read(engine) as session:
        known = invited(session, key, now=now)
    passwords.refuse_weak(password, known.email, known.name)
    password_hash = passwords.hashed(password)
    with database.write(engine) as session:
        account = invited(session, key, now=now)
        _set_password(session, account, password_hash, by=account.actor, now=now)


def change_password(engine: Engine, account_id: int, password: str, *, session_id: int, now: datetime) -> None:
    """Change the password of a signed-in person. They have just shown the old one; their other sign-ins end.

    Raises:
        RefusedError: the password is too weak.
    """
    with database.read(engine) as session:
        known = session.get_one(Account, account_id)
    passwords.refuse_weak(password, known.email, known.name)
    password_hash = passwords.hashed(password)
    with database.write(engine) as session:
        account = _open(session, account_id)
        _set_password(session, account, password_hash, by=account.actor, now=now, but=session_id)


def change(
    session: Session, account_id: int, *, name: str, role: Role, unit_id: int | None, by: Actor, now: datetime
) -> Account:
    """Change somebody's name, role or unit. With another role or unit they sign in anew.

    Raises:
        NotFoundError: there is no such account, or it is closed.
        RefusedError: the unit is missing or closed, or nobody would be left who administers.
    """
    account, unit_id = _open(session, account_id), _unit(session, role, unit_id)
    _email, name = accounts.checked(account.email, name)
    before = {"name": account.name, "role": account.role, "unit_id": account.unit_id}
    after = {"name": name, "role": role, "unit_id": unit_id}
    if after == before:
        return account
    if role is not Role.ADMINISTRATOR:
        keep_one_who_administers(session, account)
    account.name, account.role, account.unit_id = name, role, unit_id
    if (role, unit_id) != (before["role"], before["unit_id"]):
        let_go(session, account, by=by, now=now)
    events.record(session, AccountChanged(account=account.email, before=before, after=after), by=by, now=now)
    return account


def close(session: Session, account_id: int, *, by: Actor, now: datetime) -> Account:
    """Close an account. The person is signed out at once, and what they had before them is the others'.

    Raises:
        NotFoundError: there is no such account, or it is closed already.
        RefusedError: it is one's own, or nobody would be left who administers.
    """
    account = _open(session, account_id)
    if account.id == by.account_id:
        raise RefusedError("own_account")
    keep_one_who_administers(session, account)
    account.active, account.password_hash = False, ""
    account.invitation_hash = account.invited_until = account.factor_secret = None
    let_go(session, account, by=by, now=now)
    events.record(session, AccountClosed(account=account.email), by=by, now=now)
    return account


def reopen(session: Session, account_id: int, *, by: Actor, now: datetime) -> tuple[Account, str]:
    """Reopen a closed account; return it with its link's key. By the link the person chooses a new password.

    A person who signs in at the identity provider needs none, and the key is "".

    Raises:
        NotFoundError: there is no closed account of that number.
    """
    account = session.get(Account, account_id)
    if account is None or account.active:
        raise NotFoundError
    account.active = True
    events.record(session, AccountReopened(account=account.email, role=account.role), by=by, now=now)
    return account, _invitation(account, now) if account.issuer is None else ""


def end_sessions(session: Session, account_id: int, *, by: Actor, now: datetime, but: int | None = None) -> int:
    """End somebody's sign-ins, all or all but one. Return how many there were."""
    account = _open(session, account_id)
    ended = sessions.end_all(session, account_id, but=but)
    if ended:
        events.record(session, SessionsEnded(account=account.email, count=ended), by=by, now=now)
    return ended


def let_go(session: Session, account: Account, *, by: Actor, now: datetime) -> None:
    """Take from somebody what they may no longer see. Those who may see it get it."""
    sessions.end_all(session, account.id)
    queue_shares.hand_over(session, account, by=by, now=now)
    session.execute(delete(Assignment).where(Assignment.account_id == account.id))


def keep_one_who_administers(session: Session, account: Account) -> None:
    """Refuse to take the role from the last who administers.

    Raises:
        RefusedError: nobody else administers who has ever been signed in.
    """
    others = select(func.count(Account.id)).where(
        Account.role == Role.ADMINISTRATOR, Account.active, Account.id != account.id, Account.seen_at.is_not(None)
    )
    if account.role is Role.ADMINISTRATOR and not session.scalar(others):
        raise RefusedError("last_administrator")


def answers_for(session: Session, account_id: int) -> list[str]:
    """Return the names of the units that somebody answers for."""
    return list(session.scalars(select(Unit.name).where(Unit.owner_id == account_id, ~Unit.closed).order_by(Unit.name)))


def _set_password(
    session: Session, account: Account, password_hash: str, *, by: Actor, now: datetime, but: int | None = None
) -> None:
    account.password_hash = password_hash
    account.invitation_hash = account.invited_until = None
    sessions.end_all(session, account.id, but=but)
    events.record(session, PasswordChanged(account=account.email), by=by, now=now)


def _invitation(account: Account, now: datetime) -> str:
    key = random_keys.make(24)
    account.invitation_hash, account.invited_until = random_keys.hashed(key), now + INVITED
    return key


def _unit(session: Session, role: Role, unit_id: int | None) -> int | None:
    """Caseworkers belong to a unit that is open, everybody else to none."""
    if role is not Role.CASEWORKER:
        return None
    if unit_id is None or session.scalar(select(Unit.id).where(Unit.id == unit_id, ~Unit.closed)) is None:
        raise RefusedError("account_unit")
    return unit_id


def _open(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None or not account.active:
        raise NotFoundError
    return account
