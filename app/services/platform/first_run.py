"""The very first sign-in to a house.

The first administrator is made by somebody who can read the home's files, nobody else on the network.
"""

import hmac
import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.events.organisation import AccountCreated
from app.errors import RefusedError
from app.models.account import Account
from app.services.platform import accounts, events, passwords

FILE = "foerste-kode.txt"
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without signs that look alike."""


def is_due(session: Session) -> bool:
    """Tell whether nobody ever had an account here.

    A house that has lost its last administrator uses the command line.
    """
    return session.scalar(select(Account.id).limit(1)) is None


def prepare(engine: Engine, home: Path) -> str | None:
    """Put a code for the first administrator into the home.

    Return the code, or None where the house has accounts already.

    A database that has no tables yet is looked at when it has.
    """
    if not inspect(engine).has_table(Account.__tablename__):
        return None
    with database.read(engine) as session:
        due = is_due(session)
    file = home / FILE
    if not due:
        file.unlink(missing_ok=True)
        return None
    if not file.exists():
        code = "".join(secrets.choice(ALPHABET) for _ in range(12))
        file.write_text("-".join((code[:4], code[4:8], code[8:])) + "\n")
        file.chmod(0o600)
    return file.read_text().strip()


def make(engine: Engine, home: Path, *, code: str, email: str, name: str, password: str, now: datetime) -> int:
    """Make the first administrator by the code. Return the account's id.

    Raises:
        RefusedError: the code is wrong, somebody was faster, or what was typed makes no account.
    """
    file = home / FILE
    known = file.read_text().strip() if file.exists() else ""
    if not known or not hmac.compare_digest(_plain(known).encode(), _plain(code).encode()):
        raise RefusedError("first_code")
    email, name = accounts.checked(email, name)
    passwords.refuse_weak(password, email, name)
    password_hash = passwords.hashed(password)
    with database.write(engine) as session:
        if not is_due(session):
            raise RefusedError("first_code")
        account = Account(email=email, name=name, role=Role.ADMINISTRATOR, password_hash=password_hash)
        session.add(account)
        session.flush()
        events.record(session, AccountCreated(account=email, role=account.role, first=True), by=account.actor, now=now)
        account_id = account.id
    file.unlink(missing_ok=True)
    return account_id


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()
