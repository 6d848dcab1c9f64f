"""The pages of reorganisations.

A plan is made move by move, tried on the past, carried out at once, and undone again.
"""

import json
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain import reorganisation, written_plan
from app.domain.access import Role
from app.domain.reorganisation import Merge, Move, NewUnit, Plan, Relocate, Rename, Split, SplitTarget, Target
from app.domain.rules import lines
from app.domain.what_if import Question, WhatIfState
from app.errors import NotFoundError, RefusedError
from app.queries.learning import what_if_list
from app.queries.organisation import reorganisation_list, unit_list
from app.services.learning import what_if
from app.services.organisation import reorganisation_preview, reorganising
from app.web.learning.what_if import progress_or_result, state_of
from app.web.organisation.units import make_mailboxes
from app.web.platform import errors, htmx, incoming
from app.web.platform.access import blueprint, container, me

bp = blueprint("reorganisation", __name__, [Role.ADMINISTRATOR], url_prefix="/enheder/omlaeg")
PARTS = 3
"""So many parts a split can be given in the form at once."""


@bp.get("/")
def index() -> ResponseReturnValue:
    return _form(Plan())


@bp.post("/plan")
def change() -> ResponseReturnValue:
    """Add a move to the plan, or remove one. Nothing is stored until the plan is rehearsed."""
    plan = _plan()
    if "rehearse" in request.form:
        return _rehearse(plan)
    if "remove" in request.form:
        gone = request.form.get("remove", type=int)
        return _form(Plan(tuple(move for place, move in enumerate(plan.moves) if place != gone)))
    move = _move()
    if move is None:
        raise RefusedError("failed")
    longer = Plan((*plan.moves, move))
    with database.read(container().engine) as db:
        problems = reorganisation.faults(longer, reorganisation_preview.present(db))
    if problems:
        return _form(plan, _messages(problems), filled=True), 422
    return _form(longer)


@bp.get("/<int:what_if_id>")
def show(what_if_id: int) -> ResponseReturnValue:
    """Show what the plan would do. The past says something about it, too; from here it is carried out."""
    state = state_of(what_if_id)
    if htmx.wanted():
        return progress_or_result(state)
    return _page(what_if_id, state)


@bp.post("/<int:what_if_id>/gennemfoer")
def switch(what_if_id: int) -> ResponseReturnValue:
    state = state_of(what_if_id)
    row = state["row"]
    if not row.question.plan_alone or row.state is not WhatIfState.DONE:
        raise NotFoundError
    if "confirmed" not in request.form:
        return _page(what_if_id, state, str(errors.TEXTS["not_confirmed"])), 422
    try:
        with database.write(container().engine) as db:
            reorganising.switch(db, row.question.plan, by=me(), now=_now())
    except RefusedError as error:
        return _page(what_if_id, state, errors.text(error)), 422
    make_mailboxes(*(new.address for new in reorganisation.created(row.question.plan)))
    flash(
        _("Organisationsændringen er gennemført. Robotten lærer om med de nye enheder, og åbne mails får nye forslag.")
    )
    return redirect(url_for("reorganisation.index"), 303)


@bp.get("/gendan/<int:reorganisation_id>")
def ask_to_restore(reorganisation_id: int) -> ResponseReturnValue:
    return _restore_page(reorganisation_id)


@bp.post("/gendan/<int:reorganisation_id>")
def restore(reorganisation_id: int) -> ResponseReturnValue:
    try:
        with database.write(container().engine) as db:
            reorganising.restore(db, reorganisation_id, by=me(), now=_now())
    except RefusedError as error:
        return _restore_page(reorganisation_id, errors.text(error)), 422
    flash(_("Organisationsændringen er fortrudt: enheder og model er, som de var."))
    return redirect(url_for("reorganisation.index"), 303)


def _rehearse(plan: Plan) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        problems = reorganisation.faults(plan, reorganisation_preview.present(db))
        if not problems:
            asked = what_if.ask(db, Question(plan=plan), by=me(), now=_now()).id
    if problems:
        return _form(plan, _messages(problems)), 422
    return redirect(url_for("reorganisation.show", what_if_id=asked), 303)


