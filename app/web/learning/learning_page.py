"""The learning page. It shows the model's learning and accuracy, its versions, its alarms, its switch."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import database
from app.domain import deadlines
from app.domain.access import SEES_ALL
from app.errors import NotFoundError
from app.queries.learning import alarm_list, confusions, model, progress
from app.queries.organisation import setup_steps
from app.queries.reports import figures
from app.services.platform import settings
from app.web.learning import learning_charts
from app.web.platform import access, htmx
from app.web.platform.access import blueprint, container, me
from app.web.reports import charts

bp = blueprint("learning", __name__, SEES_ALL, url_prefix="/laering")
QUARTER, YEAR = 12, 52
ALARMS = 5
"""Alarms told on this page; the others stand on their own."""
BESIDE = (
    ("/modellen", _l("Modellen"), _l("versioner, gå tilbage, glem en person")),
    ("/blindproeve", _l("Stikprøver"), _l("hvor tit robotten tager fejl, målt uden at nogen kender forslaget")),
    ("/alarmer", _l("Alarmer"), _l("har mailene ændret sig, og hvad gjorde robotten")),
    (
        "/hvad-nu-hvis",
        _l("Afprøv ændringer"),
        _l("afprøv en anden tilladt fejlandel eller andre regler, før de gælder"),
    ),
)
"""Pages that belong to the same work, where they are."""
ORDERS: dict[str, Callable[[progress.Curve], Any]] = {
    "navn": lambda curve: curve.name.casefold(),
    "antal": lambda curve: (-curve.labels, curve.name.casefold()),
    "andel": lambda curve: (bool(curve.missing), curve.now.value or 0.0, curve.name.casefold()),
}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the whole learning page. `uger` chooses the quarter or the year, `orden` the order of the units.

    A fragment is how far a rebuilding of the model is, which asks for itself every few seconds.
    """
    if htmx.wanted():
        return _progress()
    today = deadlines.local_day(datetime.now(UTC))
    weeks = YEAR if request.args.get("uger", type=int) == YEAR else QUARTER
    order = request.args.get("orden", "navn")
    order = order if order in ORDERS else "navn"
    with database.read(container().engine) as db:
        accuracy, automation = figures.accuracy(db, today, weeks), progress.automation(db, today, weeks)
        calibration, tallies = progress.calibration(db), progress.tally(db)
        curves = sorted(progress.curves(db, tallies), key=ORDERS[order])
        return render_template(
            "learning/index.html",
            weeks=weeks,
            order=order,
            accuracy_total=figures.total(accuracy),
            automation_total=figures.total(automation),
            accuracy_chart=learning_charts.accuracy(accuracy),
            automation_chart=learning_charts.automation(automation),
            calibration=calibration,
            diagram=learning_charts.calibration(calibration),
            curves=[(curve, charts.spark([share.value for share in curve.stages])) for curve in curves],
            stages=learning_charts.stages(progress.STAGES),
            confusions=confusions.confusions(db, tallies),
            sources=progress.sources(db, tallies, today, QUARTER),
            source_weeks=[week.last for week in accuracy[-QUARTER:]],
            standing=progress.standing(db, tallies),
            limit=settings.get(db, settings.CONFIDENCE_LIMIT),
            max_error=settings.get(db, settings.MAX_ERROR),
            versions=model.versions(db),
            rollbacks=model.rollbacks(db),
            may_go_back=me().role in access.ROLES["model"],
            may_see_alarms=me().role in access.ROLES["alarms"],
            alarms=alarm_list.latest(db, shown=ALARMS),
            rebuilding=settings.get(db, settings.REBUILDING),
            pending=model.pending(db),
            automatic_units=setup_steps.facts(db).automatic,
            here=url_for("learning.index"),
            beside=_beside(),
        )


def _progress() -> str:
    with database.read(container().engine) as db:
        return render_template(
            "model/_progress.html",
            rebuilding=settings.get(db, settings.REBUILDING),
            pending=model.pending(db),
            here=url_for("learning.index"),
        )


@bp.get("/forveksling/<int:suggested_id>/<int:unit_id>")
def confusion(suggested_id: int, unit_id: int) -> ResponseReturnValue:
    """Show the mails of a confused pair. Suggested for one unit, they belong to another."""
    with database.read(container().engine) as db:
        suggested, unit = confusions.unit_name(db, suggested_id), confusions.unit_name(db, unit_id)
        if suggested is None or unit is None:
            raise NotFoundError
        mails = confusions.confused(db, suggested_id, unit_id)
    return render_template(
        "learning/confusion.html", suggested=suggested, unit=unit, mails=mails, most=confusions.PAIR_MAILS
    )


def _beside() -> list[tuple[str, str, str]]:
    """Return the pages beside this one. Each is (address, name, what for); it exists and this person may open it."""
    plain = (rule for rule in current_app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments)
    doors = {rule.rule.rstrip("/"): rule for rule in plain}
    found = ((doors.get(path), str(name), str(why)) for path, name, why in BESIDE)
    return [
        (rule.rule, name, why)
        for rule, name, why in found
        if rule is not None and me().role in access.ROLES[rule.endpoint.split(".")[0]]
    ]
