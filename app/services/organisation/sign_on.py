"""Sign-in with an account of the identity provider. It decides who comes back, and what their groups give."""

import hmac
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.actor import UNIDENTIFIED
from app.domain.events.organisation import AccessChanged, AccountCreated, AccountTied
from app.domain.events.platform import AccountSignedOut, SignInRefused
from app.errors import RefusedError
from app.models.account import Account
from app.models.group_rule import GroupRule
from app.models.user_session import UserSession
from app.services.organisation import group_rules, people
from app.services.platform import events, sessions
from app.services.platform.rates import Rates
from app.services.platform.turns import FullError, Turns
from connectors.identity.errors import AnswerRefused, ProviderDown

if TYPE_CHECKING:
    from connectors.identity.provider import OpenIdProvider
    from connectors.identity.token import Identity

log = structlog.get_logger()
METHOD = "oidc"
DOWN = frozenset({"provider_unreachable", "provider_broken", "provider_other", "provider_elsewhere", "provider_busy"})
"""Reasons for which nobody can sign in with the provider now, whoever they are."""
NO_ACCESS = frozenset(
    {
        "no_group_fits",
        "no_groups",
        "groups_elsewhere",
        "account_closed",
        "address_taken",
        "no_address",
        "tied_already",
        "last_administrator",
        "no_access_to_tie",
    }
)
"""Reasons of a person whom the provider knows and Sluse does not let in."""
DENIED = frozenset(
    {"access_denied", "login_required", "consent_required", "interaction_required", "account_selection_required"}
)
"""Words of the standard for a person, or a rule of the provider's, that said no."""
_ASKING = Turns(at_once=3, waiting=3)
"""A provider that is slow to answer does not hold all who wait for a page."""


class SignOnRefused(RefusedError):
    """The refusal of a sign-in. `reason` names why, for a page and for the log."""

    def __init__(self, reason: str, account: Account | None = None) -> None:
        super().__init__("sign_on_refused", reason=reason)
        self.reason = reason
        self.by = account.actor if account else UNIDENTIFIED
        self.account_id = account.id if account else None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The attempt to sign in, kept by its browser. A browser that has not got it cannot end the sign-in."""

    target: str = ""
    """The page to go to afterwards."""
    account_id: int | None = None
    """Whose local account is to be tied to the one at the provider; None for a sign-in."""
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))


@dataclass(frozen=True, slots=True)
class SignOnOutcome:
    """The answer that came back by the browser.

    Anybody may have written it. Each field is a list, of one where all is well.
    """

    state: Sequence[str] = ()
    code: Sequence[str] = ()
    error: Sequence[str] = ()
    issuer: Sequence[str] = ()


def begin(provider: "OpenIdProvider", attempt: Attempt) -> str:
    """Return the address to send a browser to.

    Raises:
        SignOnRefused: the provider cannot be asked.
    """
    with _asking():
        return provider.begin(state=attempt.state, nonce=attempt.nonce, verifier=attempt.verifier)


def end(provider: "OpenIdProvider", id_token: str, *, back: str) -> str:
    """Return the provider's sign-out address. "" where the provider has no such place, or cannot be asked now."""
    try:
        with _asking():
            return provider.end(id_token=id_token, back=back)
    except SignOnRefused:
        return ""


def complete(
    engine: Engine,
    rates: Rates,
    provider: "OpenIdProvider",
    attempt: Attempt | None,
    answer: SignOnOutcome,
    *,
    source: str,
    signed_in: Account | None,
    now: datetime,
) -> tuple[Account, "Identity"]:
    """Return the account and identity that signed in.

    The account is made at the first time, and given what the groups give now.

    Raises:
        SignOnRefused: the answer is not to be believed, or gives no access. Nothing is made, and the log has a row.
        RefusedError: too many came to nothing lately.
    """
    if not rates.allows(("sign-on from a source", source)):
        raise RefusedError("too_many_attempts")
    try:
        checked = _checked(rates, attempt, answer)
        with _asking():
            identity = provider.redeem(
                answer.code[0],
                nonce=checked.nonce,
                verifier=checked.verifier,
                said_issuer=answer.issuer[0] if answer.issuer else None,
            )
        with database.write(engine) as session:
            if checked.account_id is not None:
                account = _tie(session, checked.account_id, signed_in, identity, now=now)
            else:
                account = _admit(session, identity, now=now)
            account_id = account.id
        with database.read(engine) as session:
            return session.get_one(Account, account_id), identity
    except SignOnRefused as error:
        rates.count(("sign-on from a source", source))
        with database.write(engine) as session:
            if error.reason == "no_group_fits" and error.account_id is not None:
                sessions.end_all(session, error.account_id)
            events.record(
                session,
                SignInRefused(method=METHOD, issuer=provider.issuer, reason=error.reason, source=source),
                by=error.by,
                now=now,
            )
        raise


