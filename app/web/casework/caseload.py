"""The unit's page for caseworkers. It lists waiting mails, and every action is taken without leaving the page."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain.access import READERS, SEES_ALL
from app.domain.enquiry import State
from app.domain.search import wanted
from app.errors import ConflictError, NotFoundError, RefusedError
from app.models.enquiry import Enquiry
from app.queries.casework import case_documents, caseload, deadline_list, deliveries, unreachable_citizens
from app.services.casework import assignments, enquiry_deadlines, titles
from app.services.inbound import added_answers
from app.services.platform import viewing
from app.services.triage import notes, returns
from app.web.platform import errors, htmx, incoming, uploads
from app.web.platform.access import blueprint, container, me, my_account
from app.web.platform.limited import limited
from app.web.triage.returns import as_given

bp = blueprint("caseload", __name__, READERS, url_prefix="/enheden")
CHANGED = {"HX-Trigger-After-Swap": "caseload"}
"""Tells the list on the page that a row of it has changed."""
MEANWHILE = timedelta(minutes=10)
"""Who has opened an enquiry within this time may be at work on it."""


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the unit's waiting enquiries. Asked for by the page itself, only what has changed since is sent."""
    with database.read(container().engine) as db:
        found = _listed(db)
    if not htmx.wanted():
        return render_template("caseload/index.html", **found)
    if found["mark"] == request.args.get("kendt", ""):
        return "", 204
    return render_template("caseload/_live.html", **found)


@bp.get("/<int:enquiry_id>")
def show(enquiry_id: int) -> ResponseReturnValue:
    """Show one enquiry. In its row, or as a page of its own."""
    with database.read(container().engine) as db:
        if viewing.find(db, enquiry_id, by=me()).unit_id is None:
            return redirect(url_for("enquiries.show", enquiry_id=enquiry_id))
    return _details(enquiry_id)


