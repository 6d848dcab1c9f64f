"""The list of enquiries, and one enquiry's page. The page shows its mail, its case, its whole timeline."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain import deadline_strip, deadlines
from app.domain.access import READERS, SEES_ALL
from app.domain.deadline_strip import DeadlineStrip
from app.domain.deadlines import Clock
from app.domain.enquiry import State
from app.domain.excerpt import PAGE, PORTION
from app.errors import NotFoundError, RefusedError
from app.models.enquiry import Enquiry
from app.queries.casework import caseload, deadline_list, deliveries, unreachable_citizens
from app.queries.enquiries import enquiry_list, erasures, search, timeline
from app.queries.platform import job_list
from app.queries.reports import topics
from app.queries.triage import splitting, suggestion_list
from app.services.casework import documents, enquiry_deadlines
from app.services.enquiries import searching
from app.services.inbound import added_answers, aside, citizens, rereading
from app.services.platform import frames, viewing
from app.services.triage import notes, returns
from app.web.enquiries import list_filters
from app.web.platform import access, content_security_policy, errors, htmx, targets, uploads
from app.web.platform.access import blueprint, container, me, my_account
from app.web.platform.limited import limited

bp = blueprint("enquiries", __name__, READERS, url_prefix="/henvendelser")


@bp.get("/")
@limited("search", when=lambda: bool(request.args.get("q")))
def index() -> ResponseReturnValue:
    """List the enquiries, filtered and searched. The filters stand in the address."""
    given, now = list_filters.read(request.args), datetime.now(UTC)
    with database.read(container().engine) as db:
        today = enquiry_deadlines.today(db, now)
        chosen = list_filters.filter_of(given, request.args.get("efter", type=int), today)
        found = enquiry_list.listing(db, my_account(), chosen)
        _log_search(found, chosen, now)
        units, mailboxes = enquiry_list.unit_names(db), enquiry_list.mailboxes(db)
        return render_template(
            "enquiries/index.html",
            listing=found,
            counts=enquiry_list.counts(db, my_account()),
            given=given,
            given_without=lambda name: {other: value for other, value in given.items() if other != name},
            most=enquiry_list.COUNTED,
            chosen=chosen,
            chips=list_filters.chips(given, dict(units), dict(mailboxes), topics.name(db, given.get("emne", ""))),
            units=units,
            mailboxes=mailboxes,
            choices=list_filters.CHOICES,
            languages=list_filters.languages(),
            found=_found(db, found, chosen),
            back={row.id for row in (*found.direct, *found.rows) if me().role in SEES_ALL and aside.may_put_back(row)},
            here=request.full_path if request.query_string else request.path,
            may_export=me().role in access.ROLES["exports"],
            deadlines=partial(deadline_list.statuses, today=today),
        )


def _found(db: Session, listed: enquiry_list.EnquiryPage, chosen: enquiry_list.Filter) -> dict[int, dict[str, Any]]:
    """Return what was found in each enquiry. Its subject with the words marked, a snippet, or where else they stand."""
    if not chosen.wanted.terms:
        return {}
    sought = searching.Sought(wanted=chosen.wanted)
    shown: dict[int, dict[str, Any]] = {
        row.id: {
            "subject": viewing.line(row.subject, sought),
            "snippet": searching.snippet(listed.texts.get(row.id, ""), chosen.wanted),
        }
        for row in listed.rows
    }
    silent = [
        number for number, each in shown.items() if not any(s.kind == "found" for part in each.values() for s in part)
    ]
    for number, source, text in search.elsewhere(db, silent):
        marked = searching.snippet(text, chosen.wanted)
        if any(segment.kind == "found" for segment in marked):
            shown[number]["elsewhere"] = (source, marked)
    return shown


def _log_search(found: enquiry_list.EnquiryPage, chosen: enquiry_list.Filter, now: datetime) -> None:
    """Log the mails of which a search shows something. Before they are shown."""
    if chosen.wanted:
        hits = [row.id for row in (*found.direct, *found.rows)]
        with database.write(container().engine) as db:
            searching.log(db, chosen.wanted, hits, by=me(), now=now)


@bp.get("/<int:enquiry_id>")
def show(enquiry_id: int) -> ResponseReturnValue:
    """Show one enquiry. `vis=alt` shows what is hidden, and the log says so."""
    everything = request.args.get("vis") == "alt"
    now, purpose = datetime.now(UTC), "unmasked" if everything else "enquiry page"
    with viewing.opened(container().engine, enquiry_id, by=me(), purpose=purpose, now=now) as (db, enquiry):
        # While the mail waits, only triage decides what may be shown of the suggestions.
        waits = enquiry.state is State.TRIAGE
        suggestions = [] if waits else suggestion_list.suggestions(db, enquiry_id)[:2]
        marks = viewing.Marks.of(*(each.words for each in suggestions))
        shown = timeline.timeline(db, enquiry, my_account())
        return render_template(
            "enquiries/show.html",
            enquiry=enquiry,
            heading=viewing.line(enquiry.subject, marks, hide=not everything),
            paragraphs=viewing.paragraphs(enquiry.text, marks, hide=not everything),
            suggestions=suggestions,
            everything=everything,
            story=shown,
            outdated=caseload.outdated(db, shown.documents),
            faces=_faces(db, enquiry, now),
            stuck=container().robot.failed(enquiry_id),
            letters={letter.job: letter for letter in job_list.unknown_letters(db, enquiry_id)},
            sees_robot=me().role in access.ROLES["robot"],
            withdrawable={note.id for note in notes.of(db, enquiry_id) if notes.may_withdraw(note, by=me(), now=now)},
            units={str(unit_id): name for unit_id, name in enquiry_list.unit_names(db)},
            types=deadline_list.types(db, retired=False),
            interim=deadline_list.interim_reply(db, enquiry.id),
            division=splitting.division(db, enquiry, my_account()),
            may_decide=me().role in SEES_ALL,
            may_put_back=me().role in SEES_ALL and aside.may_put_back(enquiry),
            undelivered=deliveries.undelivered(db, enquiry.id),
            candidates=citizens.candidates(enquiry),
            unreachable=unreachable_citizens.unreachable(db, enquiry.id),
            erased=erasures.of(db, enquiry.id),
        )


def _faces(db: Session, enquiry: Enquiry, now: datetime) -> dict[Clock, DeadlineStrip]:
    """The enquiry's two deadlines, as far as it has them, drawn day by day."""
    received, today = deadlines.local_day(enquiry.received_at), enquiry_deadlines.today(db, now)
    found = deadline_list.statuses(enquiry, today).clocks
    return {
        clock: deadline_strip.deadline_strip(received, status, today=today.day, calendar=today.calendar)
        for clock, status in found.items()
    }


