"""The page of one's own account. Password, second factor, and where one is signed in."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app import database
from app.domain import digests
from app.domain.events.organisation import SessionsEnded
from app.errors import NotFoundError, RefusedError
from app.models.digest import DigestSubscription
from app.models.unit import Unit
from app.services.organisation import people
from app.services.platform import events
from app.services.platform import sessions as user_sessions
from app.web.platform import errors, second_factor, sessions, typed_passwords
from app.web.platform.access import EVERYBODY, blueprint, container, me, my_account

bp = blueprint("my_account", __name__, EVERYBODY, url_prefix="/konto")


@bp.get("/")
def index() -> ResponseReturnValue:
    return _page()


@bp.post("/adgangskode")
def change_password() -> ResponseReturnValue:
    """Take a new password, for whoever shows the old one."""
    c, now = container(), datetime.now(UTC)
    try:
        if c.settings.demo:
            raise RefusedError("demo_account")
        password = typed_passwords.typed_twice()
        typed_passwords.ask_for_own("old")
        people.change_password(c.engine, my_account().id, password, session_id=current_user.session_id, now=now)
    except RefusedError as error:
        return _page(errors.text(error)), 422
    flash(_("Adgangskoden er ændret. Du er logget ud alle andre steder."))
    return redirect(url_for("my_account.index"), 303)


@bp.post("/logget-ind/<int:session_id>/afslut")
def end(session_id: int) -> ResponseReturnValue:
    """End one of one's own sign-ins."""
    if session_id == current_user.session_id:
        sessions.end()
        flash(_("Du er logget ud."))
        return redirect(url_for("auth.sign_in"), 303)
    with database.write(container().engine) as db:
        if not user_sessions.end(db, session_id, my_account().id):
            raise NotFoundError
        events.record(db, SessionsEnded(account=my_account().email, count=1), by=me(), now=datetime.now(UTC))
    flash(_("Du er logget ud der."))
    return redirect(url_for("my_account.index"), 303)


@bp.post("/logget-ind/afslut")
def end_others() -> ResponseReturnValue:
    """End all of one's own sign-ins but this one."""
    with database.write(container().engine) as db:
        ended = people.end_sessions(db, my_account().id, by=me(), now=datetime.now(UTC), but=current_user.session_id)
    flash(ngettext("Du er logget ud %(num)s andet sted.", "Du er logget ud %(num)s andre steder.", ended))
    return redirect(url_for("my_account.index"), 303)


def _page(error: str = "") -> str:
    c = container()
    with database.read(c.engine) as db:
        unit = db.get(Unit, me().unit_id) if me().unit_id else None
        return render_template(
            "my_account/index.html",
            account=my_account(),
            unit=unit.name if unit else "",
            sessions=user_sessions.open_ones(db, my_account().id, now=datetime.now(UTC)),
            here=current_user.session_id,
            must_have_code=second_factor.must(my_account()),
            sign_on=c.settings.sign_on,
            may_have_digest=digests.may_have(my_account().role, my_account().unit_id),
            digest=db.get(DigestSubscription, my_account().id),
            error=error,
        )
