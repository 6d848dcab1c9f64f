"""The pages of shares of the queue. One takes a mail over, lets it go, or is away."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain import deadlines
from app.errors import RefusedError
from app.queries.triage import staff
from app.services.platform import settings
from app.services.triage import claims, queue_shares
from app.web.platform import incoming
from app.web.platform.access import blueprint, container, me, my_account
from app.web.triage import triage_page

bp = blueprint("lanes", __name__, triage_page.ROLES, url_prefix="/visitering")
SETS = queue_shares.STAFF


@bp.post("/<int:enquiry_id>/overtag")
def take(enquiry_id: int) -> ResponseReturnValue:
    """Take a mail from the colleague who has it."""
    with database.write(container().engine) as db:
        claims.take_over(db, enquiry_id, by=me(), now=datetime.now(UTC))
    return triage_page.go_on(enquiry_id)


@bp.post("/<int:enquiry_id>/slip")
def release(enquiry_id: int) -> ResponseReturnValue:
    """Release a mail and go on to the next. A colleague may take it."""
    with database.write(container().engine) as db:
        claims.release(db, enquiry_id, by=me())
    return triage_page.go_on(message=_("Mailen er lagt tilbage i køen. En kollega kan tage den."), skip=(enquiry_id,))


@bp.get("/bemanding")
def index() -> ResponseReturnValue:
    """Show who is at work and who is away."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        today, quiet = deadlines.local_day(now), claims.claim_timeout(db)
        return render_template(
            "lanes/index.html",
            people=staff.people(db, today, now=now, quiet=quiet),
            today=today,
            quiet=settings.get(db, settings.QUIET_MINUTES),
            may_set=me().role in SETS,
        )


@bp.post("/bemanding/fravaer")
def leave() -> ResponseReturnValue:
    """Note that somebody is away from now on. Their mails are the others' at once."""
    account_id, until = request.form.get("account", 0, type=int), incoming.chosen_day(request.form.get("until", ""))
    with database.write(container().engine) as db:
        name = queue_shares.leave(db, account_id, until, by=me(), now=datetime.now(UTC)).name
    flash(_("%(name)s er fraværende. Mailene er delt mellem de andre.", name=name))
    return redirect(url_for("lanes.index"), 303)


@bp.post("/bemanding/tilbage")
def come_back() -> ResponseReturnValue:
    with database.write(container().engine) as db:
        account_id = request.form.get("account", 0, type=int)
        name = queue_shares.come_back(db, account_id, by=me(), now=datetime.now(UTC)).name
    flash(_("%(name)s er tilbage og har sin del af køen igen.", name=name))
    return redirect(url_for("triage.index" if account_id == my_account().id else "lanes.index"), 303)


@bp.post("/bemanding/ro")
def quiet() -> ResponseReturnValue:
    """Set when an open mail is free again. Only managers and administrators may."""
    if me().role not in SETS:
        raise RefusedError("not_yours")
    with database.write(container().engine) as db:
        queue_shares.set_claim_timeout(db, request.form.get("minutes", 0, type=int), by=me(), now=datetime.now(UTC))
    flash(_("Gemt."))
    return redirect(url_for("lanes.index"), 303)