@bp.get("/<int:enquiry_id>/svar")
def answer(enquiry_id: int) -> ResponseReturnValue:
    """Show how the citizen is answered. Where the draft lies, or a new mail that carries the case number.

    It shows whom to write to, so the look is told as one that saw what is hidden elsewhere.
    """
    with database.read(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        ready = enquiry.state is State.ROUTED and enquiry.case is not None
        known = {State.ROUTED: "no_case_yet", State.TRIAGE: "in_triage"}
        refusal = RefusedError(known.get(enquiry.state, "already_answered" if enquiry.answered_at else "moved_on"))
    if not ready:
        return _refused(enquiry_id, refusal)
    with _looked(enquiry_id, "answer") as (db, enquiry):
        return _part(
            db,
            "answer",
            enquiry_id,
            **_mail(db, enquiry),
            draft=caseload.draft_title(case_documents.of_case(db, enquiry, my_account()), enquiry),
            mailto=_mailto(enquiry, enquiry.case.number if enquiry.case else ""),
        )


def _mailto(enquiry: Enquiry, case_number: str) -> str:
    """Return a mailto link to the citizen.

    Its subject is tagged with the case (RFC 6068); "" where nobody is known to write to.
    """
    subject = titles.letter(enquiry, case_number, "SV:")
    address = quote(enquiry.citizen_address, safe="@")
    return f"mailto:{address}?subject={quote(subject, safe='')}" if address else ""


@bp.post("/<int:enquiry_id>/svarmail")
@limited("added answer")
def add_answer(enquiry_id: int) -> ResponseReturnValue:
    """Take the unit's answer from a file. The list, where it waits no more, is the answer."""
    c, now = container(), datetime.now(UTC)
    with database.read(c.engine) as db:
        unit_id = viewing.find(db, enquiry_id, by=me()).unit_id
    try:
        added_answers.add(c.engine, c.parser, c.robot, enquiry_id, uploads.mail(), by=me(), now=now)
    except RefusedError as error:
        return _refused(enquiry_id, error)
    message = _("Svaret er lagt på sagen. Robotten journaliserer det og afslutter sagen.")
    response = make_response(_list_again(unit_id, message, 200))
    response.headers |= {"HX-Retarget": "#indhold", "HX-Reswap": "outerHTML show:top"}
    return response


@bp.post("/<int:enquiry_id>/sagsbehandler")
def assign(enquiry_id: int) -> ResponseReturnValue:
    """Assign an enquiry: take, give or put back. Giving is to a colleague."""
    chosen, known = request.form.get("til", type=int), request.form.get("hidtil", type=int)
    try:
        with database.write(container().engine) as db:
            enquiry = viewing.find(db, enquiry_id, by=me())
            holder = assignments.assign(db, enquiry, chosen, known=known, by=me(), now=datetime.now(UTC))
            name, mine = (holder.name, holder.id == my_account().id) if holder else ("", False)
    except ConflictError as error:
        return _details_again(enquiry_id, errors.text(error), 409)
    except RefusedError as error:
        return _refused(enquiry_id, error)
    if mine:
        return _done(enquiry_id, _("Du har nu henvendelsen."))
    return _done(enquiry_id, _("%(name)s har nu henvendelsen.", name=name) if name else _("Henvendelsen er fri igen."))


@bp.get("/<int:enquiry_id>/foreloebigt-svar")
def interim(enquiry_id: int) -> ResponseReturnValue:
    """Show the interim reply, the first of two clicks. As it would be sent, with the reader's own name in it."""
    with _looked(enquiry_id, "interim reply") as (db, enquiry):
        try:
            text = enquiry_deadlines.interim_text(db, enquiry, my_account().name, now=datetime.now(UTC))
        except RefusedError as error:
            refusal = error
        else:
            return _part(db, "interim", enquiry_id, **_mail(db, enquiry), name=my_account().name, text=text)
    return _refused(enquiry_id, refusal)


@bp.post("/<int:enquiry_id>/foreloebigt-svar")
def send_interim(enquiry_id: int) -> ResponseReturnValue:
    """Send the interim reply, the second click."""
    name, text, why = (request.form.get(field, "") for field in ("name", "text", "why"))
    c, now = container(), datetime.now(UTC)
    try:
        with database.write(c.engine) as db:
            enquiry = viewing.find(db, enquiry_id, by=me())
            enquiry_deadlines.send_interim(
                db, c.robot, enquiry, text, why=why, caseworker=name, by=me(), secret=c.settings.secret_key, now=now
            )
    except RefusedError as error:
        if error.code not in ("nobody_named", "letter_unfinished", "day_is_over"):
            return _refused(enquiry_id, error)
        with _looked(enquiry_id, "interim reply") as (db, enquiry):
            shown = _mail(db, enquiry) | {"name": name, "text": text, "why": why, "problem": errors.text(error)}
            return _part(db, "interim", enquiry_id, **shown), 422
    return _done(enquiry_id, _("Det foreløbige svar sendes nu og journaliseres på sagen."))


@bp.get("/<int:enquiry_id>/retur")
def ask_back(enquiry_id: int) -> ResponseReturnValue:
    """Ask why the enquiry is not the unit's."""
    with _looked(enquiry_id, "return") as (db, enquiry):
        if enquiry.unit_id is None:
            return redirect(url_for("caseload.show", enquiry_id=enquiry_id))
        if enquiry.state is State.ROUTED:
            units = caseload.unit_names(db, but=enquiry.unit_id)
            return _part(db, "give_back", enquiry_id, **_mail(db, enquiry), units=units)
    return _refused(enquiry_id, RefusedError("already_answered"))


@bp.post("/<int:enquiry_id>/retur")
def give_back(enquiry_id: int) -> ResponseReturnValue:
    """Send the enquiry back to triage. The list without it is the answer."""
    message, status = _("Sendt retur. Henvendelsen er tilbage i visiteringen med sin oprindelige frist."), 200
    with database.read(container().engine) as db:
        unit_id = viewing.find(db, enquiry_id, by=me()).unit_id
    try:
        with database.write(container().engine) as db:
            viewing.find(db, enquiry_id, by=me())
            enquiry = returns.returnable(db, returns.ReturnLink(enquiry_id, request.form.get("hop", 0, type=int)))
            returns.give_back(db, enquiry, by=me(), now=datetime.now(UTC), **as_given(request.form))
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
            enquiry_deadlines.change_type(db, c.robot, enquiry, type_id, by=me(), now=datetime.now(UTC))
    except RefusedError as error:
        return _refused(enquiry_id, error)
    return _done(enquiry_id, _("Fristen er ændret. Den regnes stadig fra den dag, mailen kom."))


def _listed(db: Session, unit_id: int | None = None) -> dict[str, Any]:
    """Return what the list shows. `mark` changes as soon as anything in it does."""
    unit_id = unit_id or _chosen_unit()
    units = caseload.unit_names(db) if me().role in SEES_ALL else []
    name = caseload.unit_name(db, unit_id)
    found: dict[str, Any] = {"unit_id": unit_id, "unit": name, "units": units, "tabs": list(caseload.Tab), "mark": ""}
    if name is None:
        return found | {"waiting": caseload.waiting_by_unit(db) if units else {}}
    day, tab, page, people = (
        _day(db),
        _tab(),
        max(1, request.args.get("side", 1, type=int)),
        caseload.colleagues(db, unit_id),
    )
    given = _given(people)
    chosen = _filter(given)
    listing = caseload.listing(db, unit_id or 0, tab, page, day, chosen)
    counts = caseload.counts(db, unit_id or 0, day, chosen)
    mark = sha256(repr((listing, counts, day.today, str(get_locale()))).encode()).hexdigest()[:16]
    shown = {"tab": tab, "page": min(page, listing.pages), "mark": mark}
    return found | shown | {"listing": listing, "counts": counts, "given": given, "people": people}


def _given(people: list[tuple[int, str]]) -> dict[str, str]:
    """Return the list's filter and order. As they stand in the address; senseless values are left out."""
    known: dict[str, set[str]] = {
        "hvem": {"mine", "ingen", *(str(number) for number, _ in people)},
        "orden": {str(order) for order in caseload.CaseloadOrder},
    }
    given = {name: request.args.get(name, "") for name, values in known.items() if request.args.get(name) in values}
    words = wanted(request.args.get("ord", "")).text
    return given | ({"ord": words} if words else {})


def _filter(given: dict[str, str]) -> caseload.CaseFilter:
    who = given.get("hvem", "")
    holder = {"mine": my_account().id, "ingen": 0}.get(who, next(iter(incoming.wholes([who])), None))
    return caseload.CaseFilter(
        holder,
        wanted(given.get("ord", "")),
        caseload.CaseloadOrder(given.get("orden", caseload.CaseloadOrder.DEADLINE)),
    )


def _chosen_unit() -> int | None:
    """Return the unit of the page. A caseworker's own, or the one that somebody else has chosen."""
    chosen = request.args.get("enhed", type=int)
    if me().role in SEES_ALL:
        return chosen
    if chosen not in (None, me().unit_id):
        raise NotFoundError
    return me().unit_id


def _tab() -> caseload.Tab:
    code = request.args.get("vis", "")
    return caseload.Tab(code) if code in set(caseload.Tab) else caseload.Tab.WAITING


def _day(db: Session) -> caseload.CaseloadDay:
    return caseload.CaseloadDay(datetime.now(UTC), enquiry_deadlines.calendar(db))


def _looked(enquiry_id: int, purpose: str) -> AbstractContextManager[tuple[Session, Enquiry]]:
    """The mail, once the look is logged."""
    return viewing.opened(container().engine, enquiry_id, by=me(), purpose=purpose, now=datetime.now(UTC))


def _details(enquiry_id: int, message: str = "", *, refused: bool = False) -> str:
    """The mail, its case and what can be done."""
    with _looked(enquiry_id, "unit page") as (db, enquiry):
        documents = case_documents.of_case(db, enquiry, my_account())
        return _part(
            db,
            "details",
            enquiry_id,
            **_mail(db, enquiry),
            unreachable=unreachable_citizens.unreachable(db, enquiry_id),
            documents=documents,
            draft=caseload.draft_title(documents, enquiry),
            outdated=caseload.outdated(db, documents),
            types=deadline_list.types(db, retired=False),
            colleagues=caseload.colleagues(db, enquiry.unit_id),
            meanwhile=caseload.looked_lately(db, enquiry_id, but=me().email, since=datetime.now(UTC) - MEANWHILE),
            message=message,
            refused=refused,
            undelivered=deliveries.undelivered(db, enquiry_id),
        )


def _mail(db: Session, enquiry: Enquiry) -> dict[str, Any]:
    """The citizen's mail, as it stands beside what one does about it. The caller has logged the look."""
    return {
        "enquiry": enquiry,
        "heading": viewing.line(enquiry.subject),
        "paragraphs": viewing.paragraphs(enquiry.text),
        "notes": notes.of(db, enquiry.id),
    }


def _part(db: Session, fragment: str, enquiry_id: int, **shown: Any) -> str:
    """Render what opens in a row. The same can be a page of its own."""
    case, part = caseload.row(db, enquiry_id, _day(db)), f"caseload/_{fragment}.html"
    return render_template(part if htmx.wanted() else "caseload/show.html", part=part, case=case, **shown)


def _refused(enquiry_id: int, error: RefusedError) -> ResponseReturnValue:
    """The details again, with what is in the way."""
    return _details_again(enquiry_id, errors.text(error), 422)


def _done(enquiry_id: int, message: str) -> ResponseReturnValue:
    """The details as they are now."""
    return _details_again(enquiry_id, message, 200)


def _details_again(enquiry_id: int, message: str, status: int) -> ResponseReturnValue:
    if htmx.wanted():
        return _details(enquiry_id, message, refused=status != 200), status, CHANGED
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
