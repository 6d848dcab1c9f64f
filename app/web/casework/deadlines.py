"""The page of deadlines. The days on which the authority is closed, and the types with their two clocks."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.deadlines import CHOICES
from app.domain.events.casework import UsualDeadlineTypeChanged
from app.errors import RefusedError
from app.queries.casework import deadline_list
from app.services.casework import enquiry_deadlines
from app.services.platform import events, settings
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me

bp = blueprint("deadlines", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/frister")


@bp.get("/")
def index() -> ResponseReturnValue:
    return _page()


@bp.post("/kalender")
def calendar() -> ResponseReturnValue:
    days = dict(zip(request.form.getlist("day"), request.form.getlist("day_name"), strict=False))
    gone = set(request.form.getlist("remove"))
    kept = {day: name for day, name in days.items() if day and day not in gone}
    try:
        with database.write(container().engine) as db:
            enquiry_deadlines.change_calendar(
                db,
                request.form.getlist("yearly"),
                kept,
                request.form.get("soon", 2, type=int),
                by=me(),
                now=datetime.now(UTC),
            )
    except RefusedError as error:
        return _page(errors.text(error)), 422
    flash(_("Kalenderen er gemt. Frister, der allerede løber, flyttes ikke."))
    return redirect(url_for("deadlines.index"), 303)


@bp.post("/type")
def save() -> ResponseReturnValue:
    form = request.form
    try:
        with database.write(container().engine) as db:
            kind = enquiry_deadlines.save_type(
                db,
                form.get("type_id", type=int),
                form.get("name", ""),
                form.get("feedback_days", type=int),
                form.get("answer_days", type=int),
                working=form.get("working") == "1",
                retired="retired" in form,
                by=me(),
                now=datetime.now(UTC),
            )
            if "usual" in form:
                before = settings.get(db, settings.DEADLINE_TYPE)
                settings.put(db, settings.DEADLINE_TYPE, kind.id)
                events.record(
                    db, UsualDeadlineTypeChanged(before=before, after=kind.id), by=me(), now=datetime.now(UTC)
                )
            flash(_("%(name)s er gemt og gælder for nye henvendelser.", name=kind.name))
    except RefusedError as error:
        return _page(errors.text(error)), 422
    return redirect(url_for("deadlines.index"), 303)


def _page(problem: str = "") -> str:
    with database.read(container().engine) as db:
        return render_template(
            "deadlines/index.html",
            types=deadline_list.types(db),
            usual=enquiry_deadlines.usual(db),
            choices=list(CHOICES),
            yearly=settings.get(db, settings.CLOSED_YEARLY),
            days=settings.get(db, settings.CLOSED_DAYS),
            soon=settings.get(db, settings.REMIND_DAYS),
            changes=deadline_list.changes(db),
            problem=problem,
        )
