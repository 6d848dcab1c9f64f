"""The page of blind checks. It shows their result for the automatic routes, and the breakers that have tripped."""

from datetime import UTC, datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from app import database
from app.domain.access import SEES_ALL, Role
from app.queries.learning import blind_checks, sampling
from app.services.learning import label_overrides
from app.services.platform import settings
from app.web.platform.access import blueprint, container, me

bp = blueprint("sampling", __name__, SEES_ALL, url_prefix="/blindproeve")


@bp.get("/")
def index() -> ResponseReturnValue:
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        outcomes = sampling.outcomes(db, label_overrides.in_effect(db), since=now - sampling.RECENTLY, answered=False)
        max_error = settings.get(db, settings.MAX_ERROR)
        return render_template(
            "sampling/index.html",
            estimate=blind_checks.estimate(outcomes),
            units=blind_checks.units(db, outcomes, max_error, now),
            tripped=blind_checks.tripped(db),
            history=blind_checks.breaker_events(db),
            reviews=blind_checks.reviews(db, now - sampling.RECENTLY),
            rule=settings.get(db, settings.SAMPLING),
            max_error=max_error,
            days=sampling.RECENTLY.days,
            may_arm=me().role is Role.ADMINISTRATOR,
        )
