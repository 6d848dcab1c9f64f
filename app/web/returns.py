"""The return link in a forwarded mail. Opening it changes nothing (mail filters open links); the button does."""

from datetime import UTC, datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import database
from app.services import returns
from app.web.access import PUBLIC, blueprint, container

bp = blueprint("returns", __name__, PUBLIC, url_prefix="/retur")


@bp.get("/<token>")
def ask(token: str) -> ResponseReturnValue:
    """Says what would happen. Shows no mail: the link may lie in anybody's hands."""
    with database.read(container().engine) as db:
        enquiry = returns.returnable(db, returns.read_link(token, container().settings.secret_key))
        return render_template("returns/ask.html", enquiry=enquiry, token=token)


@bp.post("/<token>")
def give_back(token: str) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        enquiry = returns.returnable(db, returns.read_link(token, container().settings.secret_key))
        unit = enquiry.unit
        returns.give_back(
            db, enquiry, by=unit.address if unit else "link", now=datetime.now(UTC), why=request.form.get("why", "")
        )
        page = render_template("returns/done.html", enquiry=enquiry)
    container().learner.wake.set()
    return page
