"""The page of what citizens write about: words that grew or shrank, topics, and the streets and districts that mails name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain.access import SEES_ALL
from app.domain.period import Period
from app.domain.topics import FEWEST_VOICES, LEAST_VOICES, counted_quarter
from app.errors import NotFoundError
from app.queries.reports import scope, topics
from app.queries.reports.topics import Counted, Look
from app.services.platform import settings
from app.services.reports import examples
from app.web.platform import access
from app.web.platform.access import blueprint, container, me
from app.web.platform.filters import percent
from app.web.reports import charts, selection
from app.web.reports.charts import Band, Chart, Series, Table, Words
from app.web.reports.frame import frame
from app.web.reports.selection import Selection

bp = blueprint("topics", __name__, SEES_ALL, url_prefix="/tal/emner")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the quarter that the chosen period ends in, beside the one before it or that of the year before."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        framed = framed_by_quarter(db, now)
        chosen: Selection = framed["selection"]
        quarter = chosen.period
        found = topics.look(db, quarter, chosen.scope, against_year=chosen.against_year)
        units = (
            topics.of_units(db, quarter, scope.unit_ids(db, chosen.scope), against_year=chosen.against_year)
            if chosen.scope.unit_id is None
            else []
        )
        progress = topics.progress(
            db, read_from=settings.get(db, settings.WORDS_AGAIN), due=settings.get(db, settings.TOPICS_DUE)
        )
        return render_template(
            "topics/index.html",
            **framed,
            look=found,
            headline=headline(found),
            picture=_chart(found, chosen.shown) if any(each.now.right for each in found.topics) else None,
            units=units,
            progress=progress,
            has_places=topics.has_places(db),
            may_import=me().role in access.ROLES["places"],
            fewest=FEWEST_VOICES,
            least=LEAST_VOICES,
        )


@bp.get("/<int:term_id>")
def show(term_id: int) -> ResponseReturnValue:
    """Show one word, topic or place: its course, its units, and sentences with persons hidden."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        framed = framed_by_quarter(db, now)
        chosen: Selection = framed["selection"]
        quarter = chosen.period
        term = topics.term(db, term_id)
        if term is None:
            raise NotFoundError
        days = topics.by_day(db, quarter, chosen.scope, term_id)
        return render_template(
            "topics/show.html",
            **framed,
            term=term,
            counted=topics.counted(db, quarter, chosen.scope, term_id, against_year=chosen.against_year),
            mails=sum(days.values()),
            course=_course(term.name, chosen.shown, days) if days else None,
            units=topics.by_unit(db, quarter, chosen.scope, term_id),
            sentences=examples.pick(db, term, quarter, chosen.scope),
        )


def framed_by_quarter(session: Session, now: datetime) -> dict[str, Any]:
    """Return the frame with the quarter that the chosen period ends in: words are counted quarter by quarter."""
    framed = frame(session, now)
    chosen: Selection = framed["selection"]
    return framed | {"selection": replace(chosen, period=counted_quarter(chosen.period, chosen.today))}


def headline(found: Look) -> str:
    """Return the sentence that says what grew and what shrank most surely, or why nothing can be said."""
    if found.made_at is None:
        return ""
    if not found.enough:
        return _(
            "Der er for få mails endnu: %(now)s afsendere i perioden og %(before)s i den, der sammenlignes med. "
            "Der skal være %(least)s i begge.",
            now=format_decimal(found.voices),
            before=format_decimal(found.voices_before),
            least=LEAST_VOICES,
        )
    grew, shrank = _first(found.grew), _first(found.shrank)
    if grew and shrank:
        return _("Flere end før skriver om %(grew)s, og færre om %(shrank)s.", grew=grew, shrank=shrank)
    if grew:
        return _("Flere end før skriver om %(grew)s.", grew=grew)
    if shrank:
        return _("Færre end før skriver om %(shrank)s.", shrank=shrank)
    return ngettext(
        "Intet ord er vokset eller aftaget mere end tilfældigt. %(num)s ord er prøvet.",
        "Intet ord er vokset eller aftaget mere end tilfældigt. %(num)s ord er prøvet.",
        found.tested,
    )


def _first(found: Sequence[Counted], most: int = 3) -> str:
    names = [f"”{each.name}”" for each in found[:most]]
    return _("%(most)s og %(last)s", most=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else "".join(names)


def _chart(found: Look, quarter: Period) -> Chart:
    """Draw which share of the senders wrote about each topic."""
    shown = [each for each in found.topics if each.now.right]
    rows = [(each.name, Band(each.now.value or 0.0, *(each.now.interval or (0.0, 1.0)))) for each in shown]
    first, named = shown[0], f"”{shown[0].name}”"
    summary = _(
        "Flest afsendere skriver om %(topic)s: %(count)s af %(n)s.",
        topic=named, count=format_decimal(first.now.right), n=format_decimal(first.now.n),
    )  # fmt: skip
    table = Table(
        [_("Emne"), _("Andel"), _("Fra"), _("Til"), _("Afsendere"), _("Af")],
        [
            [
                each.name,
                *(percent(value, 1) for value in band),
                format_decimal(each.now.right),
                format_decimal(each.now.n),
            ]
            for each, (_name, band) in zip(shown, rows, strict=True)
        ],
    )
    top = charts.nice(100 * max(band.high for _name, band in rows)) / 100
    words = Words(_("Emner"), _("andel af afsenderne, med interval"), selection.name(quarter), summary, table)
    return charts.dots(words, rows, percent, top=min(1.0, top))


def _course(name: str, quarter: Period, days: Mapping[date, int]) -> Chart:
    """Draw the mails behind a word, topic or place week by week: whether they came all the time or in one burst."""
    parts = quarter.parts()
    counts = [sum(n for day, n in days.items() if part.first <= day <= part.last) for part in parts]
    labels, named = [selection.short(part) for part in parts], f"”{name}”"
    most = max(range(len(parts)), key=counts.__getitem__)
    summary = _(
        "Flest kom: %(when)s (%(most)s af %(of)s mails).",
        most=format_decimal(counts[most]), of=format_decimal(sum(counts)), when=selection.spoken(parts[most]),
    )  # fmt: skip
    table = Table(
        [_("Modtaget"), _("Mails")],
        [[label, format_decimal(count)] for label, count in zip(labels, counts, strict=True)],
    )
    words = Words(_("Mails om %(name)s", name=named), _("mails %(step)s", step=selection.step(parts)),
                  selection.name(quarter), summary, table, labels)  # fmt: skip
    return charts.columns(words, [Series(_("Mails"), "manual", counts)], format_decimal)
