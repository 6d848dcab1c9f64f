"""The second step of signing in.

For a local account it is a code from the person's telephone; here it is asked for and set up.
"""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import segno
from flask import Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app import database
from app.domain.events.platform import CodeRefused
from app.errors import RefusedError
from app.models.account import Account
from app.services.platform import events, second_factor
from app.web.platform import errors, origin, sessions, targets, typed_passwords
from app.web.platform.access import PUBLIC, blueprint, container, me, my_account

bp = blueprint("second_factor", __name__, PUBLIC, url_prefix="/kode")
HALF_WAY = timedelta(minutes=10)
"""How long a right password waits for its code."""


def go_on(account: Account, target: str) -> ResponseReturnValue:
    """Go on after a right password. To the code where the account has one or must have one, else in."""
    if account.factor_secret is None and not must(account):
        return _enter(account, target)
    session.clear()
    session["half"] = {
        "account": account.id,
        "password": _mark(account),
        "until": (datetime.now(UTC) + HALF_WAY).isoformat(),
        "next": target,
    }
    return redirect(url_for("second_factor.ask" if account.factor_secret else "second_factor.new"), 303)


def must(account: Account) -> bool:
    """Tell whether an account opens with a code only."""
    return second_factor.must(account, required=container().settings.second_factor)


@bp.get("/")
def ask() -> ResponseReturnValue:
    """Ask for a code after a right password."""
    account = _half_way()
    if account is None or account.factor_secret is None:
        return _too_late()
    return render_template("auth/code.html")


@bp.post("/")
def answer() -> ResponseReturnValue:
    account, now = _half_way(), datetime.now(UTC)
    if account is None or account.factor_secret is None:
        return _too_late()
    if refusal := _refused(account):
        return render_template("auth/code.html", error=refusal), 429
    key, code = container().settings.secret_key, request.form.get("code", "")
    with database.write(container().engine) as db:
        passed = second_factor.passes(db, account.id, code, key=key, now=now)
        if not passed:
            events.record(db, CodeRefused(source=origin.source()), by=account.actor, now=now)
    if passed:
        return _enter(account, session["half"]["next"], method="password and code")
    return render_template("auth/code.html", error=_("Koden passer ikke. Vent på den næste i appen, og prøv den.")), 401


@bp.get("/ny")
def new() -> ResponseReturnValue:
    """Show a new secret and ask for its code. The secret is a picture and a text, the code its first one."""
    account = _whose()
    if account is None:
        return _too_late()
    session["new_factor"] = session.get("new_factor") or second_factor.new_secret()
    return _set_up(account)


@bp.post("/ny")
def confirm() -> ResponseReturnValue:
    """Keep the new secret if code and password fit.

    The code shows that the telephone has the secret, the password that its owner asks.
    """
    account, now, secret = _whose(), datetime.now(UTC), session.get("new_factor", "")
    if account is None or not secret:
        return _too_late()
    if refusal := _refused(account):
        return _set_up(account, refusal), 429
    if current_user.is_authenticated:
        try:
            typed_passwords.ask_for_own()
        except RefusedError as error:
            return _set_up(account, errors.text(error)), 422
    step = second_factor.fitting_step(secret, request.form.get("code", ""), now=now)
    if step is None:
        return _set_up(
            account, _("Koden passer ikke. Se efter, om klokken på telefonen er rigtig, og prøv den næste kode.")
        ), 422
    inside = current_user.is_authenticated
    with database.write(container().engine) as db:
        second_factor.install(
            db,
            account.id,
            secret,
            step,
            key=container().settings.secret_key,
            but=current_user.session_id if inside else None,
            now=now,
        )
    with database.read(container().engine) as db:
        account = db.get_one(Account, account.id)
    del session["new_factor"]
    flash(_("Koden er sat op. Fra nu af logger du ind med adgangskode og kode."))
    if inside:
        return redirect(url_for("my_account.index"), 303)
    return _enter(account, session["half"]["next"], method="password and code")


@bp.get("/qr.svg")
def picture() -> ResponseReturnValue:
    """Show the new secret as an app reads it."""
    account, secret = _whose(), session.get("new_factor")
    if account is None or not secret:
        abort(404)
    out = io.BytesIO()
    segno.make(second_factor.address(secret, account)).save(out, kind="svg", scale=5, border=2, light="white")
    return Response(out.getvalue(), mimetype="image/svg+xml")


@bp.post("/fjern")
def remove() -> ResponseReturnValue:
    """Remove one's second factor, where that is allowed. The password shows that it is its owner who asks."""
    if not current_user.is_authenticated:
        return _too_late()
    if must(my_account()):
        raise RefusedError("factor_required")
    typed_passwords.ask_for_own()
    with database.write(container().engine) as db:
        second_factor.remove(db, my_account().id, by=me(), now=datetime.now(UTC))
    flash(_("Koden er fjernet. Nu logger du ind med adgangskoden alene."))
    return redirect(url_for("my_account.index"), 303)


def _enter(account: Account, target: str, method: str = "password") -> ResponseReturnValue:
    answer = targets.go(target, url_for("auth.home"))
    sessions.begin(account, method=method)
    return origin.remember(answer, account.id)


def _half_way() -> Account | None:
    """Return the account whose password was right just now. In this browser, and still theirs."""
    half: dict[str, Any] = session.get("half") or {}
    if not half or datetime.fromisoformat(half["until"]) < datetime.now(UTC):
        return None
    with database.read(container().engine) as db:
        account = db.get(Account, half["account"])
    return account if account is not None and account.active and _mark(account) == half["password"] else None


def _whose() -> Account | None:
    """Return the account that may set a code up.

    The one that is signed in, or one that must have a code and has none yet.
    """
    if current_user.is_authenticated:
        return my_account() if my_account().password_hash else None
    account = _half_way()
    return account if account is not None and account.factor_secret is None and must(account) else None


def _mark(account: Account) -> str:
    """Return what is another with another password."""
    return account.password_hash[-16:]


def _refused(account: Account) -> str:
    """Count a code, and return a refusal or nothing.

    Counted before it is tried, right or wrong, so that many at once are no more.
    """
    rates, counted = container().rates, ("code", str(account.id))
    allowed = rates.allows(counted) and rates.count(counted)
    return "" if allowed else errors.text(RefusedError("too_many_attempts"))


def _set_up(account: Account, error: str = "") -> str:
    return render_template(
        "auth/new_code.html",
        secret=session["new_factor"],
        required=must(account),
        error=error,
        inside=current_user.is_authenticated,
    )


def _too_late() -> ResponseReturnValue:
    flash(_("Log ind igen."))
    return redirect(url_for("auth.sign_in"))
