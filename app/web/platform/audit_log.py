"""The page of the audit log, for the auditor.

Rows across all mails, with person, act, time and purpose. It shows no mail.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain import deadlines, spreadsheet
from app.domain.access import Role
from app.domain.deadlines import COPENHAGEN
from app.domain.events import CATALOGUE
from app.domain.events.platform import LogExported
from app.queries.platform import audit_log
from app.queries.platform.audit_log import LogFilter, LogRow
from app.services.platform import events, viewing
from app.web.platform import display_names, event_names, incoming, menu
from app.web.platform.access import blueprint, container, me

bp = blueprint("audit_log", __name__, [Role.ADMINISTRATOR, Role.AUDITOR], url_prefix="/haendelseslog")
WEEK = timedelta(days=7)
Names = dict[int, str]
SPOKEN: dict[str, Any] = {"role": display_names.ROLES, "method": display_names.METHODS, "reason": display_names.SIGN_ON}
"""Details whose codes have words of their own."""
FIELDS = ("hvem", "hvad", "fra", "til", "nummer")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the log's newest rows, filtered by the address. Of a person also what they have looked at, and why."""
    given = _given()
    chosen = _filter(given, before=request.args.get("efter", type=int))
    with database.read(container().engine) as db:
        rows = audit_log.rows(db, chosen, audit_log.PAGE + 1)
        return render_template(
            "audit_log/index.html",
            rows=rows[: audit_log.PAGE],
            older=rows[audit_log.PAGE - 1].id if len(rows) > audit_log.PAGE else None,
            uses=audit_log.uses(db, _filter(given)) if given.get("hvem") else [],
            people=audit_log.people(db),
            given=given,
            kinds=sorted(event_names.NAMES.items(), key=lambda each: str(each[1])),
            details=partial(details, units=audit_log.unit_names(db)),
            sees_mails=me().role is not Role.AUDITOR,
        )


@bp.get("/haendelseslog.csv")
def export() -> ResponseReturnValue:
    """Export the same rows as a file. The export itself is logged first."""
    given, now = _given(), datetime.now(UTC)
    with database.read(container().engine) as db:
        rows, units = audit_log.rows(db, _filter(given), audit_log.MOST), audit_log.unit_names(db)
    with database.write(container().engine) as db:
        kept = {name: viewing.hidden(value) for name, value in given.items()}
        events.record(db, LogExported(rows=len(rows), filters=kept), by=me(), now=now)
    titles = (_("Nummer"), _("Tidspunkt"), _("Hvem"), _("Hændelse"), _("Formål"), _("Henvendelser"), _("Detaljer"))
    file = spreadsheet.write(titles, (_cells(row, units) for row in rows))
    headers = {"Content-Disposition": "attachment; filename=haendelseslog.csv"}
    return Response(file.encode(), mimetype="text/csv", headers=headers)


def _cells(row: LogRow, units: Names) -> list[str]:
    at = row.at.astimezone(COPENHAGEN).strftime("%Y-%m-%d %H:%M:%S")
    numbers = ", ".join(map(str, row.enquiries))
    return [
        str(row.id),
        at,
        row.by,
        event_names.name(row.kind),
        _purpose(row),
        numbers,
        details(row, units),
    ]


def _purpose(row: LogRow) -> str:
    return str(display_names.PURPOSES.get(row.purpose, row.purpose))


def details(row: LogRow, units: Names) -> str:
    """Return the other details of a row. In one line."""
    return " · ".join(
        f"{display_names.LOG_FIELDS[key]}: {_value(key, value, units)}" for key, value in row.details.items()
    )


def _value(key: str, value: Any, units: Names) -> str:
    if isinstance(value, dict):
        named = ((display_names.LOG_FIELDS.get(name, name), _value(name, each, units)) for name, each in value.items())
        return ", ".join(f"{name} {each}" for name, each in named)
    if key == "page":
        return menu.name_of(str(value))
    if key == "unit_id":
        return units.get(value, str(value or _("ingen")))
    return str(SPOKEN.get(key, {}).get(value, value))


def _given() -> dict[str, str]:
    """Return the filter in the address. Without any, it is the latest week."""
    given = {name: request.args.get(name, "").strip()[:200] for name in FIELDS}
    kept = {name: value for name, value in given.items() if value and _sense(name, value)}
    if not any(name in request.args for name in FIELDS):
        kept["fra"] = (deadlines.local_day(datetime.now(UTC)) - WEEK).isoformat()
    return kept


def _sense(name: str, value: str) -> bool:
    if name == "hvad":
        return value in CATALOGUE or value == "looks"
    if name == "nummer":
        return bool(incoming.wholes([value]))
    return name == "hvem" or _day(value) is not None


def _day(value: str) -> date | None:
    try:
        return incoming.day(value)
    except ValueError:
        return None


def _filter(given: dict[str, str], before: int | None = None) -> LogFilter:
    first, last = _day(given.get("fra", "")), _day(given.get("til", ""))
    return LogFilter(
        by=given.get("hvem", ""),
        kind=given.get("hvad", ""),
        since=datetime.combine(first, time(), COPENHAGEN) if first else None,
        until=datetime.combine(last + timedelta(days=1), time(), COPENHAGEN) if last else None,
        enquiry_id=next(iter(incoming.wholes([given.get("nummer", "")])), None),
        before=before,
    )
