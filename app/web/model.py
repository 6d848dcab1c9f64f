"""The model's past: how far a rebuilding is, going back to a version, and erasing a person's mails."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import database
from app.domain.access import Role
from app.errors import RefusedError
from app.queries import model as queries
from app.services import amendments, erasing, settings, versions
from app.web import errors, htmx
from app.web.access import blueprint, container, me

bp = blueprint("model", __name__, [Role.ADMINISTRATOR], url_prefix="/modellen")


@bp.get("/")
def index() -> ResponseReturnValue:
    """The versions; or only how far the rebuilding is, which asks for itself every few seconds."""
    with database.read(container().engine) as db:
        return render_template(
            "model/_progress.html" if htmx.wanted() else "model/index.html",
            rebuilding=settings.get(db, "rebuilding"), pending=queries.pending(db), versions=queries.versions(db),
            rollbacks=queries.rollbacks(db),
            here=url_for("model.index"),
        )  # fmt: skip


@bp.post("/tilbage")
def roll_back() -> ResponseReturnValue:
    """One click; what it left out counts again after another one."""
    form = request.form
    with database.write(container().engine) as db:
        position = form.get("position", 0, type=int)
        versions.roll_back(db, position, note=form.get("note", ""), by=me().email, now=datetime.now(UTC))
    container().learner.wake.set()
    flash(_("Modellen går tilbage. Det, den lærte siden, tæller ikke, før du fortryder."))
    return _back()


@bp.post("/fortryd")
def lift() -> ResponseReturnValue:
    with database.write(container().engine) as db:
        amendments.lift(db, request.form.get("rollback", 0, type=int), by=me().email, now=datetime.now(UTC))
    container().learner.wake.set()
    flash(_("Det, modellen havde lært, tæller igen."))
    return _back()


@bp.post("/note")
def note() -> ResponseReturnValue:
    """What people write about a version, or about why the model went back."""
    form, by, now = request.form, me().email, datetime.now(UTC)
    with database.write(container().engine) as db:
        if "rollback" in form:
            versions.explain(db, form.get("rollback", 0, type=int), form.get("note", ""), by=by, now=now)
        else:
            versions.describe(db, form.get("position", 0, type=int), form.get("note", ""), by=by, now=now)
    flash(_("Noten er gemt."))
    return _back()


def _back() -> Response:
    """To the page that the form stood on."""
    page = "learning.index" if request.form.get("fra") == "laering" else "model.index"
    return redirect(url_for(page, _anchor="udgaver"), 303)


@bp.post("/sletning")
def look() -> ResponseReturnValue:
    """First step: what there is. Sent as a form, so that no address stands in the log of a web server."""
    return _erasure(request.form.get("address", ""))


@bp.get("/sletning")
def erasure() -> ResponseReturnValue:
    return _erasure("")


@bp.post("/sletning/bekraeft")
def erase() -> ResponseReturnValue:
    """Second step: the address typed once more."""
    address = request.form.get("address", "")
    if request.form.get("again", "").strip().lower() != address.strip().lower():
        return _erasure(address, _("Adressen er ikke den samme. Intet er slettet.")), 422
    try:
        with database.write(container().engine) as db:
            count = erasing.erase(db, address, by=me().email, now=datetime.now(UTC))
    except RefusedError as error:
        return _erasure(address, errors.text(error)), 422
    container().learner.wake.set()
    flash(_("Henvendelser slettet: %(count)s. Modellen glemmer dem nu.", count=count))
    return redirect(url_for("model.index"), 303)


def _erasure(address: str, problem: str = "") -> str:
    with database.read(container().engine) as db:
        return render_template(
            "model/erasure.html", address=address.strip(), found=erasing.find(db, address), problem=problem
        )
