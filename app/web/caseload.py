"""The unit's page for caseworkers: what waits for an answer, and what to do about it without leaving the page."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain.access import SEES_ALL, Role
from app.domain.enquiry import State
from app.errors import NotFoundError, RefusedError
from app.queries import caseload as queries
from app.queries import deadlines as deadline_queries
from app.services import deadlines as clocks
from app.services import notes, returns, settings, viewing
from app.web import errors, htmx
from app.web.access import blueprint, container, me
from app.web.returns import as_given

bp = blueprint("caseload", __name__, Role, url_prefix="/enheden")
CHANGED = {"HX-Trigger-After-Swap": "caseload"}
"""Tells the list on the page that a row of it has changed."""


@bp.get("/")
def index() -> ResponseReturnValue:
    """What waits at the unit. Asked for by the page itself, only what has changed since is sent."""
    with database.read(container().engine) as db:
        found = _listed(db)
    if not htmx.wanted():
        return render_template("caseload/index.html", **found)
    if found["mark"] == request.args.get("kendt"):
        return "", 204
    return render_template("caseload/_live.html", **found)


@bp.get("/<int:enquiry_id>")
def show(enquiry_id: int) -> ResponseReturnValue:
    """One enquiry: opened in its row, or as a page of its own."""
    with database.write(container().engine) as db:
        if viewing.find(db, enquiry_id, by=me()).unit_id is None:
            return redirect(url_for("enquiries.show", enquiry_id=enquiry_id))
        return _details(db, enquiry_id)


@bp.get("/<int:enquiry_id>/foreloebigt-svar")
def interim(enquiry_id: int) -> ResponseReturnValue:
    """The first of two clicks: the interim reply as it would be sent, with the reader's own name in it."""
    with database.write(container().engine) as db:
        enquiry = viewing.look(db, enquiry_id, by=me(), purpose="interim reply", now=datetime.now(UTC))
        try:
            text = clocks.interim_text(db, enquiry, me().name)
        except RefusedError as error:
            refusal = error
        else:
            return _part(db, "interim", enquiry_id, name=me().name, text=text)
    return _refused(enquiry_id, refusal)


@bp.post("/<int:enquiry_id>/foreloebigt-svar")
def send_interim(enquiry_id: int) -> ResponseReturnValue:
    """The second click."""
    name, text = request.form.get("name", ""), request.form.get("text", "")
    c, now = container(), datetime.now(UTC)
    try:
        with database.write(c.engine) as db:
            enquiry = viewing.find(db, enquiry_id, by=me())
            clocks.send_interim(
                db, c.robot, enquiry, text, caseworker=name, by=me(), secret=c.settings.secret_key, now=now
            )
    except RefusedError as error:
        if error.code != "nobody_named":
            return _refused(enquiry_id, error)
        with database.read(c.engine) as db:
            return _part(db, "interim", enquiry_id, name=name, text=text, problem=errors.text(error)), 422
    return _done(enquiry_id, _("Det foreløbige svar sendes nu og journaliseres på sagen."))


