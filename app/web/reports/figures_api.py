"""The figures for other programs: JSON and CSV at addresses that stay, opened by a token in the header and by nothing else.

No cookie opens anything here and a token opens nothing elsewhere. All is counted by the functions that the pages count by.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Response, request
from flask_babel import gettext as _
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import database
from app.domain import figures as sureness
from app.domain import spreadsheet
from app.domain.period import Period, PeriodError, read
from app.models.enquiry_facts import EnquiryFactsRow as Facts
from app.models.unit import Centre, Mailbox, ServiceArea, Unit
from app.queries.reports import figure_rows
from app.queries.reports.catalogue import BY_KEY, FIGURES, Figure
from app.queries.reports.figure_rows import FigureRow, TooMuchError
from app.queries.reports.scope import Scope
from app.services.casework import enquiry_deadlines
from app.services.platform import settings
from app.services.reports import figure_tokens
from app.web.platform import origin
from app.web.platform.access import PUBLIC, blueprint, container
from app.web.platform.limited import refuse_if_full
from app.web.platform.problems import ProblemError
from app.web.reports import figure_texts, openapi, selection
from app.web.reports.api_schema import (
    COLUMNS,
    Catalogue,
    Definition,
    FiguresAnswer,
    FiguresQuery,
    GroupAnswer,
    GroupsAnswer,
    NoQuery,
    Row,
    SeriesQuery,
)
from app.web.reports.openapi import CSV, Operation

bp = blueprint("figures_api", __name__, PUBLIC, url_prefix="/api/v1")
"""Nobody is signed in here: `_open` asks for a token."""
OPERATIONS: list[Operation] = []
UNDESCRIBED = {"figures_api.description"}
Query = TypeVar("Query", bound=BaseModel)


def operation(path: str, query: type[Query], answer: Any, summary: str) -> Callable[[Any], Any]:
    """Make a view of a function of its read parameters, and describe it. `answer` is a type, or CSV."""
    adapter = None if answer is CSV else TypeAdapter(answer)

    def decorate(view: Callable[[Query], Any]) -> Callable[[], Response]:
        OPERATIONS.append(Operation(f"{bp.url_prefix}{path}", view.__name__, summary, query, answer))

        def answered() -> Response:
            found = view(_read(query))
            if adapter is None:
                return Response(found, mimetype=CSV, content_type=f"{CSV}; charset=utf-8; header=present")
            return Response(adapter.dump_json(found), mimetype="application/json")

        bp.add_url_rule(path, view.__name__, answered, methods=["GET"])
        return answered

    return decorate


@bp.before_request
def _open() -> None:
    """Let in who shows a token that opens figures today, so many times a minute; all others learn only how to show one.

    Keys that open nothing are counted by where they come from, and never those that do: no stranger's guesses keep a program out.
    """
    if request.endpoint in UNDESCRIBED:
        return
    scheme, _blank, key = request.headers.get("Authorization", "").partition(" ")
    now = datetime.now(UTC)
    if scheme.lower() != "bearer" or not key.strip():
        raise ProblemError(401, "no_token", _("Send nøglen i headeren: Authorization: Bearer sluse_tal_…"))
    token = figure_tokens.find(container().engine, key.strip(), now=now)
    if token is None:
        refuse_if_full("unknown token", origin.source())
        raise ProblemError(
            401, "unknown_token", _("Nøglen er ukendt, spærret eller udløbet. Bed en administrator om en ny.")
        )
    refuse_if_full("figures by token", str(token.id))
    figure_tokens.note_use(container().engine, token, origin.source(), now=now)


@bp.get("/openapi.json")
def description() -> Response:
    """Return the description of all the others. It tells what the source does, and nothing of the house."""
    return Response(openapi.described(OPERATIONS), mimetype="application/json")


@operation("/catalogue", NoQuery, Catalogue, "Every figure in words")
def catalogue(_query: NoQuery) -> Catalogue:
    """What each figure counts, among what, and on which day. Keys stay the same; words may be made clearer."""
    return Catalogue([defined(figure) for figure in FIGURES])


@operation("/groups", NoQuery, GroupsAnswer, "The service areas, centres, units and mailboxes")
def groups(_query: NoQuery) -> GroupsAnswer:
    """What figures can be narrowed to and grouped by. Units that take no mails any more are among them."""
    with database.read(container().engine) as db:
        return GroupsAnswer([GroupAnswer(each.kind, each.id or "", each.name) for each in figure_rows.groups(db)])


@operation("/figures", FiguresQuery, FiguresAnswer, "The figures of a period")
def figures(query: FiguresQuery) -> FiguresAnswer:
    """Count each figure over a period, for the whole house or a part of it, by group where that is asked for."""
    return _answer(_of_period(query))


@operation("/figures.csv", FiguresQuery, CSV, "The figures of a period, as a table")
def figures_csv(query: FiguresQuery) -> str:
    """The rows of /api/v1/figures with their words: a line of titles, commas, points in numbers, days as 2026-11-30, UTF-8."""
    return _table(_of_period(query))


@operation("/series", SeriesQuery, FiguresAnswer, "The figures over time")
def series(query: SeriesQuery) -> FiguresAnswer:
    """Count each figure for each part of a period. What stands today has no course, and is left out."""
    return _answer(_over_time(query))


@operation("/series.csv", SeriesQuery, CSV, "The figures over time, as a table")
def series_csv(query: SeriesQuery) -> str:
    """The rows of /api/v1/series with their words."""
    return _table(_over_time(query))


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted, before it is told."""

    query: FiguresQuery
    period: Period
    figures: Sequence[Figure]
    rows: Sequence[FigureRow]
    max_error: float
    now: datetime


