"""The page that imports the register of streets and districts. Sluse ships none: each municipality has its own."""

from datetime import UTC, datetime

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import database
from app.domain import places
from app.domain.access import Role
from app.domain.places import Problem
from app.queries.reports import topics
from app.services.reports import place_register
from app.web.platform.access import blueprint, container, me

bp = blueprint("places", __name__, [Role.ADMINISTRATOR], url_prefix="/tal/emner/steder")
MOST_PROBLEMS = 20


@bp.get("/")
def ask_for_file() -> ResponseReturnValue:
    return _page()


@bp.post("/")
def read_file() -> ResponseReturnValue:
    """Replace the register by that of a file; where a line cannot be read, nothing is changed."""
    text = ""
    if upload := request.files.get("file"):
        content = upload.read()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    found, problems = places.read(text)
    if problems:
        return _page(problems), 422
    with database.write(container().engine) as db:
        place_register.replace(db, found, by=me(), now=datetime.now(UTC))
    flash(ngettext("Registeret har nu %(num)s navn.", "Registeret har nu %(num)s navne.", len(found)) + " "
          + _("Mailene læses igennem for dem i løbet af kort tid."))  # fmt: skip
    return redirect(url_for("topics.index"), 303)


@bp.get("/steder.csv")
def export() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        body = places.written(topics.register(db))
    headers = {"Content-Disposition": "attachment; filename=steder.csv"}
    return Response(body, mimetype="text/csv", headers=headers)


def _page(problems: list[Problem] | None = None) -> str:
    with database.read(container().engine) as db:
        return render_template(
            "topics/places.html",
            problems=(problems or [])[:MOST_PROBLEMS],
            count=len(topics.register(db)),
            columns=places.COLUMNS,
        )
