"""The units: how far the robot may go for each, and stopping it for one."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.routing import Mode
from app.errors import RefusedError
from app.queries import triage as queries
from app.services import settings
from app.web.access import blueprint, container, me

bp = blueprint("units", __name__, [Role.ADMINISTRATOR], url_prefix="/enheder")


@bp.get("/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        return render_template("units/index.html", units=queries.units(db), modes=list(Mode))


@bp.post("/<int:unit_id>")
def change(unit_id: int) -> ResponseReturnValue:
    mode = request.form.get("mode", "")
    if mode not in set(Mode):
        raise RefusedError("failed")
    with database.write(container().engine) as db:
        unit = settings.change_unit(
            db, unit_id, mode=Mode(mode), stopped="stopped" in request.form, by=me().email, now=datetime.now(UTC)
        )
        flash(_("%(unit)s er gemt.", unit=unit.name))
    return redirect(url_for("units.index"), 303)
