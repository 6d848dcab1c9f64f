"""The pages of rules that come before the model.

The rules' order, what each would have caught, and the classes of senders they speak of.
"""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.rules import Field, RoutingRule, lines
from app.errors import NotFoundError, RefusedError
from app.queries.inbound import rule_list
from app.services.inbound import rules
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me

bp = blueprint("rules", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/regler")


@bp.get("/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        rows, tried = rule_list.listing(db, now=_now())
        return render_template("rules/index.html", rows=rows, tried=tried, classes=rule_list.choices(db).classes)


@bp.get("/ny")
def new() -> ResponseReturnValue:
    return _form(None, {"active": True})


@bp.get("/<int:rule_id>")
def edit(rule_id: int) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        found = rule_list.rule(db, rule_id)
        if found is None:
            raise NotFoundError
        values = {
            "name": found.name,
            "active": found.active,
            "words": found.words,
            "field": found.field,
            "sender_class_id": found.sender_class_id,
            "mailbox": found.mailbox,
            "deadline_type_id": found.deadline_type_id,
            "foreign": found.foreign_language,
            "unit_id": found.unit_id,
        }
    return _form(rule_id, values)


@bp.post("/gem")
def save() -> ResponseReturnValue:
    """Try a rule on the past, or keep it."""
    rule_id, values = request.form.get("rule_id", type=int), _values()
    if "try" in request.form:
        return _form(rule_id, values)
    try:
        with database.write(container().engine) as db:
            saved = rules.save(db, rule_id, values, by=me(), now=_now())
            flash(_("Reglen \u201d%(name)s\u201d er gemt og gælder fra nu af.", name=saved.name))
    except RefusedError as error:
        return _form(rule_id, values, errors.text(error)), 422
    return redirect(url_for("rules.index"), 303)


@bp.post("/<int:rule_id>/flyt")
def move(rule_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        rules.move(db, rule_id, -1 if request.form.get("direction") == "up" else 1, by=me(), now=_now())
    return redirect(url_for("rules.index"), 303)


@bp.post("/<int:rule_id>/slet")
def delete(rule_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        rules.delete(db, rule_id, by=me(), now=_now())
    flash(_("Reglen er slettet. Mails, den har fordelt, bliver, hvor de er."))
    return redirect(url_for("rules.index"), 303)


@bp.get("/afsendere")
def senders() -> ResponseReturnValue:
    """Show a class of senders, new or known."""
    class_id = request.args.get("id", type=int)
    with database.read(container().engine) as db:
        found = rule_list.sender_class(db, class_id) if class_id else None
        if class_id and found is None:
            raise NotFoundError
        return _senders_form(class_id, found.name if found else "", found.senders if found else "")


@bp.post("/afsendere")
def save_senders() -> ResponseReturnValue:
    class_id = request.form.get("class_id", type=int)
    name, text = request.form.get("name", ""), request.form.get("senders", "")
    try:
        with database.write(container().engine) as db:
            if "delete" in request.form and class_id is not None:
                rules.delete_class(db, class_id, by=me(), now=_now())
                flash(_("Afsendergruppen er slettet."))
            else:
                rules.save_class(db, class_id, name, text, by=me(), now=_now())
                flash(_("Afsendergruppen er gemt."))
    except RefusedError as error:
        return _senders_form(class_id, name, text, errors.text(error)), 422
    return redirect(url_for("rules.index"), 303)


def _form(rule_id: int | None, values: dict[str, Any], problem: str = "") -> str:
    """The form, with what the rule as it stands in it would have caught."""
    with database.read(container().engine) as db:
        choices = rule_list.choices(db)
        chosen = next((c for c in choices.classes if c.id == values.get("sender_class_id")), None)
        plain = RoutingRule(
            id=rule_id or 0,
            name=str(values.get("name", "")),
            words=lines(str(values.get("words", ""))),
            field=Field(values.get("field") or Field.ANYWHERE),
            senders=lines(chosen.senders) if chosen else None,
            mailbox=str(values.get("mailbox", "")),
            foreign=bool(values.get("foreign")),
        )
        examples, count, tried = rule_list.caught(db, plain, now=_now())
        return render_template(
            "rules/edit.html",
            rule_id=rule_id,
            values=values,
            choices=choices,
            fields=list(Field),
            examples=examples,
            count=count,
            tried=tried,
            asks=plain.asks,
            problem=problem,
        )


def _senders_form(class_id: int | None, name: str, text: str, problem: str = "") -> str:
    return render_template("rules/senders.html", class_id=class_id, name=name, senders=text, problem=problem)


def _values() -> dict[str, Any]:
    """The form's fields as services/rules.py takes them."""
    field = request.form.get("field", "")
    return {
        "name": request.form.get("name", ""),
        "active": "active" in request.form,
        "words": request.form.get("words", "")[:20_000],
        "field": field if field in set(Field) else Field.ANYWHERE,
        "sender_class_id": request.form.get("sender_class_id", type=int),
        "mailbox": request.form.get("mailbox", ""),
        "foreign": "foreign" in request.form,
        "unit_id": request.form.get("unit_id", type=int),
        "deadline_type_id": request.form.get("deadline_type_id", type=int),
    }


def _now() -> datetime:
    return datetime.now(UTC)
