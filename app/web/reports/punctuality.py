"""The page of deadlines: who kept them and who was late, what is overdue and waits for what, how long journaling took."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain.access import SEES_ALL
from app.domain.deadline_status import Today
from app.domain.figures import Share, lacking
from app.domain.period import Period
from app.queries.reports import counted, punctuality
from app.queries.reports.catalogue import BY_KEY
from app.queries.reports.counted import Counted, Group
from app.queries.reports.punctuality import LAST_BIN, JournalLag
from app.services.casework import enquiry_deadlines
from app.services.platform import settings
from app.web.platform.access import blueprint, container
from app.web.platform.filters import percent
from app.web.reports import charts, figure_texts, selection
from app.web.reports.charts import Band, Chart, Series, Table, Words
from app.web.reports.frame import frame
from app.web.reports.selection import Selection

bp = blueprint("punctuality", __name__, SEES_ALL, url_prefix="/tal")

CLOCKS = (
    ("feedback", "feedback_met", "feedback_near", "feedback_overdue"),
    ("answer", "answer_met", "answer_near", "answer_overdue"),
)
"""Of each clock: what was met, and of those that run what is near and what has passed."""
OF_GROUPS = ("feedback_met", "answer_met", "answered_late", "near", "overdue")
JOURNALING = ("journaled_same_day", "journaled_in_1", "journaled_in_3", "journaled_later", "not_journaled")
OF_HOUSE = ("feedback_near", "feedback_overdue", "answer_near", "answer_overdue", *JOURNALING)
"""What is counted besides; the others are added up from the units."""
MOST_DOTS = 12
"""Units in the chart of late answers; the table has all."""


@bp.get("/frister/")
def index() -> ResponseReturnValue:
    """Show the page for a period and a part of the house; what is overdue stands as of today."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        framed, today = frame(db, now), enquiry_deadlines.today(db, now)
        chosen: Selection = framed["selection"]
        max_error = settings.get(db, settings.MAX_ERROR)
        units = counted.by_group(db, [BY_KEY[key] for key in OF_GROUPS], chosen.shown, chosen.scope, today, Group.UNIT)
        area_of = {each.id: each.area_id for each in framed["scopes"].units}
        of_units = _rows(units, {each.id: each.name for each in framed["scopes"].units}, max_error)
        of_areas = _rows(_by_area(units, area_of), {each.id: each.name for each in framed["scopes"].areas}, max_error)
        house = counted.count(db, [BY_KEY[key] for key in OF_HOUSE], chosen.shown, chosen.scope, today)
        lag = punctuality.journal_lag(db, chosen.shown, chosen.scope)
        return render_template(
            "punctuality/index.html",
            **framed,
            texts=figure_texts.TEXTS,
            figures={key: Counted(0, 0) for key in OF_GROUPS} | counted.together(units.values()) | house,
            clocks=CLOCKS,
            courses=_courses(db, chosen, today),
            late=_late(chosen.shown, of_units, max_error),
            tables=((_("Enheder"), "enhed", of_units), (_("Serviceområder"), "omraade", of_areas)),
            of_groups=OF_GROUPS,
            overdue=punctuality.overdue(db, chosen.scope, today),
            journaling=JOURNALING,
            lag_chart=_lag_chart(lag, chosen.shown),
            today=today.day,
        )


Groups = dict[Any, dict[str, Counted]]
Row = tuple[int | None, str, dict[str, Counted]]
"""Id, name and figures of a unit or an area; last, without an id, of what is with none."""


def _rows(groups: Groups, names: Mapping[int, str], max_error: float) -> list[Row]:
    """Return the figures of each unit or area, those first that are most often late with the answer."""
    order = punctuality.worst_first(groups, "answered_late", max_error)
    rows: list[Row] = [(key, names[key], groups[key]) for key in order if key in names]
    rest = counted.together(figures for key, figures in groups.items() if key not in names)
    return [*rows, (None, _("uden enhed"), rest)] if rest else rows


def _by_area(units: Groups, area_of: Mapping[int, int]) -> Groups:
    found: dict[Any, list[dict[str, Counted]]] = defaultdict(list)
    for unit, figures in units.items():
        found[area_of.get(unit)].append(figures)
    return {area: counted.together(each) for area, each in found.items()}


def _courses(db: Session, chosen: Selection, today: Today) -> list[Chart]:
    """Draw for each clock how many kept it and how many did not, over the period."""
    parts = chosen.shown.parts()
    keys = [met for _, met, *_ in CLOCKS]
    found = counted.over_time(db, [BY_KEY[key] for key in keys], parts, chosen.scope, today)
    return [_course(key, parts, [part[key] for part in found], chosen.shown) for key in keys]


