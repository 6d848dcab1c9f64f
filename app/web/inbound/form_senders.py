"""The pages of web forms.

Web forms write in a citizen's name: here are the list, one form, and what would be read in its mails.
"""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain import form_sender
from app.domain.access import Role
from app.domain.rules import lines
from app.errors import NotFoundError, RefusedError
from app.queries.inbound import form_sender_list
from app.services.inbound import form_senders
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me

bp = blueprint("form_senders", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/webformularer")

FIRST = {"address_labels": "E-mail\nE-mailadresse\nMailadresse", "name_labels": "Navn\nFulde navn"}
"""What most forms write before the two; a new one begins so."""
TRIED = 20_000
"""Characters of a mail that somebody tries a form on."""


@bp.get("/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        return render_template(
            "form_senders/index.html",
            forms=form_sender_list.listing(db),
            mailboxes=dict(form_sender_list.mailboxes(db)),
        )


@bp.get("/ny")
def new() -> ResponseReturnValue:
    return _page(None, FIRST | {"senders": request.args.get("afsender", "")[:320]})


@bp.get("/<int:form_id>")
def edit(form_id: int) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        found = form_sender_list.find(db, form_id)
        if found is None:
            raise NotFoundError
        values = form_senders.snapshot(found)
    return _page(form_id, values)


@bp.post("/gem")
def save() -> ResponseReturnValue:
    """Save, try or delete a web form. Trying is on mails."""
    form_id, values = request.form.get("form_id", type=int), _values()
    if "try" in request.form:
        return _page(form_id, values, tried=request.form.get("tried", "")[:TRIED])
    try:
        with database.write(container().engine) as db:
            if "delete" in request.form and form_id is not None:
                form_senders.delete(db, form_id, by=me(), now=datetime.now(UTC))
                flash(_("Webformularen er slettet. Mails, den har skrevet, beholder deres borger."))
            else:
                saved = form_senders.save(db, form_id, values, by=me(), now=datetime.now(UTC))
                flash(_("\u201d%(name)s\u201d er gemt og gælder for nye mails.", name=saved.name))
    except RefusedError as error:
        return _page(form_id, values, errors.text(error)), 422
    return redirect(url_for("form_senders.index"), 303)


def _page(form_id: int | None, values: dict[str, Any], problem: str = "", tried: str = "") -> str:
    """Render the form with what it would read. In the latest mails, and in the one that is given."""
    form = form_sender.FormRule(
        id=form_id or 0,
        name=str(values.get("name", "")),
        senders=lines(str(values.get("senders", ""))),
        mailbox=str(values.get("mailbox", "")),
        address_labels=lines(str(values.get("address_labels", ""))),
        name_labels=lines(str(values.get("name_labels", ""))),
    )
    with database.read(container().engine) as db:
        return render_template(
            "form_senders/edit.html",
            form_id=form_id,
            values=values,
            mailboxes=form_sender_list.mailboxes(db),
            problem=problem,
            examples=form_sender_list.examples(db, form),
            tried=tried,
            found=form_sender.read(form, tried) if tried.strip() else None,
        )


def _values() -> dict[str, Any]:
    names = ("name", "senders", "mailbox", "address_labels", "name_labels")
    return {name: request.form.get(name, "")[:5_000] for name in names} | {"confirmed": "confirmed" in request.form}
