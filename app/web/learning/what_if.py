"""The pages of questions to the past.

The past is played again with another budget, other rules, modes or units, before anything is switched on.
"""

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.organisation import share
from app.domain.reorganisation import Plan
from app.domain.routing import Mode
from app.domain.what_if import Question
from app.errors import NotFoundError, RefusedError
from app.queries.learning import what_if_list
from app.services.learning import what_if
from app.services.platform import settings
from app.web.platform import errors, filters, htmx
from app.web.platform.access import blueprint, container, me

bp = blueprint("what_if", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/hvad-nu-hvis")


@bp.get("/")
def index() -> ResponseReturnValue:
    return _form()


@bp.post("/")
def ask() -> ResponseReturnValue:
    """Put a question; its page shows how far it is."""
    try:
        with database.write(container().engine) as db:
            asked = what_if.ask(db, _question(), by=me(), now=_now()).id
    except RefusedError as error:
        return _form(errors.text(error)), 422
    return redirect(url_for("what_if.show", what_if_id=asked), 303)


@bp.get("/<int:what_if_id>")
def show(what_if_id: int) -> ResponseReturnValue:
    """Show the whole page, or its middle. The middle asks for itself again until there is an answer."""
    state = state_of(what_if_id)
    return progress_or_result(state) if htmx.wanted() else render_template("what_if/show.html", **state)


@bp.post("/<int:what_if_id>/igen")
def again(what_if_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        what_if.again(db, what_if_id)
    return redirect(url_for("what_if.show", what_if_id=what_if_id), 303)


@bp.post("/<int:what_if_id>/indfoer")
def adopt(what_if_id: int) -> ResponseReturnValue:
    """Take the budget that was rehearsed."""
    if "confirmed" not in request.form:
        raise RefusedError("not_confirmed")
    with database.write(container().engine) as db:
        budget = what_if.adopt_budget(db, what_if_id, by=me(), now=_now())
    flash(_("Den tilladte fejlandel er nu %(share)s.", share=filters.percent(budget, 1)))
    return redirect(url_for("what_if.index"), 303)


def progress_or_result(state: dict[str, Any]) -> ResponseReturnValue:
    """Return the fragment of a question's state.

    With the answer comes more than it holds, so that the whole page is asked for.
    """
    under_way = state["row"].under_way
    return render_template("what_if/_state.html", **state), 200, {} if under_way else {"HX-Refresh": "true"}


def state_of(what_if_id: int) -> dict[str, Any]:
    """Return the question, its progress and its answer. The fragment needs them.

    Raises:
        NotFoundError: there is no such question.
    """
    with database.read(container().engine) as db:
        row = what_if_list.one(db, what_if_id)
        if row is None:
            raise NotFoundError
        return {
            "row": row,
            "unit_names": what_if_list.unit_names(db),
            "rule_names": what_if_list.rule_names(db),
            "max_error": settings.get(db, settings.MAX_ERROR),
            "is_administrator": me().role is Role.ADMINISTRATOR,
        }


def _question() -> Question:
    """The form as a question.

    Raises:
        RefusedError: the budget is no share, or the plan that was chosen is gone.
    """
    form = request.form
    try:
        max_error = share(form.get("max_error", ""))
    except ValueError as error:
        raise RefusedError("no_share") from error
    modes = {
        name.removeprefix("mode_"): Mode(mode)
        for name, mode in form.items()
        if name.startswith("mode_") and mode in set(Mode)
    }
    return Question(max_error, tuple(form.getlist("without_rule", type=int)), modes, _plan())


def _plan() -> Plan:
    """The plan of an earlier question that was chosen, or none."""
    chosen = request.form.get("plan_of", type=int)
    if chosen is None:
        return Plan()
    with database.read(container().engine) as db:
        row = what_if_list.one(db, chosen)
    if row is None:
        raise RefusedError("plan_unreadable")
    return row.question.plan


def _form(problem: str = "") -> str:
    with database.read(container().engine) as db:
        return render_template(
            "what_if/index.html",
            problem=problem,
            units=what_if_list.units(db),
            rules=what_if_list.active_rules(db),
            modes=list(Mode),
            max_error=settings.get(db, settings.MAX_ERROR),
            rows=what_if_list.latest(db),
            plans=what_if_list.latest(db, plans=True),
            unit_names=what_if_list.unit_names(db),
            rule_names=what_if_list.rule_names(db),
            form=request.form,
            is_administrator=me().role is Role.ADMINISTRATOR,
        )


def _now() -> datetime:
    return datetime.now(UTC)
