"""The triage page: the queue, one mail, one key."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain import deadlines
from app.domain.access import Role
from app.domain.recognition import SetAside
from app.errors import AppError, ConflictError, RefusedError
from app.queries import triage as queries
from app.services import deadlines as clocks
from app.services import notes, settings, triage, viewing
from app.web import errors, htmx
from app.web.access import blueprint, container, me

bp = blueprint("triage", __name__, [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/visitering")
DISMISSALS = {"not_ours": SetAside.NOT_OURS, "not_enquiry": SetAside.NOT_AN_ENQUIRY}


@bp.get("/")
def index() -> ResponseReturnValue:
    """The most urgent mail."""
    return _page(None)


@bp.get("/<int:enquiry_id>")
def show(enquiry_id: int) -> ResponseReturnValue:
    return _page(enquiry_id)


@bp.get("/koe")
def queue() -> ResponseReturnValue:
    """The queue alone, to keep it fresh beside the mail one reads."""
    with database.read(container().engine) as db:
        today = deadlines.local_day(datetime.now(UTC))
        return render_template(
            "triage/_queue.html",
            queue=queries.queue(db, me().id, today, clocks.calendar(db)),
            waiting=queries.waiting(db, me().id),
            current=request.args.get("aktuel", type=int),
        )


@bp.get("/kvittering/<int:label_id>")
def receipt(label_id: int) -> ResponseReturnValue:
    """What a decision taught; asked for again until the lesson is learned."""
    with database.read(container().engine) as db:
        return render_template("triage/_receipt.html", receipt=queries.receipt(db, label_id), label_id=label_id)


@bp.post("/<int:enquiry_id>")
def decide(enquiry_id: int) -> ResponseReturnValue:
    """One decision; the next mail is the answer."""
    session.pop("label_id", None)
    try:
        robot = _decide(enquiry_id)
    except ConflictError as error:
        return _page(enquiry_id, message=errors.text(error), refused=True), 409
    except RefusedError as error:
        return _page(enquiry_id, message=errors.text(error), refused=True), 422
    return _next(message=_("Blindprøve: robotten ville have valgt %(unit)s.", unit=robot) if robot else "")


@bp.post("/<int:enquiry_id>/samme")
def merge(enquiry_id: int) -> ResponseReturnValue:
    """The mail is the same matter as the one it resembles."""
    c, version = container(), request.form.get("version", 0, type=int)
    try:
        with database.write(c.engine) as db:
            triage.merge(db, c.robot, enquiry_id, version=version, by=me(), now=datetime.now(UTC))
    except (ConflictError, RefusedError) as error:
        return _page(enquiry_id, message=errors.text(error), refused=True), 409
    return _next(message=_("Mailen følger nu den henvendelse, den ligner."))


@bp.post("/fortryd")
def undo() -> ResponseReturnValue:
    """Take back the latest decision; its mail is the answer."""
    session.pop("label_id", None)
    try:
        with database.write(container().engine) as db:
            enquiry_id = triage.undo(db, by=me(), now=datetime.now(UTC)).id
    except AppError as error:
        return _page(None, message=errors.text(error), refused=True), 422
    container().learner.wake.set()
    return _next(enquiry_id, message=_("Beslutningen er fortrudt, og modellen har glemt den igen."))


def _decide(enquiry_id: int) -> str:
    """Returns the unit the robot would have chosen, where it was hidden and no receipt will tell it."""
    version = request.form.get("version", 0, type=int)
    unit_id = request.form.get("unit", type=int)
    dismissal = DISMISSALS.get(request.form.get("action", ""))
    c, now, robot = container(), datetime.now(UTC), ""
    with database.write(c.engine) as db:
        if unit_id is not None:
            label = triage.route(
                db, c.robot, enquiry_id, unit_id,
                version=version, by=me(), now=now, undo_seconds=c.settings.undo_seconds,
            )  # fmt: skip
            session["label_id"] = label.id
        elif dismissal is not None:
            triage.dismiss(db, c.robot, enquiry_id, dismissal, version=version, by=me(), now=now)
            robot = queries.robot_would_have(db, enquiry_id)
        else:
            raise RefusedError("choose_a_unit")
    c.learner.wake.set()
    return robot


def _next(enquiry_id: int | None = None, message: str = "") -> ResponseReturnValue:
    if htmx.wanted():
        return _page(enquiry_id, message=message)
    if message:
        flash(message)
    return redirect(url_for("triage.show", enquiry_id=enquiry_id) if enquiry_id else url_for("triage.index"), 303)


def _page(enquiry_id: int | None, *, message: str = "", refused: bool = False) -> str:
    """The whole page, or its middle for htmx. Reading a mail is logged, so this writes."""
    now = datetime.now(UTC)
    today = deadlines.local_day(now)
    with database.write(container().engine) as db:
        only = _ids(request.args.get("kun", ""))
        chosen = enquiry_id or (only[0] if only else queries.next_id(db, me().id))
        enquiry = viewing.look(db, chosen, by=me(), purpose="triage", now=now) if chosen else None
        hidden = enquiry is not None and enquiry.hidden
        suggestions = queries.suggestions(db, chosen) if chosen and not hidden else []
        marks = viewing.Marks.of(*(each.words for each in suggestions[:2]))
        return render_template(
            "triage/_triage.html" if htmx.wanted() else "triage/index.html",
            enquiry=enquiry,
            heading=viewing.line(enquiry.subject, marks) if enquiry else [],
            paragraphs=viewing.paragraphs(enquiry.text, marks) if enquiry else [],
            days_left=deadlines.working_days_left(enquiry.due_on, today, clocks.calendar(db)) if enquiry else 0,
            suggestions=suggestions,
            hidden=hidden,
            refusals=queries.refusals(db, chosen) if enquiry and enquiry.returns and chosen else [],
            notes=notes.of(db, chosen) if chosen else [],
            limit=settings.get(db, "confidence_limit"),
            units=queries.units(db),
            queue=queries.queue(db, me().id, today, clocks.calendar(db), only=only),
            waiting=queries.waiting(db, me().id),
            only=only,
            current=chosen,
            label_id=session.get("label_id"),
            receipt=queries.receipt(db, session["label_id"]) if "label_id" in session else None,
            message=message,
            refused=refused,
        )


def _ids(text: str) -> tuple[int, ...]:
    """The ids in "3,7,12"; anything else is left out."""
    return tuple(int(part) for part in text.split(",") if part.isdecimal())[:200]
