"""The return link in a forwarded mail. Opening it changes nothing (mail filters open links); the button does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app import database
from app.domain.returning import reason_of
from app.models.enquiry import Enquiry
from app.queries import caseload
from app.services import returns
from app.web.access import PUBLIC, blueprint, container
from app.web.platform import incoming, origin
from app.web.platform.limited import limited

bp = blueprint("returns", __name__, PUBLIC, url_prefix="/retur")


@bp.get("/<token>")
@limited("return link", origin.source)
def ask(token: str) -> ResponseReturnValue:
    """Says what would happen. Shows no mail: the link may lie in anybody's hands."""
    with database.read(container().engine) as db:
        enquiry = returns.returnable(db, returns.read_link(token, container().settings.secret_key))
        units = caseload.unit_names(db, but=enquiry.unit_id)
        return render_template("returns/ask.html", enquiry=enquiry, token=token, units=units)


@bp.post("/<token>")
@limited("return link", origin.source)
def give_back(token: str) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        enquiry = returns.returnable(db, returns.read_link(token, container().settings.secret_key))
        by = enquiry.unit.address if enquiry.unit else "link"
        returns.give_back(db, enquiry, by=by, now=datetime.now(UTC), **as_given(request.form))
        enquiry_id = enquiry.id
    container().learner.wake.set()
    with database.read(container().engine) as db:
        return render_template("returns/done.html", enquiry=db.get_one(Enquiry, enquiry_id))


def as_given(form: Mapping[str, str]) -> dict[str, Any]:
    """The reason, the unit and the words of the form in templates/returns/_reasons.html."""
    belongs_id = next(iter(incoming.wholes([form.get("belongs", "")])), None)
    reason = reason_of(form.get("reason", ""), belongs_id)
    return {"why": form.get("why", ""), "reason": reason, "belongs_id": belongs_id}
