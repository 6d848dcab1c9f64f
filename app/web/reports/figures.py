"""The overview: what came, what became of it, what changed, and how long a choice takes."""

from datetime import UTC, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain.access import SEES_ALL, Role
from app.domain.deadline_status import Today
from app.domain.deadlines import begin_of, end_of
from app.domain.decision_times import EDGES, ENOUGH, PAUSE, DecisionTimes
from app.domain.period import Period
from app.queries.reports import counted, overview
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted, Group
from app.queries.triage import decision_times as paces
from app.services.casework import enquiry_deadlines
from app.services.platform import settings
from app.services.triage import decision_times
from app.web.platform import htmx
from app.web.platform.access import blueprint, container, me
from app.web.reports import charts, figure_texts, selection
from app.web.reports.charts import Chart, Series, Table, Words
from app.web.reports.frame import frame

bp = blueprint("figures", __name__, SEES_ALL, url_prefix="/tal")

LOOKS = {
    "automatic": "auto",
    "manual": "manual",
    "undecided": "open",
    "follow_ups": "along",
    "direct": "along",
    "aside": "aside",
}
IN_TABLE = ("received", "automatic", "returned", "overdue", "answered_late")
"""What is shown of each unit."""


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the whole page, or its middle. The middle asks for itself again every minute."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        framed, today = frame(db, now), enquiry_deadlines.today(db, now)
        chosen = framed["selection"]
        changes = overview.changes(db, chosen.shown, chosen.compared, chosen.scope, today)
        return render_template(
            "figures/_figures.html" if htmx.wanted() else "figures/index.html",
            **framed,
            changes=changes,
            undecided=next(each.now.count for each in changes if each.figure.key == "undecided"),
            texts=figure_texts.TEXTS,
            headline=figure_texts.headline(changes),
            usual=overview.usual(db, now, today) if not chosen.scope else None,
            became=_became(db, chosen.shown, chosen.scope, today),
            group=_grouping(chosen.scope),
            groups=_groups(db, chosen, framed["scopes"], today),
            in_table=IN_TABLE,
            today=today.day,
            **_pace(db, chosen.shown),
        )


def _became(db: Session, period: Period, scope: Any, today: Today) -> Chart:
    """Draw what the mails of each part of the period became."""
    parts = period.parts()
    found = counted.over_time(db, [BY_KEY[key] for key in overview.LAYERS], parts, scope, today)
    labels = [selection.short(part) for part in parts]
    layers = [
        Series(str(figure_texts.TEXTS[key].name), LOOKS[key], [part[key].count for part in found])
        for key in overview.LAYERS
    ]
    rows = [
        [label, *(format_decimal(part[key].count) for key in overview.LAYERS)]
        for label, part in zip(labels, found, strict=True)
    ]
    total = sum(sum(each.values) for each in layers)
    most = max(range(len(parts)), key=lambda n: sum(each.values[n] for each in layers))
    summary = (
        _("Der kom %(n)s mails. Flest: %(when)s.", n=format_decimal(total), when=selection.spoken(parts[most]))
        if total
        else _("Der kom ingen mails.")
    )
    head = [_("Periode"), *(str(figure_texts.TEXTS[key].name) for key in overview.LAYERS)]
    words = Words(
        _("Hvad mails blev til"),
        _("mails %(step)s", step=selection.step(parts)),
        selection.name(period),
        summary,
        Table(head, rows),
        labels,
    )
    return charts.columns(words, layers, format_decimal)


def _grouping(scope: Any) -> Group:
    """Return what the table compares: the areas of the house, then the units of one."""
    return Group.UNIT if scope else Group.AREA


def _groups(db: Session, chosen: Any, scopes: Any, today: Today) -> list[tuple[str, str, dict[str, Counted]]]:
    """Return (name, address of the same page for it, figures), by name. What is with no unit comes last."""
    group = _grouping(chosen.scope)
    names = {each.id: each.name for each in (scopes.areas if group is Group.AREA else scopes.units)}
    field = "omraade" if group is Group.AREA else "enhed"
    found = counted.by_group(db, [BY_KEY[key] for key in IN_TABLE], chosen.shown, chosen.scope, today, group)
    rows = [
        (names[key], chosen.link("figures.index", **{field: key}), figures)
        for key, figures in found.items()
        if key in names
    ]
    rest = [(_("uden enhed"), "", figures) for key, figures in found.items() if key not in names]
    return sorted(rows) + rest


def _pace(db: Session, period: Period) -> dict[str, Any]:
    """Return the decision times.

    Of single persons only where that is switched on, and only what this person may see.
    """
    since, until = begin_of(period.first), end_of(period.last)
    found, on = paces.by_kind(db, period), settings.get(db, decision_times.PER_PERSON)
    everybody = paces.people(db, since=since, until=until) if on else []
    mine = [
        (account, each) for account, each in everybody if me().role is Role.MANAGER or account.id == me().account_id
    ]
    return {
        "paces": found,
        "pace_chart": _pace_chart(found.all, period),
        "people": [(account, each) for account, each in mine if each.n >= ENOUGH],
        "per_person": on,
        "may_switch": me().role is Role.ADMINISTRATOR,
        "enough": ENOUGH,
        "pause_minutes": PAUSE // 60,
    }


def _pace_chart(found: DecisionTimes, period: Period) -> Chart:
    """Draw how many choices took how long. The columns stand for intervals that are not equally long."""
    ends = [f"< {end}" if end <= 60 else f"< {end // 60} min" for end in EDGES]
    bins = found.bins()
    summary = (
        _(
            "Halvdelen tog højst %(median)s sekunder, ni ud af ti højst %(most)s.",
            median=found.quantile(0.5),
            most=found.quantile(0.9),
        )
        if found.n
        else _("Ingen valg er målt.")
    )
    table = Table([_("Sekunder"), _("Valg")], [[end, format_decimal(n)] for end, n in zip(ends, bins, strict=True)])
    words = Words(_("Sekunder pr. valg"), _("valg"), selection.name(period), summary, table, ends)
    return charts.columns(words, [Series(_("Valg"), "manual", bins)], format_decimal)
