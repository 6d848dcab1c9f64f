"""The pages for choosing one's first password. By an invitation's link, or as the first administrator of all."""

from datetime import UTC, datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.errors import RefusedError
from app.models.account import Account
from app.services.inbound import rules
from app.services.organisation import people
from app.services.platform import first_run
from app.web.platform import errors, origin, second_factor, typed_passwords
from app.web.platform.access import PUBLIC, blueprint, container
from app.web.platform.limited import limited, refuse_if_full

bp = blueprint("joining", __name__, PUBLIC)


@bp.get("/invitation/<key>")
@limited("invitation", origin.source)
def invitation(key: str) -> ResponseReturnValue:
    """Greet an invited person and ask for a password. Opening the link uses nothing up."""
    with database.read(container().engine) as db:
        account = people.invited(db, key, now=datetime.now(UTC))
    return render_template("auth/invitation.html", account=account)


@bp.post("/invitation/<key>")
@limited("invitation", origin.source)
def accept(key: str) -> ResponseReturnValue:
    c, now = container(), datetime.now(UTC)
    with database.read(c.engine) as db:
        account = people.invited(db, key, now=now)
    try:
        people.accept(c.engine, key, typed_passwords.typed_twice(), now=now)
    except RefusedError as error:
        return render_template("auth/invitation.html", account=account, error=errors.text(error)), 422
    flash(_("Adgangskoden er gemt. Log ind med den."))
    return redirect(url_for("auth.sign_in"), 303)


@bp.get("/foerste-gang/")
def first() -> ResponseReturnValue:
    """Ask for the first administrator, while there is none."""
    _while_due()
    return render_template("auth/first.html", given={})


@bp.post("/foerste-gang/")
def first_made() -> ResponseReturnValue:
    _while_due()
    refuse_if_full("first run", origin.source())
    c, given = container(), request.form
    try:
        account_id = first_run.make(
            c.engine,
            c.settings.home,
            code=given.get("code", ""),
            email=given.get("email", ""),
            name=given.get("name", ""),
            password=typed_passwords.typed_twice(),
            now=datetime.now(UTC),
        )
    except RefusedError as error:
        return render_template("auth/first.html", given=given, error=errors.text(error)), 422
    with database.write(c.engine) as db:
        rules.install_defaults(db)
    with database.read(c.engine) as db:
        account = db.get_one(Account, account_id)
    return second_factor.go_on(account, url_for("setup.index"))


def _while_due() -> None:
    with database.read(container().engine) as db:
        if not first_run.is_due(db):
            abort(404)
