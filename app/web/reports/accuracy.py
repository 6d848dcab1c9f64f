"""The page of accuracy: how right the robot was, beside people, what its errors cost, and what bent the curve."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import database
from app.domain.access import SEES_ALL
from app.queries.learning import blind_checks
from app.queries.reports import accuracy, counted, remarks
from app.queries.reports.accuracy import UnitAccuracy
from app.queries.reports.catalogue import BY_KEY
from app.services.casework import enquiry_deadlines
from app.services.learning import label_overrides
from app.services.platform import settings
from app.web.platform.access import blueprint, container
from app.web.reports import accuracy_charts, figure_texts
from app.web.reports.frame import frame

bp = blueprint("accuracy", __name__, SEES_ALL, url_prefix="/tal/traefsikkerhed")
WORST, MONTHLY = "andel", "maaneder"
ORDERS: dict[str, Callable[[UnitAccuracy], Any]] = {
    "navn": lambda row: row.name.casefold(),
    WORST: lambda row: accuracy_charts.worst_first(row, "suggested_right"),
    "forslag": lambda row: accuracy_charts.worst_first(row, "suggested_here_right"),
    "forkert": lambda row: -row.figures["sent_wrong"].count,
    "dage": lambda row: -row.figures["sent_wrong_days"].count,
}


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the page. `orden` chooses the order of the units, the worst first; `vis` adds them month by month."""
    now = datetime.now(UTC)
    order = request.args.get("orden", WORST)
    order = order if order in ORDERS else WORST
    with database.read(container().engine) as db:
        framed, today = frame(db, now), enquiry_deadlines.today(db, now)
        chosen = framed["selection"]
        shown, scope = chosen.shown, chosen.scope
        amended, max_error = label_overrides.in_effect(db), settings.get(db, settings.MAX_ERROR)
        checks = accuracy.checks(db, amended, shown, scope)
        estimate, right = blind_checks.estimate(checks), sum(each.right for each in checks)
        rows = sorted(accuracy.units(db, shown, scope, today), key=ORDERS[order])
        tiles, parts = [BY_KEY[key] for key in accuracy.TILES], shown.parts()
        course = counted.over_time(db, tiles, parts, scope, today)
        by_month = request.args.get("vis") == MONTHLY
        annotations = accuracy_charts.annotations(remarks.remarks(db, shown), parts)
        return render_template(
            "accuracy/index.html",
            **framed,
            texts=figure_texts.TEXTS,
            order=order,
            figures=counted.together(course),
            before=counted.count(db, tiles, chosen.compared, scope, today),
            estimate=estimate,
            estimate_before=blind_checks.estimate(accuracy.checks(db, amended, chosen.compared, scope)),
            checks_right=right,
            over_budget=accuracy_charts.over_budget(
                estimate.share,
                (estimate.low, estimate.high),
                estimate.n,
                estimate.n - right,
                accuracy.budget(db, scope, max_error),
            ),
            people=accuracy.people(db, shown, scope),
            people_before=accuracy.people(db, chosen.compared, scope),
            units=rows,
            months=accuracy.months(shown) if by_month else [],
            by_month=accuracy.by_month(db, shown, scope, today) if by_month else [],
            monthly=MONTHLY,
            units_chart=accuracy_charts.units(rows, shown, max_error),
            course=accuracy_charts.course(course, parts, shown, annotations),
            lost=accuracy_charts.lost(course, parts, shown, annotations),
            annotations=annotations,
            recoveries=[accuracy_charts.recovery(each) for each in accuracy.recoveries(db, shown, scope, today)],
            versions=accuracy_charts.versions(accuracy.versions(db, shown, scope, today)),
            lenient=accuracy.lenient(db, rows, checks, max_error),
            detours=accuracy.detours(db, shown, scope, today),
            confusions=accuracy.confusions(db, shown, scope, today),
        )
