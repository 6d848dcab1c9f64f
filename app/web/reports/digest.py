"""The digest of deadlines as a person chooses it: the day and hour, what it would say today, and the way to stop it."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app import database
from app.domain import digests as times
from app.domain.access import Role
from app.domain.actor import LINK_HOLDER
from app.errors import NotFoundError, RefusedError
from app.models.digest import DigestSubscription
from app.models.unit import ServiceArea
from app.queries.platform.house_address import house_address
from app.services.reports import digests
from app.services.reports.digests import Choice, Sender
from app.web.platform import errors, incoming, origin
from app.web.platform.access import PUBLIC, blueprint, container, me, my_account
from app.web.platform.limited import limited

bp = blueprint("digest", __name__, [*times.OF_ALL, Role.CASEWORKER], url_prefix="/konto/ugebrev")
by_link = blueprint("digest_link", __name__, PUBLIC, url_prefix="/ugebrev")
"""The link of the mail. A mail program that stops a digest by itself (RFC 8058) sends no token of a form."""
USUAL = Choice(weekday=0, hour=8)


@bp.before_request
def refuse_who_may_have_none() -> None:
    """Answer 404 to who belongs to no unit and may not see the whole house."""
    if not times.may_have(my_account().role, my_account().unit_id):
        raise NotFoundError


@bp.get("/")
def index() -> ResponseReturnValue:
    return _page()


@bp.post("/")
def save() -> ResponseReturnValue:
    """Keep the choice; an hour or day that is none is refused."""
    weekday, hour, area = (
        next(iter(incoming.wholes([request.form.get(name, "")])), None) for name in ("weekday", "hour", "area")
    )
    try:
        if weekday is None or hour is None:
            raise RefusedError("no_digest_time")
        with database.write(container().engine) as db:
            choice = Choice(weekday, hour, area, "also_empty" in request.form)
            digests.choose(db, my_account(), choice, by=me(), now=datetime.now(UTC))
    except RefusedError as error:
        return _page(errors.text(error)), 422
    flash(_("Ugebrevet er bestilt."))
    return redirect(url_for("digest.index"), 303)


@bp.post("/stop")
def stop() -> ResponseReturnValue:
    with database.write(container().engine) as db:
        digests.end(db, my_account().id, by=me(), now=datetime.now(UTC))
    flash(_("Ugebrevet er stoppet."))
    return redirect(url_for("my_account.index"), 303)


@by_link.get("/<token>")
@limited("return link", origin.source)
def ask(token: str) -> ResponseReturnValue:
    """Show what the link would do; mail filters open links, so that opening it changes nothing."""
    digests.read_link(token, container().settings.secret_key)
    return render_template("digest/ask.html", done=False)


@by_link.post("/<token>")
@limited("return link", origin.source)
def end(token: str) -> ResponseReturnValue:
    """Stop a digest by its link. Whoever has the link can do nothing else by it."""
    account_id = digests.read_link(token, container().settings.secret_key)
    with database.write(container().engine) as db:
        digests.end(db, account_id, by=LINK_HOLDER, now=datetime.now(UTC))
    return render_template("digest/ask.html", done=True)


def _page(problem: str = "") -> str:
    c, now = container(), datetime.now(UTC)
    with database.read(c.engine) as db:
        row = db.get(DigestSubscription, my_account().id)
        choice = digests.chosen(row) if row else USUAL
        sender = Sender(house_address(db), c.settings.secret_key, c.settings.base_url)
        message, found = digests.letter(db, my_account(), choice, sender, now, now)
        manages = my_account().role in times.OF_ALL
        areas = list(db.scalars(select(ServiceArea).order_by(ServiceArea.name))) if manages else []
        return render_template(
            "digest/index.html",
            subscribed=row is not None,
            choice=choice,
            areas=areas,
            hours=times.HOURS,
            message=message,
            empty=found.empty,
            problem=problem,
        )
