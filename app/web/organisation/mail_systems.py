"""The pages of mail systems: which there are, and what Sluse must know of each."""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.errors import RefusedError
from app.mail_settings import KINDS
from app.services.organisation import added_mail_systems
from app.services.organisation.added_mail_systems import OptionsRefused, Unusable
from app.services.organisation.mail_systems import MAIN
from app.web.platform import display_names, errors, mail_options
from app.web.platform.access import blueprint, container, me

bp = blueprint("mail_systems", __name__, [Role.ADMINISTRATOR], url_prefix="/mailsystemer")


@bp.get("/")
def index() -> ResponseReturnValue:
    settings = container().settings
    with database.read(container().engine) as db:
        known = added_mail_systems.known(db, settings)
        boxes = added_mail_systems.mailboxes(db)
    return render_template(
        "mail_systems/index.html",
        systems=[
            {
                "name": name,
                "title": display_names.MAIL_SYSTEMS.get(system.kind, system.kind),
                "problem": mail_options.problem(system.reason) if isinstance(system, Unusable) else "",
                "mailboxes": boxes.get(name, 0),
                "fixed": name in added_mail_systems.fixed(settings),
                "main": name == MAIN,
            }
            for name, system in known.items()
        ],
    )


@bp.get("/ny")
def new() -> ResponseReturnValue:
    """Choose what a further mail system is, or describe it once that is chosen."""
    kind = request.args.get("slags", "")
    if kind not in KINDS:
        return render_template("mail_systems/kind.html", kinds=KINDS)
    return _form("", {"kind": kind}, new=True)


@bp.get("/ret")
def edit() -> ResponseReturnValue:
    name = request.args.get("navn", "")
    if not name:
        return redirect(url_for("mail_systems.index"))
    with database.read(container().engine) as db:
        options = dict(added_mail_systems.find(db, name).options)
    return _form(name, options, new=False)


@bp.get("/hoved")
def main() -> ResponseReturnValue:
    """Say in what mail system mailboxes are of which nothing else is said."""
    kind = request.args.get("slags", "")
    with database.read(container().engine) as db:
        known = added_mail_systems.added(db, MAIN)
    if known is not None and kind in ("", known["kind"]):
        return _form("", known, new=False)
    if kind not in KINDS:
        return render_template("mail_systems/kind.html", kinds=KINDS, main=True)
    return _form("", {"kind": kind}, new=False)


@bp.post("/")
def save() -> ResponseReturnValue:
    new, main = "new" in request.form, "main" in request.form
    name = "" if main else request.form.get("name", "").strip().lower()
    options = {key: value for key, value in request.form.items() if key not in ("csrf_token", "name", "new", "main")}
    here = container()
    try:
        if not name and not main:
            raise OptionsRefused({"name": "no_name"})
        with database.read(here.engine) as db:
            before = added_mail_systems.added(db, name)
        if new and before is not None:
            raise OptionsRefused({"name": "name_taken"})
        system = added_mail_systems.check(name, options, before or {}, here.settings)
        with database.write(here.engine) as db:
            added_mail_systems.save(db, name, system, here.settings.home, by=me(), now=datetime.now(UTC))
    except OptionsRefused as refused:
        return _form(name, options, new=new, problems=refused.problems), 422
    flash(_("Mailsystemet er gemt."))
    return redirect(url_for("mail_systems.index"), 303)


@bp.post("/fjern")
def remove() -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        with database.write(container().engine) as db:
            added_mail_systems.remove(db, name, by=me(), now=datetime.now(UTC))
    except RefusedError as error:
        flash(errors.text(error))
    else:
        flash(_("Mailsystemet er fjernet."))
    return redirect(url_for("mail_systems.index"), 303)


def _form(name: str, options: Mapping[str, str], *, new: bool, problems: Mapping[str, str] | None = None) -> str:
    kind = options.get("kind", "")
    return render_template(
        "mail_systems/edit.html",
        name=name,
        new=new,
        kind=kind,
        title=display_names.MAIL_SYSTEMS.get(kind, ""),
        fields=mail_options.fields(kind, options) if kind in KINDS else [],
        problems={option: mail_options.problem(code) for option, code in (problems or {}).items()},
    )
