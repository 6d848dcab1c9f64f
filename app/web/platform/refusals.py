"""The log of refusals. A page or an enquiry was refused that a person may not see."""

from datetime import UTC, datetime

import structlog
from flask import request
from flask_login import current_user

from app import database
from app.domain.events.platform import PageRefused
from app.services.platform import events
from app.web.platform import origin
from app.web.platform.access import container, me

log = structlog.get_logger()


def note() -> None:
    """Log a refusal of somebody signed in. Once an hour for one thing, and so many an hour in all.

    A stranger is sent to the door and makes no row: nobody can fill the log from outside.
    """
    if not current_user.is_authenticated or not request.endpoint or request.endpoint == "static":
        return
    who, asked = me(), {name: str(value)[:100] for name, value in (request.view_args or {}).items()}
    rates = container().rates
    same = ("refused the same", who.email, request.endpoint, str(sorted(asked.items())))
    all_of_them = ("refused", who.email)
    if not rates.allows(same, all_of_them):
        return
    try:
        rates.count(same, all_of_them)
        with database.write(container().engine) as db:
            events.record(
                db,
                PageRefused(page=request.endpoint, asked=asked, source=origin.source()),
                by=who,
                now=datetime.now(UTC),
            )
    except Exception as error:  # noqa: BLE001 - the refusal stands, whatever becomes of its row
        log.error("refusal_not_logged", page=request.endpoint, error=type(error).__name__)
