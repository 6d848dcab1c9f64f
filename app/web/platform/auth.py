"""Sign-in and sign-out, and the choice of language and theme."""

from datetime import UTC, datetime

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.errors import RefusedError
from app.models.account import Account
from app.queries.organisation import setup_steps
from app.services.platform import accounts, first_run, settings
from app.web.platform import errors, origin, second_factor, sessions, sign_on, targets, theme
from app.web.platform.access import PUBLIC, blueprint, container, my_account

bp = blueprint("auth", __name__, PUBLIC)
HOME = {
    Role.VISITATOR: "triage.index",
    Role.CASEWORKER: "caseload.index",
    Role.MANAGER: "figures.index",
    Role.ADMINISTRATOR: "robot.index",
    Role.AUDITOR: "audit_log.index",
}


@bp.get("/")
def home() -> ResponseReturnValue:
    """Redirect to the first page of a person's role, and administrators of an empty house to its setting up."""
    if not current_user.is_authenticated:
        return redirect(url_for("auth.sign_in"))
    return redirect(url_for("setup.index" if _is_to_be_set_up() else HOME[my_account().role]))


def _is_to_be_set_up() -> bool:
    """Tell whether an administrator comes to a house that no mail can reach yet."""
    if my_account().role is not Role.ADMINISTRATOR:
        return False
    with database.read(container().engine) as db:
        return not setup_steps.is_begun(db)


@bp.get("/log-ind")
def sign_in() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        if first_run.is_due(db):
            return redirect(url_for("joining.first"))
    return _form()


@bp.post("/log-ind")
def signed_in() -> ResponseReturnValue:
    email, password = request.form.get("email", ""), request.form.get("password", "")
    c = container()
    try:
        account = accounts.authenticate(
            c.engine, c.rates, email, password, origin=origin.origin(), now=datetime.now(UTC)
        )
    except RefusedError as error:
        return _form(errors.text(error), email), 429
    if account is None:
        return _form(_("E-mail eller adgangskode passer ikke."), email), 401
    return second_factor.go_on(account, request.args.get("next", ""))


@bp.post("/log-ud")
def sign_out() -> ResponseReturnValue:
    then = sign_on.leaving()
    sessions.end()
    flash(_("Du er logget ud."))
    return redirect(then or url_for("auth.sign_in"))


@bp.post("/sprog/<language>")
def language(language: str) -> ResponseReturnValue:
    """Remember the language in a cookie. Then go back to where one was."""
    g.switch_language = "en" if language == "en" else "da"
    return targets.go(request.form.get("next", ""), url_for("auth.home"))


@bp.post("/udseende")
def appearance() -> ResponseReturnValue:
    """Remember the theme. Light, dark, or as the machine has it. Then go back to where one was."""
    back = targets.go(request.form.get("next", ""), url_for("auth.home"))
    return theme.remember(back, request.form.get("tema", ""), secure=container().settings.secure_cookies)


def _form(error: str = "", email: str = "") -> str:
    demo: list[Account] = []
    if container().settings.demo:
        with database.read(container().engine) as db:
            invented = settings.get(db, settings.DEMO_ACCOUNTS)
            query = select(Account).where(Account.active, Account.email.in_(invented))
            demo = list(db.scalars(query.order_by(Account.id)))
            db.expunge_all()
    provider, target = container().settings.sign_on, request.args.get("next", "")
    return render_template(
        "auth/sign_in.html", error=error, email=email, demo_accounts=demo, sign_on=provider, target=target
    )
