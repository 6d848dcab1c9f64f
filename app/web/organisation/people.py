"""The pages of people with access. Invite people, change what they may, and take it away."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app import database
from app.config import is_loopback
from app.domain import deadlines
from app.domain.access import Role
from app.errors import NotFoundError, RefusedError
from app.queries.organisation import account_list
from app.queries.organisation.account_list import Access
from app.queries.triage import suggestion_list
from app.services.organisation import people
from app.services.platform import second_factor, sessions
from app.services.triage import queue_shares
from app.web.platform import errors, incoming
from app.web.platform.access import blueprint, container, me

bp = blueprint("people", __name__, [Role.ADMINISTRATOR], url_prefix="/adgang")


@bp.get("/")
def index() -> ResponseReturnValue:
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        found = account_list.people(db, deadlines.local_day(now), now=now)
    closed = [each for each in found if each.access is Access.CLOSED]
    return render_template("people/index.html", people=[each for each in found if each not in closed], closed=closed)


@bp.get("/ny")
def new() -> ResponseReturnValue:
    return _form({"name": "", "email": "", "role": Role.VISITATOR, "unit": None})


@bp.post("/ny")
def invite() -> ResponseReturnValue:
    """Make an account and show its link. By the link its owner chooses a password."""
    form = request.form
    given: dict[str, Any] = {name: form.get(name, "") for name in ("name", "email", "role")}
    given["unit"] = form.get("unit", type=int)
    try:
        with database.write(container().engine) as db:
            account, key = people.invite(
                db,
                email=given["email"],
                name=given["name"],
                role=_role(),
                unit_id=given["unit"],
                by=me(),
                now=datetime.now(UTC),
            )
            name, email, account_id = account.name, account.email, account.id
    except RefusedError as error:
        return _form(given, errors.text(error)), 422
    return _link(account_id, name, email, key)


@bp.get("/<int:account_id>")
def show(account_id: int) -> ResponseReturnValue:
    return _person(account_id)


@bp.post("/<int:account_id>")
def save(account_id: int) -> ResponseReturnValue:
    """Give somebody another name, role or unit."""
    given = request.form
    try:
        with database.write(container().engine) as db:
            name = people.change(
                db,
                account_id,
                name=given.get("name", ""),
                role=_role(),
                unit_id=given.get("unit", type=int),
                by=me(),
                now=datetime.now(UTC),
            ).name
    except RefusedError as error:
        return _person(account_id, errors.text(error)), 422
    flash(_("Gemt. %(name)s har den nye adgang med det samme.", name=name))
    return redirect(url_for("people.index"), 303)


@bp.post("/<int:account_id>/link")
def link(account_id: int) -> ResponseReturnValue:
    """Make a new link to choose a password by."""
    with database.write(container().engine) as db:
        account, key = people.invite_again(db, account_id, by=me(), now=datetime.now(UTC))
        name, email = account.name, account.email
    return _link(account_id, name, email, key)


@bp.post("/<int:account_id>/luk")
def close(account_id: int) -> ResponseReturnValue:
    try:
        with database.write(container().engine) as db:
            name = people.close(db, account_id, by=me(), now=datetime.now(UTC)).name
            answers_for = people.answers_for(db, account_id)
    except RefusedError as error:
        return _person(account_id, errors.text(error)), 422
    flash(_("%(name)s er logget ud og har ikke adgang mere.", name=name))
    if answers_for:
        flash(_("Vælg en anden ansvarlig for: %(units)s.", units=", ".join(answers_for)))
    return redirect(url_for("people.index"), 303)


@bp.post("/<int:account_id>/aabn")
def reopen(account_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        account, key = people.reopen(db, account_id, by=me(), now=datetime.now(UTC))
        name, email = account.name, account.email
    if not key:
        flash(_("%(name)s kan logge ind med sin arbejdskonto igen.", name=name))
        return redirect(url_for("people.index"), 303)
    return _link(account_id, name, email, key)


@bp.post("/<int:account_id>/afslut")
def end_sessions(account_id: int) -> ResponseReturnValue:
    """Sign somebody out wherever they are signed in."""
    with database.write(container().engine) as db:
        ended = people.end_sessions(db, account_id, by=me(), now=datetime.now(UTC))
    flash(ngettext("Logget ud %(num)s sted.", "Logget ud %(num)s steder.", ended))
    return redirect(url_for("people.show", account_id=account_id), 303)


@bp.post("/<int:account_id>/kode")
def remove_factor(account_id: int) -> ResponseReturnValue:
    """Remove the second factor of somebody. For somebody who has lost the telephone."""
    with database.write(container().engine) as db:
        _found(db, account_id)
        second_factor.remove(db, account_id, by=me(), now=datetime.now(UTC))
    flash(_("Koden er fjernet. Ved næste login sættes en ny op, hvis rollen kræver det."))
    return redirect(url_for("people.show", account_id=account_id), 303)


@bp.post("/<int:account_id>/fravaer")
def absence(account_id: int) -> ResponseReturnValue:
    """Note that somebody is away, or back."""
    until = request.form.get("until", "")
    with database.write(container().engine) as db:
        if "back" in request.form:
            queue_shares.come_back(db, account_id, by=me(), now=datetime.now(UTC))
        else:
            queue_shares.leave(db, account_id, incoming.chosen_day(until), by=me(), now=datetime.now(UTC))
    flash(_("Gemt."))
    return redirect(url_for("people.show", account_id=account_id), 303)


def _role() -> Role:
    try:
        return Role(request.form.get("role", ""))
    except ValueError as error:
        raise RefusedError("account_role") from error


def _found(db: Session, account_id: int) -> account_list.AccountRow:
    now = datetime.now(UTC)
    found = account_list.person(db, account_id, deadlines.local_day(now), now=now)
    if found is None:
        raise NotFoundError
    return found


def _person(account_id: int, error: str = "") -> str:
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        person = _found(db, account_id)
        return render_template(
            "people/show.html",
            person=person,
            roles=Role,
            units=suggestion_list.units(db),
            error=error,
            today=deadlines.local_day(now),
            sessions=sessions.open_ones(db, account_id, now=now),
            answers_for=people.answers_for(db, account_id),
        )


def _form(given: Mapping[str, Any], error: str = "") -> str:
    """Show the form with what is given of it, whole: a field that a POST left out has a value here too."""
    with database.read(container().engine) as db:
        return render_template("people/new.html", given=given, roles=Role, units=suggestion_list.units(db), error=error)


def _link(account_id: int, name: str, email: str, key: str) -> str:
    """Show a link that is shown only now. The database keeps only a hash, which opens nothing."""
    base = container().settings.base_url
    return render_template(
        "people/link.html",
        account_id=account_id,
        name=name,
        email=email,
        days=people.INVITED_DAYS,
        here_only=is_loopback(urlsplit(base).hostname or ""),
        address=base + url_for("joining.invitation", key=key),
    )
