"""Access to pages by role. A blueprint is made here, with its roles, before it has a route."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user

from app.container import Container
from app.domain.access import Role
from app.domain.actor import Actor
from app.models.account import Account
from app.services.platform import sessions
from app.web.platform import htmx

PUBLIC: frozenset[Role] = frozenset()
EVERYBODY = frozenset(Role)
ROLES: dict[str, frozenset[Role]] = {}
"""Blueprint name → who may enter; an empty set means anyone, signed in or not."""

SIGN_IN = "Sluse-Sign-In"
"""The header that tells a page's script where to sign in again."""

UNATTENDED = "Sluse-Unattended"
"""The header of what a page asks for by itself, whether or not anybody sits before it."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})
"""What a browser says of a request from a page of ours, and of one that a person typed."""

login_manager = LoginManager()


def blueprint(name: str, module: str, roles: Iterable[Role], **options: Any) -> Blueprint:
    """Make a blueprint that lets in `roles` only."""
    ROLES[name] = frozenset(roles)
    made = Blueprint(name, module, **options)
    made.before_request(_guard)
    return made


def _guard() -> ResponseReturnValue | None:
    """Answer 404 to roles that may not enter. Not 403: what a person may not use does not exist for them."""
    roles = ROLES[request.blueprint or ""]
    if not roles:
        return None
    if not current_user.is_authenticated:
        return to_sign_in()
    if current_user.role not in roles:
        abort(404)
    return None


def refuse_other_sites() -> None:
    """Refuse a form that another site sends. Browsers say so, whatever the token."""
    if request.method not in SAFE and request.headers.get("Sec-Fetch-Site", "same-origin") not in OWN_SITE:
        abort(403)


def to_sign_in() -> ResponseReturnValue:
    """Send to the door, and back afterwards.

    A page that asked for a fragment stays, with what was typed on it, and tells its reader; a sent form comes back to
    the page that it was on.
    """
    if htmx.wanted():
        return "", 401, {SIGN_IN: url_for("auth.sign_in", next=htmx.page())}
    if request.method == "GET":
        return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
    flash(_("Du er logget ud, og intet er sendt. Log ind, så står det, du har skrevet, der igen."))
    return redirect(url_for("auth.sign_in", next=htmx.local(request.referrer or "")), 303)


class SignedIn(UserMixin):
    """The person behind a request. As plain values, with the key to the sign-in that their browser holds."""

    def __init__(self, account: Account, key: str, session_id: int = 0) -> None:
        self.account, self.session_id = account, session_id
        self.actor = account.actor
        self.role, self.name = account.role, account.name
        self._key = key

    def get_id(self) -> str:
        return self._key


@login_manager.user_loader
def load(key: str) -> SignedIn | None:
    """Load the person of a sign-in. At every request, so that a sign-in that is ended is out at once."""
    by_hand = UNATTENDED not in request.headers
    found = sessions.find(container().engine, key, now=datetime.now(UTC), by_hand=by_hand)
    return SignedIn(found.account, key, found.id) if found else None


def container() -> Container:
    """Return the container of this process."""
    found: Container = current_app.extensions["sluse"]
    return found


def me() -> Actor:
    """Return who is signed in, as services want them in `by`."""
    actor: Actor = current_user.actor
    return actor


def my_account() -> Account:
    """Return the account that is signed in. For its name, its number and what it chose; what it does is done by `me`."""
    account: Account = current_user.account
    return account
