"""The pages of the robot's texts.

Written, tried on a real mail, kept; and which mailboxes acknowledge what comes in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.templates import ALLOWED, BUILT_IN, COMMON, TemplateKind, TemplateProblem
from app.errors import ConflictError
from app.queries.casework import template_list
from app.services.casework import acknowledging, reply_templates
from app.services.casework.reply_templates import Draft, TextRefusedError
from app.web.platform import errors
from app.web.platform.access import blueprint, container, me, my_account

bp = blueprint("reply_templates", __name__, [Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/skabeloner")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a template's page. The draft, the mail to try it on, and why it was not kept."""

    draft: Draft
    version: int
    enquiry_id: int | None = None
    problems: tuple[TemplateProblem, ...] = ()


@bp.get("/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        return render_template(
            "reply_templates/index.html",
            groups=template_list.by_unit(db),
            paragraphs=template_list.paragraphs(db),
            mailboxes=template_list.mailboxes(db),
            kinds=list(TemplateKind),
            most=acknowledging.MOST,
        )


@bp.get("/ny")
def new() -> ResponseReturnValue:
    """Show a new template with its built-in text. The text is that of its kind."""
    kind = _kind(request.args.get("art", ""))
    draft = Draft(kind, request.args.get("enhed", type=int), "", "", BUILT_IN[kind])
    with database.read(container().engine) as db:
        return _page(db, None, Form(draft, 0))


@bp.get("/<int:template_id>")
def show(template_id: int) -> ResponseReturnValue:
    """Show one template. With `tekst`, a text it has had, ready to be kept again."""
    with database.read(container().engine) as db:
        row = reply_templates.find(db, template_id)
        text = _old_text(template_list.template_changes(db, template_id)) or row.text
        draft = Draft(row.kind, row.unit_id, row.name, row.keywords, text)
        return _page(db, template_id, Form(draft, row.version))


def _old_text(changes: list[template_list.TemplateChange]) -> str:
    wanted = request.args.get("tekst", type=int)
    return next((change.text for change in changes if change.id == wanted), "")


@bp.post("/ny")
def create() -> ResponseReturnValue:
    return _keep(None)


@bp.post("/<int:template_id>")
def change(template_id: int) -> ResponseReturnValue:
    return _keep(template_id)


def _keep(template_id: int | None) -> ResponseReturnValue:
    """Keep the template, or only show it filled. A refused text stays in the form as it was written."""
    form = Form(_draft(), request.form.get("version", 0, type=int), request.form.get("mail", type=int))
    if request.form.get("gem") is None:
        with database.write(container().engine) as db:
            reply_templates.log_preview(db, form.draft, form.enquiry_id, by=me(), now=datetime.now(UTC))
        with database.read(container().engine) as db:
            return _page(db, template_id, form)
    try:
        with database.write(container().engine) as db:
            row = reply_templates.save(
                db, template_id, form.draft, version=form.version, by=me(), now=datetime.now(UTC)
            )
            flash(_("Skabelonen %(name)s er gemt.", name=row.name))
            template_id = row.id
    except TextRefusedError as error:
        with database.read(container().engine) as db:
            return _page(db, template_id, replace(form, problems=tuple(error.problems))), 422
    except ConflictError as error:
        return _overtaken(template_id, form, errors.text(error))
    return redirect(url_for("reply_templates.show", template_id=template_id), 303)


def _overtaken(template_id: int | None, form: Form, message: str) -> ResponseReturnValue:
    """Show the page after somebody else's change.

    Their text is the first in the list of texts, one's own still stands in the form.
    """
    with database.read(container().engine) as db:
        version = reply_templates.find(db, template_id).version if template_id else 0
        return _page(db, template_id, replace(form, version=version, enquiry_id=None), message), 409


def _draft() -> Draft:
    form = request.form
    return Draft(
        kind=_kind(form.get("kind", "")),
        unit_id=form.get("unit", type=int),
        name=form.get("name", ""),
        keywords=form.get("keywords", ""),
        text=form.get("text", "").replace("\r\n", "\n"),
    )


def _kind(code: str) -> TemplateKind:
    return TemplateKind(code) if code in set(TemplateKind) else TemplateKind.REPLY_DRAFT


