"""The pages of groups that give access.

The groups are the identity provider's; there is the table, and one rule of it.
"""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app import database
from app.domain.access import Role
from app.domain.sign_on import RANK
from app.errors import NotFoundError, RefusedError
from app.models.group_rule import GroupRule
from app.models.unit import Unit
from app.services.organisation import group_rules
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me

bp = blueprint("groups", __name__, [Role.ADMINISTRATOR], url_prefix="/adgang/grupper")


@bp.get("/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        rules = group_rules.listing(db)
        return render_template("groups/index.html", rules=rules, sign_on=container().settings.sign_on)


@bp.get("/ny")
def new() -> ResponseReturnValue:
    return _page(None, {"role": Role.VISITATOR})


@bp.get("/<int:group_id>")
def edit(group_id: int) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        found = db.get(GroupRule, group_id)
        if found is None:
            raise NotFoundError
        values = group_rules.snapshot(found)
    return _page(group_id, values)


@bp.post("/gem")
def save() -> ResponseReturnValue:
    """Keep a rule, or take it off the list."""
    group_id, form, now = request.form.get("group_id", type=int), request.form, datetime.now(UTC)
    values = {name: form.get(name, "")[:500] for name in ("group", "label", "role")}
    unit_id = form.get("unit_id", type=int)
    try:
        with database.write(container().engine) as db:
            if "delete" in form and group_id is not None:
                group_rules.delete(db, group_id, by=me(), now=now)
                flash(_("Gruppen giver ikke længere adgang. Det gælder, næste gang hver af dem logger ind."))
            else:
                group_rules.save(db, group_id, **values, unit_id=unit_id, by=me(), now=now)
                flash(_("Gemt. Det gælder, næste gang hver af dem logger ind."))
    except RefusedError as error:
        return _page(group_id, values | {"unit_id": unit_id}, errors.text(error)), 422
    return redirect(url_for("groups.index"), 303)


def _page(group_id: int | None, values: dict[str, Any], problem: str = "") -> str:
    with database.read(container().engine) as db:
        rows = db.execute(select(Unit.id, Unit.name, Unit.closed).order_by(Unit.name))
        units = [(number, name) for number, name, closed in rows if not closed or number == values.get("unit_id")]
    return render_template(
        "groups/edit.html", group_id=group_id, values=values, units=units, roles=RANK, problem=problem
    )
