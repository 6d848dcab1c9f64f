"""The quarterly follow-up for heads of secretariat: one document on screen, on paper, as PDF and as a spreadsheet."""

from datetime import UTC, datetime

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain import period
from app.domain.access import SEES_ALL
from app.domain.deadlines import local_day
from app.domain.figures import fewest
from app.domain.period import Kind, Period
from app.queries.reports import benefit as measured
from app.queries.reports import overview
from app.queries.reports.benefit import Version
from app.queries.reports.scope import ScopeChoices
from app.services.casework import enquiry_deadlines
from app.services.organisation import municipalities
from app.services.platform import settings
from app.web.platform.access import blueprint, container, my_account
from app.web.platform.filters import moment
from app.web.platform.limited import limited
from app.web.reports import (
    algorithm_register,
    document,
    document_excel,
    document_pdf,
    figure_texts,
    follow_up_benefit,
    follow_up_gathering,
    follow_up_sections,
    follow_up_topics,
    selection,
)
from app.web.reports.document import Document
from app.web.reports.follow_up_gathering import Gathered
from app.web.reports.frame import frame
from app.web.reports.selection import Selection

bp = blueprint("follow_up", __name__, SEES_ALL, url_prefix="/tal/opfoelgning")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def usual(now: datetime) -> Period:
    """Return what is shown where the address names no period: the last quarter that is over."""
    return period.around(local_day(now), Kind.QUARTER).before()


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the document as a page, which prints."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        framed = frame(db, now, usual(now))
        made = _document(db, framed["selection"], framed["scopes"], now)
    return render_template(
        "follow_up/index.html", **framed, document=made, cells=document.cells, written=document.written
    )


@bp.get("/pdf")
@limited("export")
def pdf() -> ResponseReturnValue:
    """Return the document as a tagged PDF."""
    made, chosen = _made()
    return _file(document_pdf.write(made), "application/pdf", chosen, "pdf")


@bp.get("/excel")
@limited("export")
def excel() -> ResponseReturnValue:
    """Return the document's figures as a spreadsheet."""
    made, chosen = _made()
    return _file(document_excel.write(made), EXCEL, chosen, "xlsx")


@bp.get("/algoritmeregister")
def register() -> ResponseReturnValue:
    """Show the text for a public register of algorithms, as the configuration is now."""
    return render_template("follow_up/register.html", register=_register())


@bp.get("/algoritmeregister.txt")
def register_text() -> ResponseReturnValue:
    """Return that text as a file."""
    headers = {"Content-Disposition": "attachment; filename=algoritmeregister.txt"}
    return Response(algorithm_register.text(_register()), mimetype="text/plain", headers=headers)


def _register() -> algorithm_register.Register:
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        return algorithm_register.register(db, container().settings, now)


def _made() -> tuple[Document, Selection]:
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        framed = frame(db, now, usual(now))
        return _document(db, framed["selection"], framed["scopes"], now), framed["selection"]


def _file(content: bytes, mimetype: str, chosen: Selection, ending: str) -> Response:
    name = f"sluse-{chosen.period.word}.{ending}"
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    return Response(content, mimetype=mimetype, headers=headers)


def _document(db: Session, chosen: Selection, scopes: ScopeChoices, now: datetime) -> Document:
    """Make the document. All its figures are read in one transaction, so that they belong together."""
    today, max_error = enquiry_deadlines.today(db, now), settings.get(db, settings.MAX_ERROR)
    changes = overview.changes(db, chosen.shown, chosen.compared, chosen.scope, today)
    changed = frozenset(each.figure.key for each in changes if each.beyond_chance)
    g = follow_up_gathering.gather(db, chosen, scopes, today, max_error, changed)
    version = measured.newest(db)
    sections = [
        *follow_up_sections.sections(g),
        follow_up_benefit.section(g, version),
        follow_up_topics.section(g),
        follow_up_sections.groups(g),
        follow_up_sections.course_of_events(g),
    ]
    shown = g.periods[0]
    return Document(
        title=_("Opfølgning, %(period)s", period=g.name),
        house=municipalities.name(db, container().settings),
        period=_days(shown),
        scope=_scope(chosen, scopes),
        author=my_account().name,
        made_at=now,
        language=str(get_locale()),
        facts=_facts(db, _scope(chosen, scopes), version, now),
        summary=_summary(g, chosen.compared, figure_texts.headline(changes)),
        columns=[selection.name(each) for each in g.periods],
        sections=sections,
        notes=_notes(max_error),
    )


def _summary(g: Gathered, compared: Period, headline: str) -> list[str]:
    """Return what changed since the period compared with, and which comparisons there cannot be."""
    changes = [_("Sammenlignet med %(period)s.", period=_days(compared)), headline] if compared in g.periods else []
    if not g.uncounted:
        return changes
    first, *more = (_spoken(each) for each in g.uncounted)
    uncounted = _("%(first)s og %(second)s", first=first, second=more[0]) if more else first
    if len(g.periods) > 1:
        left_out = _("Der kom ingen mails i %(periods)s, så den sammenligning er udeladt.", periods=uncounted)
    else:
        left_out = _("Der kom ingen mails i %(periods)s, så der er intet at sammenligne med.", periods=uncounted)
    return [*changes, left_out]


def _spoken(other: Period) -> str:
    """Return a period as it stands in a sentence after »i«."""
    name = selection.name(other)
    return _("perioden %(days)s", days=name) if other.kind is Kind.DAYS else name


def _days(shown: Period) -> str:
    """Return a period with its days: 3. kvartal 2026 (1. jul. 2026 – 30. sep. 2026)."""
    days = selection.name(Period(shown.first, shown.last))
    return days if shown.kind is Kind.DAYS else f"{selection.name(shown)} ({days})"


def _scope(chosen: Selection, scopes: ScopeChoices) -> str:
    """Return the part of the house in words."""
    scope = chosen.scope
    found = [
        *(each.name for each in scopes.areas if each.id == scope.area_id),
        *(each.name for each in scopes.centres if each.id == scope.centre_id),
        *(each.name for each in scopes.units if each.id == scope.unit_id),
        *(each.name for each in scopes.mailboxes if each.address == scope.mailbox),
    ]
    return ", ".join(found) if found else _("Hele huset")


def _facts(db: Session, scope: str, version: Version | None, now: datetime) -> list[tuple[str, str]]:
    """Return what the document tells about itself."""
    position = settings.get(db, settings.FACTS_POSITION)
    data = _("opgjort til og med hændelse nr. %(n)s i loggen", n=format_decimal(position or 0))
    if settings.get(db, settings.FACTS_AGAIN):
        data = f"{data}. {_('Tallene er ved at blive regnet om.')}"
    found = [
        (_("Lavet af"), my_account().name),
        (_("Lavet"), moment(now)),
        (_("Udsnit"), scope),
        (_("Data"), data),
    ]
    if version is not None:
        found.append(
            (
                _("Gevinstens forudsætninger"),
                _("version %(n)s af %(day)s", n=version.row.id, day=moment(version.row.at)),
            )
        )
    return found


def _notes(max_error: float) -> list[str]:
    return [
        _("En procent står kun, hvor der er mindst %(n)s bag den. Ellers står antallene.", n=fewest(max_error)),
        _("Intervallerne er 95 pct.-intervaller: Så meget kan tilfældigheder flytte tallet."),
        _("Det, der står åbent, er talt i dag, uanset perioden."),
    ]
