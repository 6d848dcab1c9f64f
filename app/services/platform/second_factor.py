"""The second factor of a local account (TOTP, RFC 6238). The code comes from an app on the person's telephone.

The secret lies sealed in the database: a copy of the database alone makes no code.
"""

import base64
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.events.platform import FactorInstalled, FactorRemoved
from app.models.account import Account
from app.services.platform import events, sessions

ISSUER = "Sluse"
DIGITS, STEP_SECONDS, STEPS_OFF = 6, 30, 1
"""A telephone's clock may be so many steps off."""


def new_secret() -> str:
    return str(pyotp.random_base32())


def address(secret: str, account: Account) -> str:
    """Return what an app reads as a picture."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=account.email, issuer_name=ISSUER))


def fitting_step(secret: str, code: str, *, now: datetime, after: int = 0) -> int | None:
    """Return the time step that a code belongs to.

    Only steps later than `after` count; None where the code fits no step near now.
    """
    code = "".join(code.split())
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    totp, step = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for each in range(max(step - STEPS_OFF, after + 1), step + STEPS_OFF + 1):
        if pyotp.utils.strings_equal(code, totp.at(each * STEP_SECONDS)):
            return each
    return None


def passes(session: Session, account_id: int, code: str, *, key: str, now: datetime) -> bool:
    """Tell whether a code opens an account now. A code is taken once only."""
    account = session.get(Account, account_id)
    secret = decrypted(account.factor_secret, key) if account is not None and account.factor_secret else None
    if account is None or secret is None:
        return False
    step = fitting_step(secret, code, now=now, after=account.factor_used)
    if step is None:
        return False
    account.factor_used = step
    return True


def install(
    session: Session, account_id: int, secret: str, step: int, *, key: str, but: int | None, now: datetime
) -> None:
    """Give an account its second factor's secret.

    Its owner has shown to have it, by the code of a time step. Other sign-ins end.
    """
    account = session.get_one(Account, account_id)
    account.factor_secret, account.factor_used = encrypted(secret, key), step
    sessions.end_all(session, account_id, but=but)
    events.record(session, FactorInstalled(account=account.email), by=account.actor, now=now)


def remove(session: Session, account_id: int, *, by: Actor, now: datetime) -> None:
    """Remove an account's second factor. The telephone is lost, or another is to be used."""
    account = session.get_one(Account, account_id)
    if account.factor_secret is not None:
        account.factor_secret = None
        if by.account_id != account.id:  # the telephone is lost, perhaps with the sign-in on it
            sessions.end_all(session, account_id)
        events.record(session, FactorRemoved(account=account.email), by=by, now=now)


def must(account: Account, *, required: bool) -> bool:
    """Tell whether an account needs a code besides its password. `required` says that the house asks for both."""
    return required and account.role is Role.ADMINISTRATOR


def encrypted(text: str, key: str) -> str:
    return _fernet(key).encrypt(text.encode()).decode()


def decrypted(sealed: str, key: str) -> str | None:
    """Return a sealed text in clear. None where the installation's key has changed since."""
    try:
        return _fernet(key).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _fernet(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"sluse: second factor").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
