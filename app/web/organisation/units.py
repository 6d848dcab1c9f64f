"""The pages of the organisation. Units, how far the robot may go for each, mailboxes, and all of it as a file."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app import database
from app.domain.access import Role
from app.domain.organisation import HEADER, REQUIRED, UnitLine, share
from app.domain.routing import Mode
from app.errors import NotFoundError, RefusedError
from app.queries.learning import blind_checks
from app.queries.organisation import unit_list
from app.services.inbound import mailbox_states
from app.services.learning import breaker
from app.services.organisation import added_mail_systems, mail_systems, new_mailboxes, organisation_units
from app.services.platform import settings
from app.web.platform import display_names, errors
from app.web.platform.access import blueprint, container, me

bp = blueprint("units", __name__, [Role.ADMINISTRATOR], url_prefix="/enheder")


@bp.get("/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        return render_template(
            "units/index.html",
            groups=unit_list.groups(db),
            modes=list(Mode),
            mailboxes=unit_list.mailboxes(db),
            changes=unit_list.changes(db),
            tripped=blind_checks.tripped(db),
            may_arm=True,
            paused=mailbox_states.paused(db),
            several_systems=len(added_mail_systems.known(db, container().settings)) > 1,
        )


@bp.post("/<int:unit_id>/robot")
def change(unit_id: int) -> ResponseReturnValue:
    """Change how far the robot may go for a unit."""
    mode = request.form.get("mode", "")
    if mode not in set(Mode):
        raise RefusedError("failed")
    with database.write(container().engine) as db:
        unit = settings.change_unit(
            db, unit_id, mode=Mode(mode), stopped="stopped" in request.form, by=me(), now=_now()
        )
        flash(_("%(unit)s er gemt.", unit=unit.name))
    return redirect(url_for("units.index"), 303)


@bp.post("/<int:unit_id>/sikring")
def rearm(unit_id: int) -> ResponseReturnValue:
    """Rearm a unit's breaker that has tripped. The robot routes to the unit again."""
    with database.write(container().engine) as db:
        unit = breaker.rearm(db, unit_id, by=me(), now=_now())
        flash(_("Automatisk fordeling til %(unit)s er slået til igen.", unit=unit.name))
    return redirect(url_for("sampling.index" if request.form.get("back") == "sampling" else "units.index"), 303)


@bp.get("/ny")
def new() -> ResponseReturnValue:
    return _form(None, UnitLine("", "", ""))


@bp.get("/<int:unit_id>")
def edit(unit_id: int) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        found = unit_list.unit(db, unit_id)
        if found is None:
            raise NotFoundError
        line = organisation_units.line_of(db, found)
    return _form(unit_id, line)


@bp.post("/gem")
def save() -> ResponseReturnValue:
    """Save a new unit, or a changed one."""
    unit_id = request.form.get("unit_id", type=int)
    line, problem = _line()
    try:
        if problem:
            raise RefusedError(problem)
        mail_systems.refuse_unknown(line.mail_system or mail_systems.MAIN, _systems())
        with database.write(container().engine) as db:
            organisation_units.save_unit(db, unit_id, line, by=me(), now=_now())
    except RefusedError as error:
        return _form(unit_id, line, errors.text(error)), 422
    make_mailboxes(line.address)
    flash(_("%(unit)s er gemt.", unit=line.name))
    return redirect(url_for("units.index"), 303)


@bp.get("/enheder.csv")
def export() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        body = organisation_units.export(db)
    headers = {"Content-Disposition": "attachment; filename=enheder.csv"}
    return Response(body, mimetype="text/csv", headers=headers)


@bp.get("/indlaes")
def ask_for_file() -> ResponseReturnValue:
    return _import_page()


@bp.post("/indlaes")
def read_file() -> ResponseReturnValue:
    """Read a file, show its changes, then make them. Made only when they have been seen and agreed to."""
    text = request.form.get("text", "")
    if upload := request.files.get("file"):
        content = upload.read()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    with database.read(container().engine) as db:
        plan = organisation_units.plan_import(db, text, _systems())
    if "apply" not in request.form or plan.problems:
        return _import_page(plan, text), 422 if plan.problems else 200
    with database.write(container().engine) as db:
        plan = organisation_units.apply_import(db, text, _systems(), by=me(), now=_now())
    make_mailboxes(*(each.line.address for each in plan.changes))
    flash(
        ngettext(
            "Filen er indlæst. %(num)s enhed er ændret eller oprettet.",
            "Filen er indlæst. %(num)s enheder er ændret eller oprettet.",
            len(plan.changes),
        )
    )
    return redirect(url_for("units.index"), 303)


def _import_page(plan: organisation_units.ImportPlan | None = None, text: str = "") -> str:
    return render_template(
        "units/import.html", plan=plan, text=text, columns=HEADER, required=REQUIRED, **_system_choice()
    )


@bp.get("/postkasse")
def mailbox() -> ResponseReturnValue:
    mailbox_id = request.args.get("id", type=int)
    with database.read(container().engine) as db:
        found = unit_list.mailbox(db, mailbox_id) if mailbox_id else None
        if mailbox_id and found is None:
            raise NotFoundError
        values = (found.address, found.name, found.unit_id, found.mail_system) if found else ("", "", None, "")
        journal = found is not None and found.journal
    return _mailbox_form(mailbox_id, *values, journal=journal)


