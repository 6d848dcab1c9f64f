"""The return link in a forwarded mail. Opening it changes nothing (mail filters open links); the button does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import database
from app.domain.actor import LINK_HOLDER
from app.domain.returning import reason_of
from app.errors import RefusedError
from app.services.triage import returns
from app.web.platform import errors, incoming, origin
from app.web.platform.access import PUBLIC, blueprint, container
from app.web.platform.limited import limited

bp = blueprint("returns", __name__, PUBLIC, url_prefix="/retur")


@bp.get("/<token>")
@limited("return link", origin.source)
def ask(token: str) -> ResponseReturnValue:
    """Show what a return by link would do. No mail and no unit's name is shown: the link may lie in anybody's hands."""
    link = returns.read_link(token, container().settings.secret_key)
    try:
        with database.read(container().engine) as db:
            enquiry = returns.returnable_by_link(db, link, now=datetime.now(UTC))
            return render_template("returns/ask.html", enquiry=enquiry)
    except RefusedError as error:
        return _ended(error)


@bp.post("/<token>")
@limited("return link", origin.source)
def give_back(token: str) -> ResponseReturnValue:
    """Take a mail back by one click.

    Nobody knows who clicked: the mail goes back at once, and a visitator decides whether the robot learns of it.
    """
    link, now = returns.read_link(token, container().settings.secret_key), datetime.now(UTC)
    said = as_given(request.form) | {"belongs_id": None}
    try:
        with database.write(container().engine) as db:
            enquiry = returns.returnable_by_link(db, link, now=now)
            returns.give_back(db, enquiry, by=LINK_HOLDER, now=now, **said)
    except RefusedError as error:
        return _ended(error)
    return render_template("returns/done.html")


def _ended(error: RefusedError) -> ResponseReturnValue:
    """Say in plain words that the link does no more."""
    return render_template("returns/ended.html", why=errors.text(error)), 410


def as_given(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the form's reason, unit and words. The form is templates/returns/_reasons.html."""
    belongs_id = next(iter(incoming.wholes([form.get("belongs", "")])), None)
    reason = reason_of(form.get("reason", ""), belongs_id)
    return {"why": form.get("why", ""), "reason": reason, "belongs_id": belongs_id}