def _of_period(query: FiguresQuery) -> Found:
    now, chosen = datetime.now(UTC), _figures(query)
    with database.read(container().engine) as db:
        today = enquiry_deadlines.today(db, now)
        period, scope = _period(query, today.day), _scope(db, query)
        rows = figure_rows.of_period(db, chosen, period, scope, today, query.by)
        return Found(query, period, chosen, rows, settings.get(db, settings.MAX_ERROR), now)


def _over_time(query: SeriesQuery) -> Found:
    now, chosen = datetime.now(UTC), [figure for figure in _figures(query) if figure.day is not None]
    with database.read(container().engine) as db:
        today = enquiry_deadlines.today(db, now)
        period, scope = _period(query, today.day), _scope(db, query)
        try:
            parts = figure_rows.parts(period, query.step)
            rows = figure_rows.over_time(db, chosen, parts, scope, today, query.by) if chosen else []
        except TooMuchError as error:
            problem = _("Det er for meget på én gang. Vælg en kortere periode, længere trin eller færre tal.")
            raise ProblemError(422, "too_much", problem) from error
        return Found(query, period, chosen, rows, settings.get(db, settings.MAX_ERROR), now)


def _figures(query: FiguresQuery) -> list[Figure]:
    return [BY_KEY[key] for key in query.figure] or list(FIGURES)


def _period(query: FiguresQuery, today: Any) -> Period:
    try:
        period = read(query.period) if query.period else selection.usual(today)
    except PeriodError as error:
        raise ProblemError(422, "no_such_period", _("Perioden findes ikke, eller den er længere end ti år.")) from error
    return period.so_far(today)


def _scope(session: Session, query: FiguresQuery) -> Scope:
    """Return the part of the house that is asked for. A part that is not there is refused: its noughts would be believed."""
    asked: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
        ("area", query.area, (ServiceArea.id,)),
        ("centre", query.centre, (Centre.id,)),
        ("unit", query.unit, (Unit.id,)),
        ("mailbox", query.mailbox or None, (Mailbox.address, Facts.mailbox)),  # one that is gone had mails all the same
    )
    for name, key, known in asked:
        if key is not None and not any(session.scalar(select(each).where(each == key).limit(1)) for each in known):
            problem = _("%(name)s=%(key)s findes ikke. /api/v1/groups viser dem, der er.", name=name, key=key)
            raise ProblemError(422, "no_such_group", problem)
    return Scope(query.area, query.centre, query.unit, query.mailbox)