@bp.post("/<int:enquiry_id>/noter")
def write_note(enquiry_id: int) -> ResponseReturnValue:
    """Write a note for colleagues."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        notes.write(db, enquiry, request.form.get("text", ""), by=me(), now=datetime.now(UTC))
    flash(_("Noten er gemt."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.post("/<int:enquiry_id>/noter/<int:note_id>/tag-tilbage")
def withdraw_note(enquiry_id: int, note_id: int) -> ResponseReturnValue:
    """Take back one's own note of today."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        notes.withdraw(db, enquiry, note_id, by=me(), now=datetime.now(UTC))
    flash(_("Noten er fortrudt."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.get("/<int:enquiry_id>/tekst")
def rest(enquiry_id: int) -> ResponseReturnValue:
    """Show more of a long mail. From a place in its text on: as a page, or as what comes next on one."""
    everything, start = request.args.get("vis") == "alt", max(0, request.args.get("fra", 0, type=int))
    purpose = "unmasked" if everything else "rest of the text"
    looked = viewing.opened(container().engine, enquiry_id, by=me(), purpose=purpose, now=datetime.now(UTC))
    with looked as (_db, enquiry):
        subject, text = enquiry.subject, enquiry.text
    return render_template(
        "enquiries/_rest.html" if htmx.wanted() else "enquiries/rest.html",
        enquiry_id=enquiry_id,
        everything=everything,
        subject=subject,
        heading=viewing.line(subject, hide=not everything),
        paragraphs=viewing.paragraphs(text, hide=not everything, start=start, bound=PORTION),
    )


@bp.get("/<int:enquiry_id>/html")
def html(enquiry_id: int) -> ResponseReturnValue:
    """Show the mail's sanitised HTML, for the sandboxed frame. No script, no picture, no form.

    Its words are as they came, so the log tells the look as one that saw what is hidden elsewhere.
    """
    looked = viewing.opened(container().engine, enquiry_id, by=me(), purpose="html", now=datetime.now(UTC))
    with looked as (_db, enquiry):
        if enquiry.html is None:
            raise NotFoundError
        body = render_template("enquiries/mail.html", body=frames.links_hidden(enquiry.html))
    g.frame_ancestors = "'self'"
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = content_security_policy.OF_A_MAIL
    return response


@bp.get("/<int:enquiry_id>/original")
def original(enquiry_id: int) -> ResponseReturnValue:
    c = container()
    return _download(viewing.original(c.engine, c.parser, enquiry_id, by=me(), now=datetime.now(UTC)))


@bp.get("/<int:enquiry_id>/bilag/<int:position>")
def attachment(enquiry_id: int, position: int) -> ResponseReturnValue:
    c, now = container(), datetime.now(UTC)
    return _download(viewing.attachment(c.engine, c.parser, enquiry_id, position, by=me(), now=now))


@bp.get("/<int:enquiry_id>/haendelseslog")
def audit(enquiry_id: int) -> ResponseReturnValue:
    """Show everything that happened to one enquiry.

    To be printed: who saw it, who decided and why, the robot's steps.
    """
    now = datetime.now(UTC)
    with viewing.opened(container().engine, enquiry_id, by=me(), purpose="audit page", now=now) as (db, enquiry):
        whole = timeline.timeline(db, enquiry, my_account())
        return render_template(
            "enquiries/audit.html",
            enquiry=enquiry,
            story=whole,
            entries=timeline.audit(whole),
            units={str(unit_id): name for unit_id, name in enquiry_list.unit_names(db)},
            withdrawable=set(),
            everything=False,
            now=now,
        )


@bp.get("/<int:enquiry_id>/dokument/<number>")
def document(enquiry_id: int, number: str) -> ResponseReturnValue:
    """Show a document of the case.

    A letter comes as words, with what identifies people hidden; anything else as a file.
    """
    c = container()
    found = documents.open_document(c.engine, c.records, c.parser, enquiry_id, number, by=me(), now=datetime.now(UTC))
    if found.text is None or "fil" in request.args:
        return _download(viewing.ViewedFile(found.filename, "application/octet-stream", found.content))
    start = max(0, request.args.get("fra", 0, type=int))
    return render_template(
        "enquiries/document.html",
        enquiry_id=enquiry_id,
        document=found,
        paragraphs=viewing.paragraphs(found.text, start=start, bound=PORTION if start else PAGE),
        back=request.referrer if (request.referrer or "").startswith(request.host_url) else None,
    )


@bp.post("/<int:enquiry_id>/frist")
def deadline(enquiry_id: int) -> ResponseReturnValue:
    """Choose which deadlines an enquiry has."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        type_id = request.form.get("type", 0, type=int)
        enquiry_deadlines.change_type(db, container().robot, enquiry, type_id, by=me(), now=datetime.now(UTC))
    flash(_("Fristen er ændret. Den regnes stadig fra den dag, mailen kom."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.post("/<int:enquiry_id>/laeg-i-visiteringen")
def put_back(enquiry_id: int) -> ResponseReturnValue:
    """Put a mail the robot set aside before a human. One goes on where one was, in the list or at the mail."""
    if me().role not in SEES_ALL:
        raise NotFoundError
    with database.write(container().engine) as db:
        version = request.form.get("version", type=int)
        kept = aside.put_back(db, enquiry_id, version=version, by=me(), now=datetime.now(UTC))
        remembered = aside.is_remembered(db, kept)
    message = _("Mailen er i visiteringen igen med sin oprindelige frist. Det kan fortrydes under de seneste valg.")
    if remembered:
        message += " " + _("Lignende mails fra samme afsender lægges ikke til side fremover.")
    flash(message)
    origin = request.form.get("liste", "")
    here = url_for("enquiries.index")
    shown = url_for("enquiries.show", enquiry_id=enquiry_id)
    return targets.go(origin if origin.startswith(here) else shown, shown, 303)


@bp.post("/<int:enquiry_id>/svarmail")
@limited("added answer")
def add_answer(enquiry_id: int) -> ResponseReturnValue:
    """Take the unit's answer from a file."""
    c, now = container(), datetime.now(UTC)
    try:
        added_answers.add(c.engine, c.parser, c.robot, enquiry_id, uploads.mail(), by=me(), now=now)
        flash(_("Svaret er lagt på sagen. Robotten journaliserer det og afslutter sagen."))
    except RefusedError as error:
        flash(errors.text(error))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.post("/<int:enquiry_id>/borger")
def citizen(enquiry_id: int) -> ResponseReturnValue:
    """Set who the citizen is. The mail does not say so, or says it wrongly."""
    chosen = request.form.get("address", "") or request.form.get("candidate", "")
    with database.write(container().engine) as db:
        citizens.correct(
            db, container().robot, enquiry_id, chosen, request.form.get("name", ""), by=me(), now=datetime.now(UTC)
        )
    flash(_("Borgerens adresse er gemt. Kladder og mails til borgeren bruger den fra nu af."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id, vis="alt", _anchor="borger"), 303)


@bp.post("/<int:enquiry_id>/laes-igen")
def reprocess(enquiry_id: int) -> ResponseReturnValue:
    """Try to read an unreadable mail once more."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        if me().role not in SEES_ALL or enquiry.quarantine is None or enquiry.state is not State.TRIAGE:
            raise RefusedError("moved_on")
        rereading.reprocess(db, enquiry, by=me(), now=datetime.now(UTC))
    flash(_("Mailen læses igen om et øjeblik."))
    return redirect(url_for("enquiries.show", enquiry_id=enquiry_id), 303)


@bp.post("/<int:enquiry_id>/hent-tilbage")
def take_back(enquiry_id: int) -> ResponseReturnValue:
    """Take a routed mail back to triage. Also after it has left the house."""
    with database.write(container().engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        link = returns.ReturnLink(enquiry.id, enquiry.routing_no)
        returns.give_back(
            db, returns.returnable(db, link), by=me(), now=datetime.now(UTC), why=request.form.get("why", "")
        )
    flash(_("Henvendelsen er tilbage i visiteringen med sin oprindelige frist."))
    return redirect(
        url_for("enquiries.show" if me().role in SEES_ALL else "enquiries.index", enquiry_id=enquiry_id), 303
    )


def _download(file: viewing.ViewedFile) -> Response:
    """Return a file as a download, never a page. Whatever a citizen attached is not run in our name."""
    response = Response(file.content, mimetype="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}"
    response.headers["Content-Security-Policy"] = content_security_policy.OF_A_DOWNLOAD
    return response