def _course(key: str, parts: Sequence[Period], found: Sequence[Counted], period: Period) -> Chart:
    labels = [selection.short(part) for part in parts]
    late = [(each.of or 0) - each.count for each in found]
    met, of = sum(each.count for each in found), sum(each.of or 0 for each in found)
    name = str(figure_texts.TEXTS[key].name)
    summary = (
        _("%(met)s af %(of)s til tiden. Flest for sent: %(when)s.", met=format_decimal(met), of=format_decimal(of),
          when=selection.spoken(parts[max(range(len(late)), key=late.__getitem__)]))
        if sum(late)
        else _("%(met)s af %(of)s til tiden.", met=format_decimal(met), of=format_decimal(of))
        if of
        else _("Ingen frist er overholdt eller passeret endnu.")
    )  # fmt: skip
    table = Table(
        [_("Modtaget"), _("Til tiden"), _("Ikke til tiden")],
        [
            [label, format_decimal(each.count), format_decimal(n)]
            for label, each, n in zip(labels, found, late, strict=True)
        ],
    )
    words = Words(
        name, _("henvendelser %(step)s", step=selection.step(parts)), selection.name(period), summary, table, labels
    )
    layers = [
        Series(_("Til tiden"), "auto", [each.count for each in found]),
        Series(_("Ikke til tiden"), "open", late),
    ]
    return charts.columns(words, layers, format_decimal)


def _late(period: Period, units: Sequence[Row], max_error: float) -> Chart | None:
    """Draw the share of late answers of the units that are known well enough, the largest first."""
    found = [
        (name, figures["answered_late"])
        for key, name, figures in units
        if key is not None and "answered_late" in figures
    ]
    known = [(name, each) for name, each in found if not lacking(each.of or 0, max_error)][:MOST_DOTS]
    if not known:
        return None
    rows = [(name, _band(each.share)) for name, each in known]
    worst, of_worst = known[0]
    summary = _(
        "Størst andel sene svar: %(unit)s med %(share)s (%(late)s af %(n)s).",
        unit=worst, share=percent(of_worst.share.value, 1), late=format_decimal(of_worst.count), n=format_decimal(of_worst.of),
    ) if of_worst.count else _("Ingen af de viste enheder har svaret for sent.")  # fmt: skip
    table = Table(
        [_("Enhed"), _("Andel"), _("Fra"), _("Til"), _("Sene"), _("Af")],
        [_cells(name, each) for name, each in known],
    )
    top = charts.nice(100 * max(band.high for _, band in rows)) / 100
    words = Words(_("Sene svar pr. enhed"), _("andel af besvarede med svarfrist, med interval"), selection.name(period),
                  summary, table)  # fmt: skip
    return charts.dots(words, rows, percent, top=min(1.0, top))


def _band(share: Share) -> Band:
    low, high = share.interval or (0.0, 1.0)
    return Band(share.value or 0.0, low, high)


def _cells(name: str, found: Counted) -> list[str]:
    band = _band(found.share)
    return [
        name, percent(band.value, 1), percent(band.low, 1), percent(band.high, 1), format_decimal(found.count),
        format_decimal(found.of),
    ]  # fmt: skip


def _lag_chart(lag: JournalLag, period: Period) -> Chart:
    """Draw how many mails were on their case after how many working days."""
    labels = [_("samme dag"), *(str(n) for n in range(1, LAST_BIN)), f"≥ {LAST_BIN}"]
    summary = (
        _("Halvdelen lå på sagen inden for %(median)s, ni ud af ti inden for %(most)s.",
          median=duration(lag.median), most=duration(lag.most))
        if lag.median is not None and lag.most is not None
        else _("Ingen mails er journaliseret.")
    )  # fmt: skip
    table = Table(
        [_("Arbejdsdage"), _("Mails")],
        [[label, format_decimal(n)] for label, n in zip(labels, lag.days, strict=True)],
    )
    words = Words(_("Fra modtaget til journaliseret"), _("mails efter arbejdsdage"), selection.name(period), summary, table,
                  labels)  # fmt: skip
    return charts.columns(words, [Series(_("Mails"), "manual", lag.days)], format_decimal)


def duration(minutes: int) -> str:
    """Return minutes as people say them: minutes, or hours, or days."""
    if minutes < 90:
        return ngettext("%(num)s minut", "%(num)s minutter", max(1, minutes))
    if minutes < 48 * 60:
        return ngettext("%(num)s time", "%(num)s timer", round(minutes / 60))
    return ngettext("%(num)s døgn", "%(num)s døgn", round(minutes / 60 / 24))
