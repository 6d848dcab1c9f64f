"""The units: how far the robot may go for each, stopping it for one, and what people read when they decide."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.routing import Mode
from app.errors import RefusedError
from app.queries import triage as queries
from app.services import organisation, settings
from app.web import errors
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


@bp.get("/<int:unit_id>/vejledning")
def guide(unit_id: int) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        return render_template("units/guide.html", unit=queries.unit(db, unit_id), message="")


@bp.post("/<int:unit_id>/vejledning")
def describe(unit_id: int) -> ResponseReturnValue:
    """Keep what belongs to the unit and what does not; what is too long stays in the form."""
    written = {name: request.form.get(name, "").replace("\r\n", "\n") for name in ("guide", "guide_not")}
    try:
        with database.write(container().engine) as db:
            unit = organisation.describe_unit(db, unit_id, **written, by=me().email, now=datetime.now(UTC))
            flash(_("Vejledningen for %(unit)s er gemt.", unit=unit.name))
    except RefusedError as error:
        with database.read(container().engine) as db:
            shown = {"id": unit_id, "name": queries.unit(db, unit_id).name} | written
        return render_template("units/guide.html", unit=shown, message=errors.text(error)), 422
    return redirect(url_for("units.index"), 303)