def end_from_there(
    engine: Engine, rates: Rates, provider: "OpenIdProvider", logout_token: str, *, source: str, now: datetime
) -> None:
    """End the sign-ins of somebody the provider signed out. The provider itself says so.

    Raises:
        SignOnRefused: the provider did not say so, or said it before.
        RefusedError: too many came to nothing lately.
    """
    if not rates.allows(("sign-on from a source", source)):
        raise RefusedError("too_many_attempts")
    try:
        with _asking():
            word = provider.signed_out(logout_token)
        if not rates.count(("answer to a sign-on", f"sign-out {word.number}")):
            raise SignOnRefused("used")
    except SignOnRefused:
        rates.count(("sign-on from a source", source))
        raise
    whose = [Account.issuer == provider.issuer, UserSession.method == METHOD]
    if word.subject:
        whose.append(Account.subject == word.subject)
    if word.session:
        whose.append(UserSession.provider_session == word.session)
    with database.write(engine) as session:
        for row in session.scalars(select(UserSession).join(Account).where(*whose)).all():
            sessions.end(session, row.id, row.account_id)
            events.record(
                session,
                AccountSignedOut(method=METHOD, issuer=provider.issuer, source=source),
                by=row.account.actor,
                now=now,
            )


def _checked(rates: Rates, attempt: Attempt | None, answer: SignOnOutcome) -> Attempt:
    """Return the attempt that an answer belongs to. It began in this browser, and has not been answered before."""
    if attempt is None or len(answer.state) != 1:
        raise SignOnRefused("state")
    if not hmac.compare_digest(attempt.state.encode(), answer.state[0].encode("utf-8", "replace")):
        raise SignOnRefused("state")
    if not rates.count(("answer to a sign-on", attempt.state)):
        raise SignOnRefused("used")
    if answer.error:
        raise SignOnRefused("denied" if answer.error[0] in DENIED else "provider_error")
    if len(answer.code) != 1 or len(answer.issuer) > 1:
        raise SignOnRefused("no_code")
    return attempt


@contextmanager
def _asking() -> Iterator[None]:
    """Wait for a turn to ask the provider. The provider's faults become refusals."""
    try:
        with _ASKING.take():
            yield
    except FullError as error:
        raise SignOnRefused("provider_busy") from error
    except AnswerRefused as error:
        if isinstance(error, ProviderDown):
            log.warning("identity_provider", problem=error.reason, cause=type(error.__cause__).__name__)
        raise SignOnRefused(error.reason) from error


def _admit(session: Session, identity: "Identity", *, now: datetime) -> Account:
    account = _known(session, identity)
    rule = group_rules.granted(session, identity.groups)
    if rule is None:
        raise SignOnRefused("no_group_fits", account)
    if account is None:
        account = _create(session, identity, rule, now)
    if not account.active:
        raise SignOnRefused("account_closed", account)
    _follow(session, account, identity, rule, now)
    return account


def _known(session: Session, identity: "Identity") -> Account | None:
    who = (Account.issuer == identity.issuer, Account.subject == identity.subject)
    return session.scalars(select(Account).where(*who)).first()


def _create(session: Session, identity: "Identity", rule: GroupRule, now: datetime) -> Account:
    """Make the account of somebody who is here for the first time. It has no password, and nobody else's address."""
    if not identity.address:
        raise SignOnRefused("no_address")
    if session.scalar(select(Account.id).where(func.lower(Account.email) == identity.address)) is not None:
        raise SignOnRefused("address_taken")
    account = Account(
        email=identity.address,
        name=identity.name or identity.address,
        role=rule.role,
        unit_id=rule.unit_id,
        password_hash="",
        issuer=identity.issuer,
        subject=identity.subject,
    )
    session.add(account)
    session.flush()
    events.record(
        session,
        AccountCreated(
            account=account.email,
            role=account.role,
            unit_id=account.unit_id,
            method=METHOD,
            issuer=identity.issuer,
            group=rule.group_name,
        ),
        by=account.actor,
        now=now,
    )
    return account


def _follow(session: Session, account: Account, identity: "Identity", rule: GroupRule, now: datetime) -> None:
    """Give the role and unit that the groups give now. The address stays: the log knows people by it."""
    before = account.role, account.unit_id
    if rule.role is not Role.ADMINISTRATOR:
        _keep_one_who_administers(session, account)
    account.role, account.unit_id = rule.role, rule.unit_id
    account.name = identity.name or account.name
    if before != (account.role, account.unit_id):
        people.let_go(session, account, by=account.actor, now=now)
        events.record(
            session,
            AccessChanged(
                account=account.email,
                role=account.role,
                unit_id=account.unit_id,
                before={"role": before[0], "unit_id": before[1]},
                group=rule.group_name,
            ),
            by=account.actor,
            now=now,
        )
    session.flush()


def _keep_one_who_administers(session: Session, account: Account) -> None:
    try:
        people.keep_one_who_administers(session, account)
    except RefusedError as error:
        raise SignOnRefused(error.code, account) from error


def _tie(
    session: Session, account_id: int, signed_in: Account | None, identity: "Identity", *, now: datetime
) -> Account:
    """Tie a local account to one at the provider. Its owner has just shown that both are theirs. The password goes."""
    if signed_in is None or signed_in.id != account_id:
        raise SignOnRefused("state")
    account = session.get_one(Account, account_id)
    if account.issuer is not None or _known(session, identity) is not None:
        raise SignOnRefused("tied_already", account)
    if group_rules.granted(session, identity.groups) is None:
        raise SignOnRefused("no_access_to_tie", account)
    sessions.end_all(session, account.id)
    account.issuer, account.subject, account.password_hash = identity.issuer, identity.subject, ""
    account.invitation_hash = account.invited_until = account.factor_secret = None
    events.record(
        session, AccountTied(account=account.email, method=METHOD, issuer=identity.issuer), by=account.actor, now=now
    )
    return _admit(session, identity, now=now)
