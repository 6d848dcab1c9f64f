"""The page of mailboxes: how each stands, what to do about it, and pausing a single one."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.queries.inbound import mailbox_list
from app.services.inbound import mailbox_states, reconciliation
from app.web.platform import htmx
from app.web.platform.access import blueprint, container, me

bp = blueprint("mailboxes", __name__, [Role.ADMINISTRATOR], url_prefix="/postkasser")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show every mailbox, those first that need somebody."""
    with database.read(container().engine) as db:
        return render_template(
            "mailboxes/_list.html" if htmx.wanted() else "mailboxes/index.html", rows=mailbox_list.rows(db)
        )


@bp.post("/pause")
def pause() -> ResponseReturnValue:
    """Have one mailbox left alone."""
    address = request.form.get("postkasse", "")
    with database.write(container().engine) as db:
        mailbox_states.pause(db, address, by=me(), now=_now())
    flash(
        _(
            "%(mailbox)s er sat på pause. Mails bliver liggende i postkassen, til du lader den fortsætte.",
            mailbox=address,
        )
    )
    return redirect(url_for("mailboxes.index"), 303)


@bp.post("/genoptag")
def resume() -> ResponseReturnValue:
    """Have one mailbox read again."""
    address = request.form.get("postkasse", "")
    with database.write(container().engine) as db:
        mailbox_states.resume(db, address, by=me(), now=_now())
    flash(_("%(mailbox)s læses igen fra dér, hvor den blev sat på pause.", mailbox=address))
    return redirect(url_for("mailboxes.index"), 303)


@bp.post("/sammenlign")
def compare() -> ResponseReturnValue:
    """Have one mailbox compared with the enquiries."""
    with database.write(container().engine) as db:
        reconciliation.ask(db, request.form.get("postkasse", ""), by=me(), now=_now())
    flash(_("Postkassen sammenlignes med henvendelserne ved første lejlighed."))
    return redirect(url_for("mailboxes.index"), 303)


@bp.post("/hent")
def take() -> ResponseReturnValue:
    """Have the mails taken in that are missing."""
    with database.write(container().engine) as db:
        reconciliation.ask_to_take(db, request.form.get("postkasse", ""), by=me(), now=_now())
    flash(_("Mailene hentes ind ved første lejlighed."))
    return redirect(url_for("mailboxes.index"), 303)


def _now() -> datetime:
    return datetime.now(UTC)
