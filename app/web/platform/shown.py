"""The check that no unlogged mail is shown.

No answer leaves with words of a mail of which no row of the log tells: whatever page it is, and whoever wrote it.
"""

from datetime import UTC, datetime

import structlog
from flask import Flask, Response, make_response, request
from flask_login import current_user

from app import database
from app.domain.actor import LINK_HOLDER
from app.models import words
from app.services.platform import viewing
from app.web.platform import access, errors

log = structlog.get_logger()


def register(app: Flask) -> None:
    app.before_request(words.begin)
    app.after_request(_log)
    app.teardown_request(_end)


def _log(response: Response) -> Response:
    """Log which mails an answer shows, before it leaves. Where that cannot be written, nothing is shown."""
    reading = words.end()
    unlogged = reading.enquiries - reading.logged
    if not reading.words or not _shows(response) or (reading.rows and not unlogged):
        return response
    who = access.me() if current_user.is_authenticated else LINK_HOLDER
    try:
        with database.write(access.container().engine) as db:
            viewing.log_list(db, unlogged, page=request.endpoint or "", by=who, now=datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - whatever it is, the page must not leave
        log.error("look_not_logged", page=request.endpoint, error=type(error).__name__)
        return make_response(errors.broken(error))
    return response


def _shows(response: Response) -> bool:
    return response.status_code not in (204, 301, 302, 303, 304) and request.endpoint != "static"


def _end(_error: BaseException | None) -> None:
    words.end()
