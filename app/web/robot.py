"""The robot's page: what it does, what stopped and why, going on from there, and the switch that stops it."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.queries import robot as queries
from app.services import events, settings
from app.web import htmx
from app.web.access import blueprint, container, me

bp = blueprint("robot", __name__, [Role.ADMINISTRATOR], url_prefix="/robot")


@bp.get("/")
def index() -> ResponseReturnValue:
    """The latest work; dead letters first."""
    robot = container().robot
    with database.read(container().engine) as db:
        held, limit = queries.held(db), settings.get(db, "confidence_limit")
    return render_template(
        "robot/_work.html" if htmx.wanted() else "robot/index.html",
        failed=robot.works(failed=True),
        works=robot.works(),
        held=held,
        limit=limit,
        position=container().learner.position,
    )


@bp.get("/arbejde/<work_id>")
def work(work_id: str) -> ResponseReturnValue:
    """One workflow with its steps."""
    return render_template(
        "robot/work.html", work=container().robot.work(work_id), steps=container().robot.steps(work_id)
    )


@bp.post("/arbejde/<work_id>/genoptag")
def resume(work_id: str) -> ResponseReturnValue:
    """Go on from a step; what was done before it is not done again."""
    container().robot.resume(work_id, from_step=request.form.get("trin", type=int))
    with database.write(container().engine) as db:
        events.record(db, "work_resumed", by=me().email, now=datetime.now(UTC), work=work_id)
    flash(_("Robotten går videre."))
    return redirect(url_for("robot.work", work_id=work_id), 303)


@bp.post("/genoptag-alle")
def resume_all() -> ResponseReturnValue:
    """Go on with everything on the list of dead letters, for instance when the records system is back."""
    ids = [work.id for work in container().robot.works(failed=True, limit=1000)]
    for work_id in ids:
        container().robot.resume(work_id)
    with database.write(container().engine) as db:
        events.record(db, "work_resumed", by=me().email, now=datetime.now(UTC), works=ids)
    flash(_("Robotten går videre."))
    return redirect(url_for("robot.index"), 303)


@bp.post("/kontakt")
def switch() -> ResponseReturnValue:
    """Stop or start the whole robot."""
    running = request.form.get("tilstand") == "start"
    with database.write(container().engine) as db:
        settings.switch_robot(db, running=running, by=me().email, now=datetime.now(UTC))
    flash(_("Robotten kører igen.") if running else _("Robotten er stoppet. Mails modtages stadig."))
    return redirect(url_for("learning.index" if request.form.get("fra") == "laering" else "robot.index"), 303)
