"""The figures page. Every chart has its table beside it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app import database
from app.domain import deadlines
from app.domain.access import SEES_ALL, Role
from app.domain.decision_times import ENOUGH, PAUSE
from app.domain.figures import Share
from app.queries.casework.deadline_list import statuses
from app.queries.reports import figures
from app.queries.triage import decision_times as paces
from app.services.casework import enquiry_deadlines
from app.services.platform import settings
from app.services.triage import decision_times
from app.web.platform import htmx
from app.web.platform.access import blueprint, container, me
from app.web.reports import charts

bp = blueprint("figures", __name__, SEES_ALL, url_prefix="/tal")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the whole page, or its middle. The middle asks for itself again every few seconds."""
    now = datetime.now(UTC)
    today = deadlines.local_day(now)
    with database.read(container().engine) as db:
        reckoned = enquiry_deadlines.today(db, now)
        days, weeks = figures.days(db, today), figures.accuracy(db, today)
        late, is_open = figures.overdue(db, reckoned)
        return render_template(
            "figures/_figures.html" if htmx.wanted() else "figures/index.html",
            days=days,
            weeks=weeks,
            accuracy=figures.total(weeks),
            automatic=Share(sum(d.automatic for d in days), sum(d.automatic + d.manual for d in days)),
            late=late,
            is_open=is_open,
            urgent=[(each, statuses(each, reckoned)) for each in figures.urgent(db, reckoned)],
            bars=charts.day_bars(days),
            trend=charts.accuracy_trend(weeks),
            today=today,
            **_pace(db),
        )


def _pace(db: Session) -> dict[str, Any]:
    """Return the decision times.

    Of single persons only where that is switched on, and only what this person may see.
    """
    since = datetime.now(UTC) - timedelta(days=paces.DAYS)
    found, on = paces.by_kind(db, since=since), settings.get(db, decision_times.PER_PERSON)
    everybody = paces.people(db, since=since) if on else []
    mine = [
        (account, each) for account, each in everybody if me().role is Role.MANAGER or account.id == me().account_id
    ]
    return {
        "paces": found,
        "pace_columns": charts.pace_columns(found.all),
        "pace_chart": charts.week_columns(found.all.bins()),
        "people": [(account, each) for account, each in mine if each.n >= ENOUGH],
        "per_person": on,
        "may_switch": me().role is Role.ADMINISTRATOR,
        "enough": ENOUGH,
        "pause_minutes": PAUSE // 60,
        "pace_days": paces.DAYS,
    }


@bp.get("/aaret")
def year() -> ResponseReturnValue:
    """Show the last 52 whole weeks. Imported history is among them, with what bent the curves."""
    sunday = figures.last_sunday(deadlines.local_day(datetime.now(UTC)))
    with database.read(container().engine) as db:
        weeks = figures.accuracy(db, sunday, figures.YEAR)
        received, milestones = figures.received(db, sunday), figures.milestones(db, sunday)
    return render_template(
        "figures/year.html",
        weeks=weeks,
        received=received,
        columns=charts.week_columns(received),
        trend=charts.accuracy_trend(weeks),
        marks=charts.marks(milestones, figures.YEAR),
        milestones=milestones,
    )
