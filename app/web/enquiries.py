"""The list of enquiries, and one enquiry's page: its mail, its case, its whole story."""

from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain import deadlines
from app.domain.access import SEES_ALL, Role
from app.domain.enquiry import State
from app.errors import NotFoundError, RefusedError
from app.queries import deadlines as deadline_queries
from app.queries import enquiries as queries
from app.queries import splitting
from app.queries import triage as triage_queries
from app.services import deadlines as clocks
from app.services import intake, returns, viewing
from app.web import errors
from app.web.access import blueprint, container, me

bp = blueprint("enquiries", __name__, Role, url_prefix="/henvendelser")


@bp.get("/")
def index() -> ResponseReturnValue:
    """The newest enquiries; filters stand in the address."""
    chosen = queries.Filter(
        state=request.args.get("tilstand", ""),
        text=request.args.get("q", "").strip()[:100],
        page=max(1, request.args.get("side", 1, type=int)),
    )
    with database.read(container().engine) as db:
        return render_template(
            "enquiries/index.html",
            listing=queries.listing(db, me(), chosen),
            counts=queries.counts(db, me()),
            chosen=chosen,
            today=deadlines.local_day(datetime.now(UTC)),
            left=partial(deadlines.working_days_left, calendar=clocks.calendar(db)),
        )


@bp.get("/<int:enquiry_id>")
def show(enquiry_id: int) -> ResponseReturnValue:
    """One enquiry; `vis=alt` shows what is hidden, and the log says so."""
    everything = request.args.get("vis") == "alt"
    now = datetime.now(UTC)
    with database.write(container().engine) as db:
        purpose = "unmasked" if everything else "enquiry page"
        enquiry = viewing.look(db, enquiry_id, by=me(), purpose=purpose, now=now)
        # While the mail waits, only triage decides what may be shown of the suggestions.
        waits = enquiry.state is State.TRIAGE
        suggestions = [] if waits else triage_queries.suggestions(db, enquiry_id)[:2]
        marks = viewing.Marks.of(*(each.words for each in suggestions))
        return render_template(
            "enquiries/show.html",
            enquiry=enquiry,
            heading=viewing.line(enquiry.subject, marks, hide=not everything),
            paragraphs=viewing.paragraphs(enquiry.text, marks, hide=not everything),
            suggestions=suggestions,
            everything=everything,
            story=queries.story(db, enquiry),
            units={str(unit_id): name for unit_id, name in queries.unit_names(db)},
            days_left=deadlines.working_days_left(enquiry.due_on, deadlines.local_day(now), clocks.calendar(db)),
            types=deadline_queries.types(db, retired=False),
            interim=deadline_queries.interim_reply(db, enquiry.id),
            division=splitting.division(db, enquiry),
            may_decide=me().role in SEES_ALL,
        )


@bp.get("/<int:enquiry_id>/html")
def html(enquiry_id: int) -> ResponseReturnValue:
    """The mail's sanitised HTML, for the sandboxed frame on the page: no script, no picture, no form."""
    with database.write(container().engine) as db:
        enquiry = viewing.look(db, enquiry_id, by=me(), purpose="html", now=datetime.now(UTC))
        if enquiry.html is None:
            raise NotFoundError
        body = render_template("enquiries/mail.html", body=enquiry.html)
    g.frame_ancestors = "'self'"
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "sandbox allow-popups; default-src 'none'; style-src 'self'; frame-ancestors 'self'"
    )
    return response


@bp.get("/<int:enquiry_id>/original")
def original(enquiry_id: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        return _download(viewing.original(db, enquiry_id, by=me(), now=datetime.now(UTC)))


@bp.get("/<int:enquiry_id>/bilag/<int:position>")
def attachment(enquiry_id: int, position: int) -> ResponseReturnValue:
    with database.write(container().engine) as db:
        file = viewing.attachment(db, container().parser, enquiry_id, position, by=me(), now=datetime.now(UTC))
    return _download(file)


@bp.post("/<int:enquiry_id>/frist")
def deadline(enquiry_id: int) -> ResponseReturnValue:
    """Choose which deadlines an enquiry has."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        type_id = request.form.get("type", 0, type=int)
        clocks.change_type(db, container().robot, enquiry, type_id, by=me().email, now=datetime.now(UTC))
    flash(_("Fristen er ændret. Den regnes stadig fra den dag, mailen kom."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.get("/<int:enquiry_id>/foreloebigt-svar")
def interim(enquiry_id: int) -> ResponseReturnValue:
    """The interim reply as it would be sent, with the reader's own name in it."""
    with database.write(container().engine) as db:
        enquiry = viewing.look(db, enquiry_id, by=me(), purpose="interim reply", now=datetime.now(UTC))
        name = request.args.get("navn", "").strip()[:200] or me().name
        try:
            text = clocks.interim_text(db, enquiry, name)
        except RefusedError as error:
            flash(errors.text(error))
            return redirect(url_for("enquiries.show", enquiry_id=enquiry_id))
        return render_template("enquiries/interim.html", enquiry=enquiry, name=name, text=text, problem="")


@bp.post("/<int:enquiry_id>/foreloebigt-svar")
def send_interim(enquiry_id: int) -> ResponseReturnValue:
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
            raise
        with database.write(c.engine) as db:
            enquiry = viewing.look(db, enquiry_id, by=me(), purpose="interim reply", now=now)
            page = render_template(
                "enquiries/interim.html", enquiry=enquiry, name=name, text=text, problem=errors.text(error)
            )
        return page, 422
    flash(_("Det foreløbige svar sendes nu og journaliseres på sagen."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.post("/<int:enquiry_id>/laes-igen")
def reprocess(enquiry_id: int) -> ResponseReturnValue:
    """Let a mail that could not be read be tried once more."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        if me().role not in SEES_ALL or enquiry.quarantine is None or enquiry.state is not State.TRIAGE:
            raise RefusedError("moved_on")
        intake.reprocess(db, enquiry, by=me().email, now=datetime.now(UTC))
    flash(_("Mailen læses igen om et øjeblik."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.post("/<int:enquiry_id>/hent-tilbage")
def take_back(enquiry_id: int) -> ResponseReturnValue:
    """Fetch a routed mail back to triage, also after it has left the house."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        link = returns.ReturnLink(enquiry.id, enquiry.hop)
        returns.give_back(
            db, returns.returnable(db, link), by=me().email, now=datetime.now(UTC), why=request.form.get("why", "")
        )
    container().learner.wake.set()
    flash(_("Henvendelsen er tilbage i visiteringen med sin oprindelige frist."))
    return redirect(
        url_for("enquiries.show" if me().role in SEES_ALL else "enquiries.index", enquiry_id=enquiry_id), 303
    )


def _download(file: viewing.File) -> Response:
    """Always a download, never a page: whatever a citizen attached is not run in our name."""
    response = Response(file.content, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
