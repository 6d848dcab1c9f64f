"""The pages of other authorities. The list, its administration, and "not ours" for one mail."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.domain.templates import ALLOWED, TemplateKind
from app.errors import AppError, ConflictError, RefusedError
from app.queries.organisation import authority_list
from app.queries.triage import suggestion_list
from app.services.casework.reply_templates import TextRefusedError
from app.services.learning import labels
from app.services.organisation import authorities
from app.services.organisation.authorities import AuthorityLine
from app.services.platform import viewing
from app.services.triage import referring
from app.web.platform import display_names, errors
from app.web.platform.access import blueprint, container, me
from app.web.triage import followers

bp = blueprint("referring", __name__, [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR])
admin = blueprint("authorities", __name__, [Role.ADMINISTRATOR], url_prefix="/myndigheder")
NOBODY = 0
"""In a form: no authority is known, the citizen is only told."""


@bp.get("/myndigheder/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        may_edit = me().role is Role.ADMINISTRATOR
        return render_template("authorities/index.html", authorities=authority_list.all_of_them(db), may_edit=may_edit)


@bp.get("/visitering/<int:enquiry_id>/ikke-vores")
def choose(enquiry_id: int) -> ResponseReturnValue:
    """Ask whose the mail is. With `myndighed` the letter to the citizen is shown as well, ready to be sent."""
    return _page(enquiry_id, request.args.get("myndighed", type=int))


@bp.post("/visitering/<int:enquiry_id>/ikke-vores")
def refer(enquiry_id: int) -> ResponseReturnValue:
    """Close the mail as another authority's."""
    chosen, text = request.form.get("authority", type=int), request.form.get("text", "")
    c, now, version = container(), datetime.now(UTC), request.form.get("version", 0, type=int)
    if chosen is None:
        return _page(enquiry_id, None, _("Vælg en myndighed, eller vælg, at den ikke kendes."), text), 422
    try:
        with database.write(c.engine) as db:
            row = referring.refer(
                db,
                c.robot,
                enquiry_id,
                chosen or None,
                text,
                version=version,
                by=me(),
                now=now,
                undo_seconds=c.settings.undo_seconds,
                shown=followers.shown(),
            )
            name, leaves = row.authority.name if row.authority else "", row.leaves
            label = labels.standing(db, enquiry_id)
            label_id = label.id if label is not None else None
            robot = "" if label is not None else suggestion_list.robot_would_have(db, enquiry_id)
    except ConflictError as error:
        return _page(enquiry_id, chosen, errors.text(error), text), 409
    except RefusedError as error:
        return _page(enquiry_id, chosen, errors.text(error), text), 422
    session.pop("label_id", None)
    if label_id is not None:
        session["label_id"] = label_id
    flash(_message(name, leaves=leaves))
    if robot:
        flash(_("Stikprøve: robotten ville have valgt %(unit)s.", unit=display_names.belongs(robot)))
    return redirect(url_for("triage.index"), 303)


def _message(name: str, *, leaves: bool) -> str:
    if name:
        return _(
            "Anden myndighed: mailen sendes videre til %(authority)s. Fortryd med u, til den er sendt.", authority=name
        )
    return (
        _("Anden myndighed: borgeren får besked. Fortryd med u, til den er sendt.")
        if leaves
        else _("Anden myndighed: afsluttet.")
    )


def _page(enquiry_id: int, chosen: int | None, problem: str = "", text: str | None = None) -> str:
    """Render the mail with the choice beside it.

    `text` is the letter as it was written, None where it is still to be made.
    """
    now = datetime.now(UTC)
    with database.write(container().engine) as db:
        viewing.log(db, enquiry_id, by=me(), purpose="referral", now=now)
        behind = followers.log(db, enquiry_id, purpose="referral", now=now)
    with database.read(container().engine) as db:
        enquiry = viewing.read(db, enquiry_id, by=me())
        authority = authorities.find(db, chosen) if chosen else None
        written = referring.letter_for(db, enquiry, authority) if text is None and chosen is not None else text or ""
        return render_template(
            "authorities/choose.html",
            enquiry=enquiry,
            waits=enquiry.state is State.TRIAGE,
            followers=followers.read(db, behind),
            heading=viewing.line(enquiry.subject),
            paragraphs=viewing.paragraphs(enquiry.text),
            authorities=authority_list.in_use(db) if enquiry.hidden else authority_list.likeliest_first(db, enquiry.id),
            proposed=[] if enquiry.hidden else authority_list.proposed(db, enquiry.id),
            chosen=chosen,
            authority=authority,
            may_tell=referring.may_tell(db, enquiry),
            text=written,
            problem=problem,
            nobody=NOBODY,
        )


@admin.get("/ny")
def new() -> ResponseReturnValue:
    return _form(None, AuthorityLine("", ""))


@admin.get("/<int:authority_id>")
def edit(authority_id: int) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        line = authorities.line_of(authorities.find(db, authority_id))
    return _form(authority_id, line)


@admin.post("/gem")
def save() -> ResponseReturnValue:
    """Save a new authority, or a changed one."""
    authority_id, line = request.form.get("authority_id", type=int), _line()
    try:
        with database.write(container().engine) as db:
            authorities.save(db, authority_id, line, by=me(), now=datetime.now(UTC))
    except (RefusedError, TextRefusedError) as error:
        return _form(authority_id, line, _problem(error)), 422
    flash(_("%(authority)s er gemt.", authority=line.name))
    return redirect(url_for("referring.index"), 303)


def _problem(error: AppError) -> str:
    if isinstance(error, TextRefusedError):
        return " ".join(f"{display_names.FAULTS[each.fault]} {each.what}" for each in error.problems)
    return errors.text(error)


def _line() -> AuthorityLine:
    form = request.form
    return AuthorityLine(
        name=" ".join(form.get("name", "").split())[:200],
        address=form.get("address", "").strip().lower(),
        guide=form.get("guide", "").replace("\r\n", "\n").strip(),
        letter=form.get("letter", "").replace("\r\n", "\n").strip(),
        retired="retired" in form,
    )


def _form(authority_id: int | None, line: AuthorityLine, problem: str = "") -> str:
    return render_template(
        "authorities/edit.html",
        authority_id=authority_id,
        line=line,
        problem=problem,
        placeholders=sorted(ALLOWED[TemplateKind.REFERRAL]),
    )