@bp.post("/postkasse")
def save_mailbox() -> ResponseReturnValue:
    mailbox_id, unit_id = request.form.get("mailbox_id", type=int), request.form.get("unit_id", type=int)
    address, name = request.form.get("address", ""), request.form.get("name", "")
    system, journal = _system(), "journal" in request.form
    try:
        mail_systems.refuse_unknown(system or mail_systems.MAIN, _systems())
        with database.write(container().engine) as db:
            if "delete" in request.form and mailbox_id is not None:
                organisation_units.remove_mailbox(db, mailbox_id, by=me(), now=_now())
            else:
                address = organisation_units.save_mailbox(
                    db, mailbox_id, address, name, unit_id, system, journal=journal, by=me(), now=_now()
                ).address
    except RefusedError as error:
        return _mailbox_form(mailbox_id, address, name, unit_id, system or "", errors.text(error), journal=journal), 422
    if "delete" in request.form:
        flash(_("Der hentes ikke længere mails fra postkassen. Det, der er hentet, bliver."))
    else:
        flash(_("Postkassen er gemt."))
        if make_mailboxes(address) and mailbox_id is None and not journal:
            return redirect(url_for("mailboxes.folders", postkasse=address), 303)
    return redirect(url_for("units.index"), 303)


def make_mailboxes(*addresses: str) -> bool:
    """Make mailboxes, and say which could not be reached: what was typed is kept all the same. Tell whether all could."""
    if lost := new_mailboxes.make(container().gateway, addresses):
        flash(
            _(
                "Det er gemt, men mailsystemet kan ikke nås for %(addresses)s. Se siden Postkasser.",
                addresses=", ".join(lost),
            )
        )
    return not lost


def _line() -> tuple[UnitLine, str]:
    """Return the form as a unit, with its problem. The problem is a code, or ""."""
    form = request.form
    mode = form.get("mode", "")
    line = UnitLine(
        area=" ".join(form.get("area", "").split())[:200],
        centre=" ".join(form.get("centre", "").split())[:200],
        name=" ".join(form.get("name", "").split())[:200],
        address=form.get("address", "").strip().lower(),
        subject_code=form.get("subject_code", "").strip()[:100],
        also_called=" ".join(form.get("also_called", "").split())[:500],
        guide=form.get("guide", "").replace("\r\n", "\n").strip(),
        guide_not=form.get("guide_not", "").replace("\r\n", "\n").strip(),
        mode=Mode(mode) if mode in set(Mode) else Mode.OBSERVE,
        owner=form.get("owner", ""),
        closed="closed" in form,
        mail_system=_system(),
    )
    try:
        return replace(line, max_error=share(form.get("max_error", ""))), ""
    except ValueError:
        return line, "no_share"


def _form(unit_id: int | None, line: UnitLine, problem: str = "") -> str:
    with database.read(container().engine) as db:
        groups = unit_list.groups(db)
        return render_template(
            "units/edit.html",
            **_system_choice(),
            unit_id=unit_id,
            line=line,
            problem=problem,
            modes=list(Mode),
            areas=sorted({group.area for group in groups}),
            centres=sorted({g.centre for g in groups if g.centre}),
            people=unit_list.people(db),
            changes=unit_list.changes(db, unit_id) if unit_id else [],
            open=next((row.open for group in groups for row in group.rows if row.unit.id == unit_id), 0),
        )


def _mailbox_form(
    mailbox_id: int | None,
    address: str,
    name: str,
    unit_id: int | None,
    system: str,
    problem: str = "",
    *,
    journal: bool,
) -> str:
    with database.read(container().engine) as db:
        units = [row.unit for group in unit_list.groups(db) for row in group.rows if not row.unit.closed]
        return render_template(
            "units/mailbox.html",
            mailbox_id=mailbox_id,
            address=address,
            name=name,
            unit_id=unit_id,
            units=units,
            problem=problem,
            journal=journal,
            system=system,
            **_system_choice(),
        )


def _systems() -> list[str]:
    """The mail systems beside the main one."""
    with database.read(container().engine) as db:
        return sorted(added_mail_systems.known(db, container().settings).keys() - {mail_systems.MAIN})


def _system_choice() -> dict[str, Any]:
    """Return what a form needs to ask for a mailbox's system.

    `main_title` is what the main one is. `must_choose`: nobody has said what that is, so a mailbox must not end there unasked.
    """
    here = container()
    with database.read(here.engine) as db:
        known = added_mail_systems.known(db, here.settings)
        return {
            "systems": sorted(known.keys() - {mail_systems.MAIN}),
            "main_title": display_names.MAIL_SYSTEMS.get(known[mail_systems.MAIN].kind, ""),
            "must_choose": added_mail_systems.main_is_unsaid(db, here.settings),
        }


def _system() -> str | None:
    """Return the mail system that a form names; None where it names none, and everything stays as it is."""
    chosen = request.form.get("mail_system")
    return mail_systems.MAIN if chosen == added_mail_systems.OF_MAIN else chosen


def _now() -> datetime:
    return datetime.now(UTC)
