"""What every page of figures is shown with: its selection, what can be chosen, and the other pages."""

from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.domain import period
from app.domain.deadlines import local_day
from app.domain.period import Kind, Period
from app.queries.reports import counted, scope
from app.web.platform.access import ROLES, me
from app.web.reports import selection
from app.web.reports.selection import Selection

PAGES: tuple[tuple[str, Any], ...] = (
    ("figures.index", _l("Overblik")),
    ("accuracy.index", _l("Træfsikkerhed")),
    ("punctuality.index", _l("Frister")),
    ("benefit.index", _l("Gevinst")),
    ("topics.index", _l("Emner")),
    ("follow_up.index", _l("Opfølgning")),
    ("data_out.index", _l("Data ud")),
)
"""The pages of figures, in the order of their tabs."""


def frame(session: Session, now: datetime, usual: Period | None = None) -> dict[str, Any]:
    """Return what the frame's templates need; `selection` is what the page is to show, or `usual` where none was chosen."""
    today = local_day(now)
    chosen = selection.read(_arguments(), today, usual or _usual(session, today))
    return {
        "selection": chosen,
        "scopes": scope.choices(session),
        "pages_of_figures": [page for page in PAGES if me().role in ROLES[page[0].partition(".")[0]]],
        "usual_periods": usual_periods(chosen),
    }


def _usual(session: Session, today: date) -> Period:
    """Return the period of a page that names none: a house that is newer than it has its own days shown instead."""
    found, began = selection.usual(today), counted.first_day(session)
    return period.around(today, found.kind) if began is not None and began > found.last else found


def usual_periods(chosen: Selection) -> list[tuple[str, Period]]:
    """Return the periods that are one click away: those that today is in, and those before them."""
    today = chosen.today
    return [
        (str(name), found)
        for kind, this, last in (
            (Kind.WEEK, _("denne uge"), _("sidste uge")),
            (Kind.MONTH, _("denne måned"), _("sidste måned")),
            (Kind.QUARTER, _("dette kvartal"), _("sidste kvartal")),
            (Kind.YEAR, _("i år"), _("sidste år")),
        )
        for name, found in ((this, period.around(today, kind)), (last, period.around(today, kind).before()))
    ]


def _arguments() -> dict[str, str]:
    """Return the address's fields. The form's two days are one period."""
    found = request.args.to_dict()
    if found.get("fra") and found.get("til"):
        found["periode"] = f"{found['fra']}..{found['til']}"
    return found
