"""The switch for decision times of single persons. Off until an administrator has read what it means."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.decision_times import ENOUGH
from app.errors import RefusedError
from app.services.platform import settings
from app.services.triage import decision_times
from app.web.platform.access import blueprint, container, me

bp = blueprint("pace", __name__, [Role.ADMINISTRATOR], url_prefix="/tal")


@bp.get("/tid-pr-person")
def ask() -> ResponseReturnValue:
    """Show what times for single persons mean. Before they are switched."""
    with database.read(container().engine) as db:
        return render_template("figures/per_person.html", on=settings.get(db, decision_times.PER_PERSON), enough=ENOUGH)


@bp.post("/tid-pr-person")
def switch() -> ResponseReturnValue:
    on = request.form.get("tilstand") == "til"
    if on and request.form.get("forstaaet") != "ja":
        raise RefusedError("not_confirmed")
    with database.write(container().engine) as db:
        decision_times.switch_per_person(db, on=on, by=me(), now=datetime.now(UTC))
    flash(_("Tider pr. person vises nu.") if on else _("Tider pr. person vises ikke længere."))
    return redirect(url_for("figures.index"), 303)
