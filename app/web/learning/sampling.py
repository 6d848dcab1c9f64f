"""The page of blind checks. It shows their result for the automatic routes, and the breakers that have tripped."""

from datetime import UTC, datetime

from flask import render_template
from flask.typing import ResponseReturnValue

from app import database
from app.domain.access import SEES_ALL, Role
from app.queries.learning import blind_checks as queries
from app.queries.learning import sampling
from app.services.learning import amendments
from app.services.platform import settings
from app.web.platform.access import blueprint, container, me

bp = blueprint("sampling", __name__, SEES_ALL, url_prefix="/blindproeve")


@bp.get("/")
def index() -> ResponseReturnValue:
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        outcomes = sampling.outcomes(db, amendments.standing(db), since=now - sampling.RECENTLY, answered=False)
        max_error = settings.get(db, settings.MAX_ERROR)
        return render_template(
            "sampling/index.html",
            estimate=queries.estimate(outcomes),
            units=queries.units(db, outcomes, max_error, now),
            tripped=queries.tripped(db),
            history=queries.breaker_events(db),
            reviews=queries.reviews(db, now),
            rule=settings.get(db, settings.SAMPLING),
            max_error=max_error,
            days=sampling.RECENTLY.days,
            may_arm=me().role is Role.ADMINISTRATOR,
        )
