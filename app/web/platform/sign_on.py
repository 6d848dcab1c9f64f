"""The pages for signing in with the identity provider."""

from dataclasses import astuple
from datetime import UTC, datetime
from typing import Any

from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from app import database
from app.errors import RefusedError
from app.models.user_session import UserSession
from app.services.organisation import sign_on
from app.services.organisation.sign_on import Attempt, SignOnOutcome, SignOnRefused
from app.web.platform import display_names, origin, sessions, targets, typed_passwords
from app.web.platform.access import EVERYBODY, PUBLIC, blueprint, container, my_account

bp = blueprint("sign_on", __name__, PUBLIC, url_prefix="/log-ind")
own = blueprint("own_account", __name__, EVERYBODY, url_prefix="/arbejdskonto")
from_there = blueprint("from_provider", __name__, PUBLIC, url_prefix="/log-ind")
"""For the provider's own machine, which has no page of ours and no token of one."""

COOKIE, SECONDS = "sluse-sign-on", 600
"""What a browser keeps between the beginning of a sign-in and its answer."""
SALT = "a sign-in that has begun"
TARGET_LENGTH = 1_000


@bp.get("/arbejdskonto")
def begin() -> ResponseReturnValue:
    """Send the browser to the provider."""
    target = targets.local(request.args.get("next", ""), "")
    return _sent(Attempt(target if len(target) <= TARGET_LENGTH else ""))


@bp.get("/svar")
def answered() -> ResponseReturnValue:
    """Take the provider's answer and sign in its person. The answer comes by the browser."""
    c, given = container(), request.args
    assert c.identity is not None
    answer = SignOnOutcome(given.getlist("state"), given.getlist("code"), given.getlist("error"), given.getlist("iss"))
    attempt = _kept()
    try:
        account, identity = sign_on.complete(
            c.engine,
            c.rates,
            c.identity,
            attempt,
            answer,
            source=origin.source(),
            signed_in=my_account() if current_user.is_authenticated else None,
            now=datetime.now(UTC),
        )
    except SignOnRefused as error:
        response = _refused(error.reason)
        # An answer of somebody else's making does not end what has begun here.
        return response if error.reason == "state" else _forgotten(response)
    except RefusedError:
        abort(429)
    sessions.begin(
        account,
        method=sign_on.METHOD,
        issuer=identity.issuer,
        provider_session=identity.session,
        provider_token=identity.id_token,
    )
    response = targets.go(attempt.target if attempt else "", url_for("auth.home"))
    return _forgotten(origin.remember(response, account.id))


@bp.get("/afvist")
def refused() -> ResponseReturnValue:
    """Tell that nobody was signed in, and what to do."""
    given = request.args.get("aarsag", "")
    reason = given if given in display_names.SIGN_ON else "state"
    status = 503 if reason in sign_on.DOWN else 403 if reason in sign_on.NO_ACCESS else 400
    return render_template("auth/refused.html", reason=reason, status=status), status


@own.get("/")
def tie() -> ResponseReturnValue:
    """Ask whether to tie one's account to the provider's. One's own account here is a local one."""
    return render_template("auth/tie.html", tied=my_account().issuer is not None)


@own.post("/")
def begin_tie() -> ResponseReturnValue:
    """Send the browser to the provider to tie accounts. There it is shown that the account is one's own too.

    The password shows it of the account here: somebody who finds a screen left open could else make it theirs.
    """
    typed_passwords.ask_for_own()
    return _sent(Attempt(account_id=my_account().id))


@from_there.post("/ud")
def signed_out_there() -> ResponseReturnValue:
    """End the sign-ins of somebody the provider signed out."""
    c = container()
    assert c.identity is not None
    try:
        sign_on.end_from_there(
            c.engine,
            c.rates,
            c.identity,
            request.form.get("logout_token", ""),
            source=origin.source(),
            now=datetime.now(UTC),
        )
    except SignOnRefused as error:
        return {"error": "invalid_request"}, 503 if error.reason in sign_on.DOWN else 400
    except RefusedError:
        return {"error": "temporarily_unavailable"}, 429
    return "", 200


def leaving() -> str:
    """Return the provider's address for signing out, or "". "" where that is not asked for or cannot be had now."""
    c = container()
    if c.identity is None or not current_user.is_authenticated:
        return ""
    with database.read(c.engine) as db:
        found = db.get(UserSession, current_user.session_id)
    if found is None or found.method != sign_on.METHOD:
        return ""
    return sign_on.end(c.identity, found.provider_token, back=f"{c.settings.base_url}{url_for('auth.sign_in')}")


def _sent(attempt: Attempt) -> ResponseReturnValue:
    c = container()
    assert c.identity is not None
    try:
        address = sign_on.begin(c.identity, attempt)
    except SignOnRefused as error:
        return _refused(error.reason)
    response = redirect(address, 303)
    response.set_cookie(_name(), _serializer().dumps(astuple(attempt)), max_age=SECONDS, **_marks())
    return response


def _kept() -> Attempt | None:
    """Return the sign-in that this browser began. None if it did not, or too long ago."""
    try:
        return Attempt(*_serializer().loads(request.cookies.get(_name(), ""), max_age=SECONDS))
    except (BadSignature, ValueError, TypeError):
        return None


def _refused(reason: str) -> Response:
    """Send on to what tells it: the answer's address, with its code, stays nowhere."""
    return redirect(url_for("sign_on.refused", aarsag=reason), 303)


def _forgotten(response: Response) -> Response:
    response.delete_cookie(_name(), **_marks())
    return response


def _marks() -> dict[str, Any]:
    return {"httponly": True, "samesite": "Lax", "secure": container().settings.secure_cookies}


def _name() -> str:
    return f"__Host-{COOKIE}" if container().settings.secure_cookies else COOKIE


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=SALT)
