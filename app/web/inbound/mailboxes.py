"""The page of mailboxes: how each stands, what to do about it, and pausing a single one."""

from datetime import UTC, date, datetime, time

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.domain.deadlines import COPENHAGEN
from app.errors import NotFoundError, RefusedError
from app.queries.inbound import mailbox_list
from app.queries.organisation import unit_list
from app.queries.platform import job_list
from app.services.inbound import history_reading, mailbox_states, mailbox_trials, reconciliation
from app.services.organisation import added_mail_systems, chosen_folders, mail_systems
from app.services.platform import circuits
from app.web.organisation.setup import trial_text
from app.web.platform import errors, htmx
from app.web.platform.access import blueprint, container, me

bp = blueprint("mailboxes", __name__, [Role.ADMINISTRATOR], url_prefix="/postkasser")


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show every mailbox, those first that need somebody."""
    with database.read(container().engine) as db:
        silent = job_list.silent_systems(db, _now())
        return render_template(
            "mailboxes/_list.html" if htmx.wanted() else "mailboxes/index.html",
            rows=mailbox_list.rows(db),
            systems=[each for each in silent if circuits.mail_name(each.system) is not None],
            readings=mailbox_list.readings(db),
        )


@bp.get("/mapper")
def folders() -> ResponseReturnValue:
    """Show the folders that lie in a mailbox, and which of them Sluse uses for what. Nothing is changed in it."""
    address = request.args.get("postkasse", "")
    return _folders(address) if address else redirect(url_for("mailboxes.index"))


@bp.post("/mapper")
def choose_folders() -> ResponseReturnValue:
    """Use the folders that somebody has confirmed, or chosen in the place of others."""
    address = request.form.get("postkasse", "")
    wanted = {str(role): request.form.get(role, "") for role in chosen_folders.ROLES}
    listing = mailbox_trials.folders(container().gateway, _known(address))
    if listing.failed:
        flash(trial_text(listing.failed))
        return redirect(url_for("mailboxes.folders", postkasse=address), 303)
    try:
        with database.write(container().engine) as db:
            chosen_folders.choose(db, address, listing.folders, wanted, by=me(), now=_now())
    except RefusedError as error:
        return _folders(address, errors.text(error)), 422
    flash(_("Mapperne er gemt. Sluse bruger dem fra nu af."))
    return redirect(url_for("mailboxes.folders", postkasse=address), 303)


@bp.post("/historik")
def read_history() -> ResponseReturnValue:
    """Have folders of a unit's mailbox learned from."""
    address, wanted = request.form.get("postkasse", ""), set(request.form.getlist("mappe"))
    listing = mailbox_trials.folders(container().gateway, _known(address))
    try:
        since = _day(request.form.get("siden", ""))
        with database.write(container().engine) as db:
            unit = mailbox_list.unit_of(db, address)
            if unit is None:
                raise NotFoundError
            folders = [each for each in listing.folders if each.key in wanted]
            history_reading.ask(
                db, unit.id, folders, since=since, at_once="straks" in request.form, by=me(), now=_now()
            )
    except RefusedError as error:
        return _folders(address, errors.text(error)), 422
    flash(_("Mapperne læses og læres. Her kan du se, hvor langt Sluse er nået."))
    return redirect(url_for("mailboxes.index", _anchor="historik"), 303)


@bp.post("/historik/<int:reading_id>/pause")
def pause_history(reading_id: int) -> ResponseReturnValue:
    """Have a folder left alone."""
    with database.write(container().engine) as db:
        history_reading.pause(db, reading_id, by=me(), now=_now())
    return redirect(url_for("mailboxes.index", _anchor="historik"), 303)


@bp.post("/historik/<int:reading_id>/genoptag")
def resume_history(reading_id: int) -> ResponseReturnValue:
    """Have a folder read on from where it was left."""
    with database.write(container().engine) as db:
        history_reading.resume(db, reading_id, by=me(), now=_now())
    return redirect(url_for("mailboxes.index", _anchor="historik"), 303)


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


def _known(address: str) -> str:
    """Return the address of a mailbox that is ours.

    Raises:
        NotFoundError: it is not.
    """
    with database.read(container().engine) as db:
        if not mailbox_list.is_ours(db, address):
            raise NotFoundError
    return address


def _day(text: str) -> datetime | None:
    """Read the day from which on mails are wanted; "" is none.

    Raises:
        RefusedError: it is no day.
    """
    try:
        return datetime.combine(date.fromisoformat(text), time(), COPENHAGEN).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        raise RefusedError("no_day") from None


def _folders(address: str, problem: str = "") -> str:
    listing = mailbox_trials.folders(container().gateway, _known(address))
    with database.read(container().engine) as db:
        system = mail_systems.of(db, address)
        described = added_mail_systems.known(db, container().settings).get(system)
        return render_template(
            "mailboxes/folders.html",
            address=address,
            mailbox_id=next((each.id for each in unit_list.mailboxes(db) if each.address == address), None),
            problem=problem or (trial_text(listing.failed) if listing.failed else ""),
            folders=listing.folders,
            roles=chosen_folders.ROLES,
            chosen=chosen_folders.of(db, system, address),
            unit=mailbox_list.unit_of(db, address),
            not_history=history_reading.OF_THE_HOUSE,
            fixed=chosen_folders.fixed(described, address) if described else set(),
        )


def _now() -> datetime:
    return datetime.now(UTC)
