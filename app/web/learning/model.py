"""The page of the model's past. How far a rebuilding is, and going back to a version."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import database
from app.domain.access import Role
from app.queries.learning import model
from app.services.learning import label_overrides, model_versions
from app.services.platform import settings
from app.web.platform import htmx
from app.web.platform.access import blueprint, container, me

bp = blueprint("model", __name__, [Role.ADMINISTRATOR], url_prefix="/modellen")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the versions, or a rebuilding's progress only. The latter asks for itself every few seconds."""
    with database.read(container().engine) as db:
        return render_template(
            "model/_progress.html" if htmx.wanted() else "model/index.html",
            rebuilding=settings.get(db, settings.REBUILDING),
            pending=model.pending(db),
            versions=model.versions(db),
            rollbacks=model.rollbacks(db),
            here=url_for("model.index"),
        )


@bp.post("/tilbage")
def roll_back() -> ResponseReturnValue:
    """Roll the model back by one click. The labels it left out count again after another one."""
    form = request.form
    with database.write(container().engine) as db:
        position = form.get("position", 0, type=int)
        model_versions.roll_back(db, position, note=form.get("note", ""), by=me(), now=datetime.now(UTC))
    flash(_("Modellen går tilbage. Det, den lærte siden, tæller ikke, før du fortryder."))
    return _back()


@bp.post("/fortryd")
def lift() -> ResponseReturnValue:
    with database.write(container().engine) as db:
        label_overrides.revoke(db, request.form.get("rollback", 0, type=int), by=me(), now=datetime.now(UTC))
    flash(_("Det, modellen havde lært, tæller igen."))
    return _back()


@bp.post("/note")
def note() -> ResponseReturnValue:
    """Save a note on a version or rollback. The latter says why the model went back."""
    form, by, now = request.form, me(), datetime.now(UTC)
    with database.write(container().engine) as db:
        if "rollback" in form:
            model_versions.explain(db, form.get("rollback", 0, type=int), form.get("note", ""), by=by, now=now)
        else:
            model_versions.describe(db, form.get("position", 0, type=int), form.get("note", ""), by=by, now=now)
    flash(_("Noten er gemt."))
    return _back()


def _back() -> Response:
    """To the page that the form stood on."""
    page = "learning.index" if request.form.get("fra") == "laering" else "model.index"
    return redirect(url_for(page, _anchor="udgaver"), 303)