def _page(db: Session, template_id: int | None, form: Form, message: str = "") -> str:
    """The form with its preview beside it."""
    mails = template_list.mails_to_try(db, form.draft.unit_id)
    problems, shown = list(form.problems), ""
    if not problems:
        try:
            shown = reply_templates.preview(
                db, form.draft, form.enquiry_id, caseworker=my_account().name, by=me(), now=datetime.now(UTC)
            )
        except TextRefusedError as error:
            problems = error.problems
    return render_template(
        "reply_templates/show.html",
        template_id=template_id,
        form=form,
        message=message,
        problems=problems,
        shown=shown,
        mails=mails,
        kinds=list(TemplateKind),
        units=template_list.unit_names(db),
        placeholders=sorted(ALLOWED[form.draft.kind]),
        paragraphs=template_list.paragraphs(db),
        changes=template_list.template_changes(db, template_id) if template_id else [],
    )


@bp.post("/<int:template_id>/slet")
def delete(template_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        reply_templates.delete(db, template_id, by=me(), now=datetime.now(UTC))
    flash(_("Skabelonen er slettet. Dens tekst står i hændelsesloggen."))
    return redirect(url_for("reply_templates.index"), 303)


@bp.get("/nyt-afsnit")
def new_paragraph() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        return _paragraph_page(db, "", "", None)


@bp.get("/afsnit/<name>")
def show_paragraph(name: str) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        row = reply_templates.find_paragraph(db, name)
        text = _old_text(template_list.paragraph_changes(db, name)) or row.text
        return _paragraph_page(db, name, text, row.version)


@bp.post("/nyt-afsnit")
def create_paragraph() -> ResponseReturnValue:
    name = request.form.get("name", "").strip().lower()
    return _keep_paragraph(name, None)


@bp.post("/afsnit/<name>")
def change_paragraph(name: str) -> ResponseReturnValue:
    return _keep_paragraph(name, request.form.get("version", 0, type=int))


def _keep_paragraph(name: str, version: int | None) -> ResponseReturnValue:
    text = request.form.get("text", "").replace("\r\n", "\n")

    def keep(db: Session) -> None:
        reply_templates.save_paragraph(db, name, text, version=version, by=me(), now=datetime.now(UTC))
        flash(_("Den fælles tekst %(name)s er gemt.", name=name))

    return _try_paragraph(keep, name, text, version)


@bp.post("/afsnit/<name>/slet")
def delete_paragraph(name: str) -> ResponseReturnValue:
    with database.read(container().engine) as db:
        row = reply_templates.find_paragraph(db, name)

    def drop(db: Session) -> None:
        reply_templates.delete_paragraph(db, name, by=me(), now=datetime.now(UTC))
        flash(_("Den fælles tekst %(name)s er slettet.", name=name))

    return _try_paragraph(drop, name, row.text, row.version)


def _try_paragraph(act: Callable[[Session], None], name: str, text: str, version: int | None) -> ResponseReturnValue:
    """Try an action on a paragraph. Then back to the list, or to the page with what speaks against it."""
    try:
        with database.write(container().engine) as db:
            act(db)
    except TextRefusedError as error:
        with database.read(container().engine) as db:
            return _paragraph_page(db, name, text, version, problems=error.problems), 422
    except ConflictError as error:
        with database.read(container().engine) as db:
            fresh = reply_templates.find_paragraph(db, name).version
            return _paragraph_page(db, name, text, fresh, message=errors.text(error)), 409
    return redirect(url_for("reply_templates.index"), 303)


def _paragraph_page(
    db: Session,
    name: str,
    text: str,
    version: int | None,
    *,
    problems: Sequence[TemplateProblem] = (),
    message: str = "",
) -> str:
    return render_template(
        "reply_templates/paragraph.html",
        name=name,
        text=text,
        version=version,
        problems=problems,
        message=message,
        placeholders=sorted(COMMON),
        users=reply_templates.templates_with(db, name),
        changes=template_list.paragraph_changes(db, name) if version is not None else [],
    )


@bp.post("/postkasser/<int:mailbox_id>")
def change_mailbox(mailbox_id: int) -> ResponseReturnValue:
    """Switch a mailbox's acknowledgements on or off. They tell citizens that their mail has come."""
    on = "acknowledge" in request.form
    with database.write(container().engine) as db:
        name = acknowledging.switch(db, mailbox_id, on=on, by=me(), now=datetime.now(UTC)).name
    flash(
        _("%(mailbox)s sender nu kvittering.", mailbox=name)
        if on
        else _("%(mailbox)s sender ikke kvittering.", mailbox=name)
    )
    return redirect(url_for("reply_templates.index"), 303)