def _plan() -> Plan:
    """The plan so far, as the form carries it.

    Raises:
        RefusedError: it is none.
    """
    try:
        return written_plan.from_json(incoming.parsed_json(request.form.get("plan", "")))
    except ValueError as error:
        raise RefusedError("plan_unreadable") from error


def _move() -> Move | None:
    """The move that the pressed button is about."""
    form, unit = request.form, request.form.get("unit", type=int) or 0
    match form.get("add"):
        case "merge":
            return Merge(tuple(form.getlist("units", type=int)), _target(""))
        case "split":
            parts = (_part(f"part{n}_") for n in range(PARTS))
            return Split(unit, tuple(part for part in parts if part), _target("rest_", otherwise=unit))
        case "rename":
            return Rename(unit, _line("name"))
        case "move":
            return Relocate(unit, _line("area"), _line("centre"))
    return None


def _part(prefix: str) -> SplitTarget | None:
    """A part of a split; None where its row was left empty."""
    words = lines(request.form.get(f"{prefix}words", "").replace(",", "\n")[:5_000])
    mailbox = request.form.get(f"{prefix}mailbox", "")
    target = _target(prefix)
    if not words and not mailbox and isinstance(target, NewUnit) and not target.name:
        return None
    return SplitTarget(target, words, mailbox)


def _target(prefix: str, otherwise: int | None = None) -> Target:
    """The unit that was chosen, or else the new one that was described."""
    chosen, name = request.form.get(f"{prefix}into", type=int), _line(f"{prefix}name")
    if chosen is not None:
        return chosen
    if not name and otherwise is not None:
        return otherwise
    return NewUnit(name, _line(f"{prefix}address").lower(), _line(f"{prefix}area"), _line(f"{prefix}centre"))


def _line(name: str) -> str:
    return " ".join(request.form.get(name, "").split())[:200]


def _messages(problems: list[reorganisation.PlanFault]) -> list[str]:
    """Faults as people read them."""
    return [f"{errors.TEXTS[each.code]} {f'({each.value})' if each.value else ''}".strip() for each in problems]


def _form(plan: Plan, problems: list[str] | None = None, *, filled: bool = False) -> str:
    """Render the plan with forms for another move. `filled`: with what was written, so that it can be mended."""
    with database.read(container().engine) as db:
        groups = unit_list.groups(db)
        return render_template(
            "reorganisation/index.html",
            plan=plan,
            written=json.dumps(written_plan.to_json(plan)),
            problems=problems or [],
            form=request.form if filled else {},
            chosen=request.form.getlist("units") if filled else [],
            units=what_if_list.units(db),
            unit_names=what_if_list.unit_names(db),
            areas=sorted({group.area for group in groups}),
            centres=sorted({group.centre for group in groups if group.centre}),
            mailboxes=reorganisation_list.shared_mailboxes(db),
            done=[(row, _moves(row.plan)) for row in reorganisation_list.all_of_them(db)],
            plans=what_if_list.latest(db, plans=True),
            parts_in_form=range(PARTS),
        )


def _page(what_if_id: int, state: dict[str, Any], problem: str = "") -> str:
    plan = state["row"].question.plan
    with database.read(container().engine) as db:
        effect = reorganisation_preview.effect(db, plan)
        return render_template(
            "reorganisation/show.html", **state, effect=effect, problem=problem, faults=_messages(effect.faults)
        )


def _restore_page(reorganisation_id: int, problem: str = "") -> str:
    with database.read(container().engine) as db:
        row = reorganisation_list.one(db, reorganisation_id)
        if row is None:
            raise NotFoundError
        return render_template(
            "reorganisation/restore.html",
            row=row,
            moves=_moves(row.plan),
            problem=problem,
            unit_names=what_if_list.unit_names(db),
        )


def _moves(plan: dict[str, Any]) -> tuple[Move, ...]:
    return written_plan.from_json(plan).moves


def _now() -> datetime:
    return datetime.now(UTC)
