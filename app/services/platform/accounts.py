"""Local accounts: sign-in with a limit on guesses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.actor import UNIDENTIFIED
from app.domain.events.platform import SignInRefused
from app.errors import RefusedError
from app.models.account import Account
from app.services.platform import events, passwords
from app.services.platform.rates import Rates
from app.services.platform.turns import FullError, Turns
from connectors.mail import addresses

EMAIL_LENGTH, NAME_LENGTH = 320, 200
# Each takes 64 MiB and as many cores as there are. Strangers do not stand in the way of people whom the browser knows.
_STRANGERS, _KNOWN = Turns(at_once=1, waiting=2), Turns(at_once=1, waiting=4)


@dataclass(frozen=True, slots=True)
class Origin:
    """The place somebody signs in from.

    A place is a network address, and what the browser shows of earlier sign-ins.
    """

    source: str
    account_id: int | None = None
    """Who signed in from this browser before."""
    browser: str = ""


def create(
    session: Session, *, email: str, name: str, role: Role, password: str, unit_id: int | None = None
) -> Account:
    account = Account(
        email=email.lower(), name=name, role=role, unit_id=unit_id, password_hash=passwords.hashed(password)
    )
    session.add(account)
    session.flush()
    return account


def checked(email: str, name: str) -> tuple[str, str]:
    """Return an address and a name in their stored form.

    Raises:
        RefusedError: either is missing, too long or no such thing.
    """
    email, name = (addresses.typed(email) or "").lower(), " ".join(name.split())
    if not 0 < len(email) <= EMAIL_LENGTH:
        raise RefusedError("account_address")
    if not 0 < len(name) <= NAME_LENGTH:
        raise RefusedError("account_name")
    return email, name


def authenticate(
    engine: Engine, rates: Rates, email: str, password: str, *, origin: Origin, now: datetime
) -> Account | None:
    """Return the account that a password opens. A wrong password takes as long whether or not there is such an account.

    A password is tried outside every transaction: it takes a tenth of a second, in which others want to write.

    Raises:
        RefusedError: too many wrong passwords lately, or too many who try at once.
    """
    email = email.strip().lower()[:EMAIL_LENGTH]
    account = _find(engine, email)
    known = account is not None and account.id == origin.account_id
    counted = _counted(email, origin, known=known)
    _refuse_too_many(rates, counted)
    try:
        with (_KNOWN if known else _STRANGERS).take():
            _refuse_too_many(rates, counted)  # those before whom one waited may have used up what there was
            right = passwords.fits((account and account.password_hash) or passwords.DECOY, password)
            if right and account is not None and account.password_hash:
                return account
            rates.count(*counted)
    except FullError as error:
        raise RefusedError("sign_in_busy") from error
    with database.write(engine) as session:
        # What a stranger typed as a name may be anything, and what stands in the log stays there.
        events.record(
            session, SignInRefused(source=origin.source), by=account.actor if account else UNIDENTIFIED, now=now
        )
    return None


def _refuse_too_many(rates: Rates, counted: Sequence[Sequence[str]]) -> None:
    if not rates.allows(*counted):
        raise RefusedError("too_many_attempts")


def _find(engine: Engine, email: str) -> Account | None:
    with database.read(engine) as session:
        return session.scalars(select(Account).where(Account.email == email, Account.active)).first()


def _counted(email: str, origin: Origin, *, known: bool) -> list[tuple[str, ...]]:
    """Return the limits that a wrong password counts in."""
    if known:
        return [("sign-in from a known browser", origin.browser)]
    return [
        ("sign-in from elsewhere", email, origin.source),
        ("sign-in to an account", email),
        ("sign-in from a source", origin.source),
    ]