def _read(query: type[Query]) -> Query:
    """Read the parameters of the address; one that is unknown, given twice or wrong ends the request."""
    given = request.args
    twice = [name for name in given if len(given.getlist(name)) > 1]
    if twice:
        raise ProblemError(400, "parameter_twice", _("%(name)s står to gange i adressen.", name=twice[0][:40]))
    try:
        return query.model_validate(given.to_dict())
    except ValidationError as error:
        raise _wrong(error) from error


def _wrong(error: ValidationError) -> ProblemError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(first["loc"][0])[:40]
    if first["type"] == "extra_forbidden":
        problem = _("%(name)s er ikke noget, der kan spørges om. /api/v1/openapi.json siger, hvad der kan.", name=name)
        return ProblemError(400, "unknown_parameter", problem)
    hints = {
        "period": _("Skriv perioden som 2026, 2026-K4, 2026-11, 2026-U48 eller 2026-10-05..2026-11-12."),
        "by": _("Skriv area, centre, unit eller mailbox i by."),
        "step": _("Skriv day, week, month, quarter eller year i step."),
        "figure": _("Skriv tallenes nøgler med komma imellem, hver én gang. De står i /api/v1/catalogue."),
        "mailbox": _("Skriv en postkasses adresse i mailbox."),
    }
    usual = _("Skriv et id fra /api/v1/groups i %(name)s: kun cifre.", name=name)
    return ProblemError(400, "wrong_parameter", hints.get(name, usual))


def defined(figure: Figure) -> Definition:
    """Return a figure in words, as the pages tell it."""
    text = figure_texts.TEXTS[figure.key]
    days: dict[Any, Any] = {
        None: "today",
        Facts.received_on: "received",
        Facts.answered_on: "answered",
        Facts.judged_on: "judged",
    }
    units: dict[Any, Any] = {
        None: "its unit",
        Facts.first_unit_id: "its first unit",
        Facts.suggested_unit_id: "the suggested unit",
    }
    amounts: dict[Any, Any] = {None: "mails", Facts.hops: "hops"}
    return Definition(
        key=figure.key,
        name=str(text.name),
        definition=str(text.definition),
        share_of=None if figure.among is None else str(text.of),
        adds_up=_entry(amounts, figure.amount, "working days"),
        counted_on=_entry(days, figure.day, "today"),
        counts_for=_entry(units, figure.counts_for, "its unit"),
    )


def _entry(known: dict[Any, Any], column: Any, other: str) -> Any:
    """Return what is said of a column. Columns are compared by what they are, since == makes a condition of them."""
    return next((said for each, said in known.items() if each is column), other)


def _answer(found: Found) -> FiguresAnswer:
    return FiguresAnswer(
        made_at=found.now,
        first=found.period.first,
        last=found.period.last,
        by=found.query.by,
        enough=sureness.fewest(found.max_error),
        figures=[defined(figure) for figure in found.figures],
        rows=[_row(each, found.max_error) for each in found.rows],
    )


def _row(row: FigureRow, max_error: float) -> Row:
    share, of = row.counted.share, row.counted.of
    why: Any = "no denominator" if of is None else "nothing counted" if not of else None
    why = why or ("too few" if sureness.lacking(of or 0, max_error) else None)
    low, high = share.interval if why is None and share.interval else (None, None)
    return Row(
        figure=row.figure.key,
        first=row.first,
        last=row.last,
        group_id=row.group.id if row.group else None,
        group_name=row.group.name if row.group else None,
        count=row.counted.count,
        of=of,
        share=share.value if why is None else None,
        low=low,
        high=high,
        no_share=why,
    )


def _table(found: Found) -> str:
    words = {figure.key: defined(figure) for figure in found.figures}
    return spreadsheet.plain(COLUMNS, (_cells(_row(each, found.max_error), found, words) for each in found.rows))


def _cells(row: Row, found: Found, words: dict[str, Definition]) -> list[Any]:
    text = words[row.figure]
    numbers = (row.count, row.of, row.share, row.low, row.high)
    group = (found.query.by, row.group_id, row.group_name)
    return [row.figure, text.name, row.first, row.last, *group, *numbers, row.no_share, text.share_of, text.definition]
