"""The list of enquiries as a spreadsheet file. Its rows are those of the list, without anybody's name or address."""

from collections.abc import Iterable
from datetime import UTC, datetime

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain import deadlines, spreadsheet
from app.domain.access import Role
from app.domain.deadlines import Clock
from app.models.enquiry import Enquiry
from app.queries.casework.deadline_list import Statuses, statuses
from app.queries.enquiries import enquiry_list
from app.services.casework import enquiry_deadlines
from app.services.platform import viewing
from app.web.enquiries import list_filters
from app.web.platform import display_names, filters
from app.web.platform.access import blueprint, container, me, my_account
from app.web.platform.limited import limited

bp = blueprint("exports", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/henvendelser")
MOST = 10_000


@bp.get("/henvendelser.csv")
@limited("export")
def enquiries() -> ResponseReturnValue:
    """Export the filtered enquiries, at most `MOST` rows. The log says first who takes which."""
    given, now = list_filters.read(request.args), datetime.now(UTC)
    with database.read(container().engine) as db:
        chosen = list_filters.filter_of(given, None, enquiry_deadlines.today(db, now))
        rows = [
            _row(each, statuses(each, enquiry_deadlines.today(db, now)))
            for each in enquiry_list.export(db, my_account(), chosen, MOST)
        ]
    with database.write(container().engine) as db:
        viewing.log_export(db, [int(row[0]) for row in rows], given, by=me(), now=now)
    headers = {"Content-Disposition": "attachment; filename=henvendelser.csv"}
    return Response(_file(rows), mimetype="text/csv", headers=headers)


def _row(enquiry: Enquiry, stands: Statuses) -> list[str]:
    subject = "" if enquiry.unreadable else viewing.hidden(enquiry.subject)
    return [
        str(enquiry.id),
        _moment(enquiry.received_at),
        enquiry.mailbox,
        subject,
        str(display_names.STATES[enquiry.state]),
        str(display_names.REASONS.get(enquiry.reason, enquiry.reason)) if enquiry.reason else "",
        enquiry.unit.name if enquiry.unit else "",
        enquiry.case.number if enquiry.case else "",
        enquiry.due_on.isoformat() if stands.next else "",
        *_clock(stands, Clock.FEEDBACK),
        *_clock(stands, Clock.ANSWER),
        _moment(enquiry.answered_at),
        _moment(enquiry.closed_at),
        str(display_names.YES_NO[enquiry.automatic]),
        enquiry.language or "",
    ]


def _clock(stands: Statuses, clock: Clock) -> tuple[str, str]:
    """The last day of one of the two deadlines, and how it stands."""
    status = stands.clocks.get(clock)
    return (status.due.isoformat(), filters.deadline(status)) if status else ("", "")


def _moment(at: datetime | None) -> str:
    return at.astimezone(deadlines.COPENHAGEN).strftime("%Y-%m-%d %H:%M") if at else ""


def _file(rows: Iterable[list[str]]) -> bytes:
    titles = (
        _("Nummer"),
        _("Modtaget"),
        _("Postkasse"),
        _("Emne"),
        _("Status"),
        _("Grund"),
        _("Enhed"),
        _("Sag"),
        _("Næste frist"),
        _("Tilbagemeldingsfrist"),
        _("Tilbagemelding"),
        _("Svarfrist"),
        _("Svar"),
        _("Besvaret"),
        _("Afsluttet"),
        _("Fordelt af robotten"),
        _("Sprog"),
    )
    return spreadsheet.write(titles, rows).encode()
