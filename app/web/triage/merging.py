"""The pages for merging two mails about one matter.

The other is given by number, or picked from those that are alike.
"""

import re
from datetime import UTC, datetime

from flask import render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.errors import ConflictError, RefusedError
from app.services.platform import viewing
from app.services.triage import merging
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me
from app.web.triage.triage_page import go_on

NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

bp = blueprint("merging", __name__, [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/visitering")


@bp.get("/<int:enquiry_id>/saml")
def ask(enquiry_id: int) -> ResponseReturnValue:
    return _page(enquiry_id)


@bp.post("/<int:enquiry_id>/saml")
def merge(enquiry_id: int) -> ResponseReturnValue:
    c, typed = container(), request.form.get("leader", "").strip()
    number = int(typed) if NUMBER.fullmatch(typed) else 0
    if not number:
        return _page(enquiry_id, _("Skriv henvendelsens nummer med tal. Det står øverst ved mailen."), typed), 422
    try:
        with database.write(c.engine) as db:
            merging.merge(
                db,
                c.robot,
                enquiry_id,
                number,
                version=request.form.get("version", 0, type=int),
                by=me(),
                now=datetime.now(UTC),
                undo_seconds=c.settings.undo_seconds,
            )
    except ConflictError as error:
        return _page(enquiry_id, errors.text(error), typed), 409
    except RefusedError as error:
        return _page(enquiry_id, errors.text(error), typed), 422
    session.pop("label_id", None)
    return go_on(message=_("Mailen følger nu henvendelse %(id)s.", id=number))


def _page(enquiry_id: int, problem: str = "", typed: str = "") -> str:
    looked = viewing.opened(container().engine, enquiry_id, by=me(), purpose="merging", now=datetime.now(UTC))
    with looked as (db, enquiry):
        return render_template(
            "merging/merge.html",
            enquiry=enquiry,
            waits=enquiry.state is State.TRIAGE,
            heading=viewing.line(enquiry.subject),
            paragraphs=viewing.paragraphs(enquiry.text),
            candidates=merging.candidates(db, enquiry),
            problem=problem,
            typed=typed,
        )