@bp.get("/<int:enquiry_id>/retur")
def ask_back(enquiry_id: int) -> ResponseReturnValue:
    """Why it is not ours."""
    with database.read(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        if enquiry.state is not State.ROUTED:
            return redirect(url_for("caseload.show", enquiry_id=enquiry_id))
        return _part(db, "give_back", enquiry_id, units=queries.unit_names(db, but=enquiry.unit_id))


@bp.post("/<int:enquiry_id>/retur")
def give_back(enquiry_id: int) -> ResponseReturnValue:
    """Send it back to triage; the list without it is the answer."""
    message, status = _("Sendt retur. Henvendelsen er tilbage i visiteringen med sin oprindelige frist."), 200
    with database.read(container().engine) as db:
        unit_id = viewing.find(db, enquiry_id, by=me()).unit_id
    try:
        with database.write(container().engine) as db:
            viewing.find(db, enquiry_id, by=me())
            enquiry = returns.returnable(db, returns.ReturnLink(enquiry_id, request.form.get("hop", 0, type=int)))
            returns.give_back(db, enquiry, by=me().email, now=datetime.now(UTC), **as_given(request.form))
        container().learner.wake.set()
    except RefusedError as error:
        message, status = errors.text(error), 422
    return _list_again(unit_id, message, status)


@bp.post("/<int:enquiry_id>/frist")
def deadline(enquiry_id: int) -> ResponseReturnValue:
    """Choose which deadlines an enquiry has."""
    c, type_id = container(), request.form.get("type", 0, type=int)
    try:
        with database.write(c.engine) as db:
            enquiry = viewing.find(db, enquiry_id, by=me())
            clocks.change_type(db, c.robot, enquiry, type_id, by=me().email, now=datetime.now(UTC))
    except RefusedError as error:
        return _refused(enquiry_id, error)
    return _done(enquiry_id, _("Fristen er ændret. Den regnes stadig fra den dag, mailen kom."))


def _listed(db: Session, unit_id: int | None = None) -> dict[str, Any]:
    """What the list shows. `mark` is another one as soon as anything in it is."""
    unit_id = unit_id or _chosen_unit()
    units = queries.unit_names(db) if me().role in SEES_ALL else []
    name = queries.unit_name(db, unit_id)
    found: dict[str, Any] = {"unit_id": unit_id, "unit": name, "units": units, "tabs": list(queries.Tab), "mark": ""}
    if name is None:
        return found | {"waiting": queries.waiting_by_unit(db) if units else {}}
    day, tab, page = _day(db), _tab(), max(1, request.args.get("side", 1, type=int))
    listing, counts = queries.listing(db, unit_id or 0, tab, page, day), queries.counts(db, unit_id or 0, day)
    mark = sha256(repr((listing, counts, day.today, str(get_locale()))).encode()).hexdigest()[:16]
    page = min(page, listing.pages)
    return found | {"listing": listing, "counts": counts, "tab": tab, "page": page, "mark": mark, "soon": day.soon}


def _chosen_unit() -> int | None:
    """The unit of the page: a caseworker's own, or the one that somebody else has chosen."""
    chosen = request.args.get("enhed", type=int)
    if me().role in SEES_ALL:
        return chosen
    if chosen not in (None, me().unit_id):
        raise NotFoundError
    return me().unit_id


def _tab() -> queries.Tab:
    code = request.args.get("vis", "")
    return queries.Tab(code) if code in set(queries.Tab) else queries.Tab.WAITING


def _day(db: Session) -> queries.Day:
    return queries.Day(datetime.now(UTC), clocks.calendar(db), settings.get(db, "remind_days"))


def _details(db: Session, enquiry_id: int, message: str = "", *, refused: bool = False) -> str:
    """The mail, its case and what can be done. The look is logged."""
    enquiry = viewing.look(db, enquiry_id, by=me(), purpose="unit page", now=datetime.now(UTC))
    documents = queries.documents(db, enquiry)
    return _part(
        db, "details", enquiry_id,
        enquiry=enquiry,
        heading=viewing.line(enquiry.subject),
        paragraphs=viewing.paragraphs(enquiry.text),
        notes=notes.of(db, enquiry_id),
        documents=documents,
        draft=queries.draft_title(documents, enquiry),
        types=deadline_queries.types(db, retired=False),
        message=message,
        refused=refused,
    )  # fmt: skip


def _part(db: Session, fragment: str, enquiry_id: int, **shown: Any) -> str:
    """What opens in a row, or the same as a page of its own."""
    case, part = queries.row(db, enquiry_id, _day(db)), f"caseload/_{fragment}.html"
    return render_template(part if htmx.wanted() else "caseload/show.html", part=part, case=case, **shown)


def _refused(enquiry_id: int, error: RefusedError) -> ResponseReturnValue:
    """The details again, with what is in the way."""
    return _details_again(enquiry_id, errors.text(error), 422)


def _done(enquiry_id: int, message: str) -> ResponseReturnValue:
    """The details as they are now."""
    return _details_again(enquiry_id, message, 200)


def _details_again(enquiry_id: int, message: str, status: int) -> ResponseReturnValue:
    if htmx.wanted():
        with database.write(container().engine) as db:
            return _details(db, enquiry_id, message, refused=status != 200), status, CHANGED
    flash(message)
    return redirect(url_for("caseload.show", enquiry_id=enquiry_id), 303 if request.method == "POST" else 302)


def _list_again(unit_id: int | None, message: str, status: int) -> ResponseReturnValue:
    chosen: dict[str, Any] = {"enhed": unit_id} if me().role in SEES_ALL and unit_id else {}
    if not htmx.wanted():
        flash(message)
        return redirect(url_for("caseload.index", **chosen), 303)
    with database.read(container().engine) as db:
        page = render_template("caseload/_main.html", message=message, refused=status != 200, **_listed(db, unit_id))
    return page, status, {"HX-Push-Url": url_for("caseload.index", **chosen)}
