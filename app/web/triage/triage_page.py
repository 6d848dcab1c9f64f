"""The triage page: the queue, one mail, one key."""

import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import database
from app.domain.access import Role
from app.domain.enquiry import State
from app.domain.queue import QueueOrder
from app.errors import AppError, ConflictError, RefusedError
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.queries.casework.deadline_list import statuses
from app.queries.organisation import setup_steps
from app.queries.triage import queue as waiting
from app.queries.triage import suggestion_list, wave_members
from app.queries.triage.queue import QueueContext, QueueFilter, QueueRow
from app.services.inbound import citizens
from app.services.inbound.thanks import only_thanks
from app.services.learning import ranking
from app.services.platform import settings, viewing
from app.services.triage import claims, decisions, notes, queue_shares, undoing
from app.web.platform import errors, htmx, incoming
from app.web.platform.access import blueprint, container, me, my_account
from app.web.triage import followers

ROLES = (Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR)
SENDING = (0.25,) * 12
"""Seconds between looks whether a mail that was being sent has been sent."""

bp = blueprint("triage", __name__, ROLES, url_prefix="/visitering")
NOT_AN_ENQUIRY = "not_enquiry"
"""The value of the form's `action` for it."""


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the most urgent mail. `spring` is one that was just released."""
    skip = request.args.get("spring", type=int)
    return page(None, skip=(skip,) if skip else ())


@bp.get("/<int:enquiry_id>")
def show(enquiry_id: int) -> ResponseReturnValue:
    return page(enquiry_id)


@bp.post("/her")
def here() -> ResponseReturnValue:
    """Claim the shown mail and note who is present. The page asks for both itself, since opening it changes nothing.

    A colleague may have been quicker: then the answer is the mail as it stands, or the next one where none was chosen.
    """
    now, number = datetime.now(UTC), request.form.get("mail", 0, type=int)
    with database.write(container().engine) as db:
        _arrive(db, chosen(), now)
        mail = db.get(Enquiry, number) if number else None
        taken = mail is not None and claims.hold(db, mail, by=me(), now=now) is not None
        if mail is not None and mail.state is State.TRIAGE and not taken:
            claims.keep_only(db, [mail.id], by=me())
    return page(None if request.form.get("naeste") else number) if taken else ("", 204)


@bp.post("/<int:enquiry_id>/naeste")
def ahead(enquiry_id: int) -> ResponseReturnValue:
    """Return the mail after this one, for the next key. Kept for this person; that it left is logged."""
    now = datetime.now(UTC)
    with database.write(container().engine) as db:
        if not claims.deciding(db, my_account(), now=now):
            return "", 204
        context = queue_shares.queue_context(db, my_account(), chosen(), now=now)
        following = waiting.next_part(db, enquiry_id, my_account().id) or waiting.next_id(
            db, context, skip=(enquiry_id,)
        )
        if following is None:
            return "", 204
        viewing.log(db, following, by=me(), purpose="triage, ahead", now=now)
        behind = followers.log(db, following, purpose="triage, ahead", now=now)
        claims.hold(db, db.get_one(Enquiry, following), by=me(), now=now)
    with database.read(container().engine) as db:
        enquiry = viewing.read(db, following, by=me())
        return render_template(
            "triage/_triage.html", ahead=True, chosen=context.chosen, **_mail(db, enquiry, behind, None, context)
        )


@bp.get("/koe")
def queue() -> ResponseReturnValue:
    """Return the queue alone, if it has changed. To keep it fresh beside the mail one reads."""
    now = datetime.now(UTC)
    with database.read(container().engine) as db:
        context = queue_shares.queue_context(db, my_account(), chosen(), now=now)
        found = _queue(db, context, waiting.rows(db, context), request.args.get("aktuel", type=int))
        if found["mark"] == request.args.get("kendt"):
            return "", 204
        return render_template("triage/_queue.html", **found)


@bp.get("/<int:enquiry_id>/forslag")
def suggestions(enquiry_id: int) -> ResponseReturnValue:
    """The suggestions of a mail whose ranking was still to come when the page was made; nothing as long as it is."""
    c, now = container(), datetime.now(UTC)
    with database.read(c.engine) as db:
        enquiry = viewing.find(db, enquiry_id, by=me())
        if enquiry.hidden or enquiry.state is not State.TRIAGE or ranking.is_asked(db, enquiry_id):
            return "", 204
    with viewing.opened(c.engine, enquiry_id, by=me(), purpose="triage", now=now) as (db, enquiry):
        return render_template("triage/_suggestions.html", enquiry=enquiry, **_suggested(db, enquiry))


@bp.get("/kvittering/<int:label_id>")
def receipt(label_id: int) -> ResponseReturnValue:
    """Show what a decision taught. Asked for again until the label is learned."""
    with database.read(container().engine) as db:
        return render_template("triage/_receipt.html", receipt=suggestion_list.receipt(db, label_id), label_id=label_id)


@bp.post("/<int:enquiry_id>")
def decide(enquiry_id: int) -> ResponseReturnValue:
    """Take one decision and show the next mail."""
    session.pop("label_id", None)
    try:
        _decide(enquiry_id)
    except (ConflictError, RefusedError) as error:
        return refusal(enquiry_id, error)
    with database.read(container().engine) as db:
        following = waiting.next_part(db, enquiry_id, my_account().id)
    return go_on(following)


@bp.post("/<int:enquiry_id>/borger")
def citizen(enquiry_id: int) -> ResponseReturnValue:
    """Make the inner mail's author the citizen. This mail passes on theirs; the same mail is the answer."""
    try:
        with database.write(container().engine) as db:
            offered = citizens.offered(viewing.find(db, enquiry_id, by=me()))
            if offered is None:
                raise ConflictError
            citizens.correct(
                db, container().robot, enquiry_id, offered.address, offered.name, by=me(), now=datetime.now(UTC)
            )
    except (ConflictError, RefusedError) as error:
        return refusal(enquiry_id, error)
    return go_on(enquiry_id, message=_("Borgeren er valgt. Kladder og mails går dertil."))


@bp.post("/fortryd")
def undo() -> ResponseReturnValue:
    """Undo a decision, by default the latest. Its mail is the answer."""
    session.pop("label_id", None)
    try:
        enquiry_id = _undone(request.form.get("beslutning", type=int))
    except RefusedError as error:
        return page(None, message=_why_not(error), refused=True), 422
    return go_on(enquiry_id, message=_("Valget er fortrudt, og robotten har glemt det igen."))


def _undone(event_id: int | None) -> int:
    """Undo the decision, waiting for a mail being sent. The wait is a moment, for then the mail can be withdrawn."""
    c = container()
    for patience in (*SENDING, None):
        try:
            with database.write(c.engine) as db:
                return undoing.undo(db, c.robot, by=me(), now=datetime.now(UTC), event_id=event_id).id
        except RefusedError as error:
            if error.code != "leaving_now" or patience is None:
                raise
            time.sleep(patience)
    raise AssertionError("unreachable")


def _why_not(error: RefusedError) -> str:
    """Return a refusal's text, naming the mail meant. The mail meant is not the one that stands on the page."""
    enquiry_id = error.details.get("enquiry_id")
    if error.code != "leaving_now" or enquiry_id is None:
        return errors.text(error)
    with database.read(container().engine) as db:
        subject = viewing.hidden(db.get_one(Enquiry, enquiry_id).subject) or _("(uden emne)")
    return _(
        "Henvendelse %(id)s, ”%(subject)s”: %(why)s",
        id=enquiry_id,
        subject=subject,
        why=errors.text(error),
    )


def refusal(enquiry_id: int, error: AppError, status: int | None = None) -> ResponseReturnValue:
    """Show the mail as it stands now, with the reason."""
    code = status or (409 if isinstance(error, ConflictError) else 422)
    return page(enquiry_id, message=errors.text(error), refused=True), code


def go_on(enquiry_id: int | None = None, *, message: str = "", skip: tuple[int, ...] = ()) -> ResponseReturnValue:
    """Answer after an action. With this mail, or the next within the same filter."""
    if htmx.wanted():
        return page(enquiry_id, message=message, skip=skip)
    if message:
        flash(message)
    _keep_next(enquiry_id, skip)
    args: dict[str, Any] = {**chosen().args, **({"spring": skip[0]} if skip else {})}
    here = url_for("triage.show", enquiry_id=enquiry_id, **args) if enquiry_id else url_for("triage.index", **args)
    return redirect(here, 303)


def _keep_next(enquiry_id: int | None, skip: tuple[int, ...]) -> None:
    """Claim the mail of the page one is sent to. Without a script nothing else would."""
    now = datetime.now(UTC)
    with database.write(container().engine) as db:
        wanted = chosen()
        _arrive(db, wanted, now)
        following = enquiry_id or waiting.next_id(
            db, queue_shares.queue_context(db, my_account(), wanted, now=now), skip=skip
        )
        if following is not None:
            _claim(db, following, now)


def page(enquiry_id: int | None, *, message: str = "", refused: bool = False, skip: tuple[int, ...] = ()) -> str:
    """Render the whole page, or its middle for htmx. Reading a mail is logged before it is shown.

    The answer to a POST claims the mail besides; a page that was only opened asks for that itself, by `here`.
    """
    now, asked = datetime.now(UTC), request.method == "POST"
    with database.write(container().engine) as db:
        wanted = chosen()
        if asked:
            _arrive(db, wanted, now)
        context = queue_shares.queue_context(db, my_account(), wanted, now=now)
        shown, rows = _shown(db, now), waiting.rows(db, context)
        # The first of the list is the next, which spares the queue being put in order twice.
        current = enquiry_id or shown or waiting.free(rows, skip) or waiting.next_id(db, context, skip=skip)
        _log_shown(db, current, now)
        behind: list[int] = []
        if current:
            viewing.log(db, current, by=me(), purpose="triage", now=now)
            behind = followers.log(db, current, purpose="triage", now=now)
        if current and asked:
            _claim(db, current, now)
    with database.read(container().engine) as db:
        enquiry = viewing.read(db, current, by=me()) if current else None
        holder = claims.other(db, enquiry.id, by=me(), now=now) if enquiry else None
        return render_template(
            "triage/_triage.html" if htmx.wanted() else "triage/index.html",
            message=message,
            refused=refused,
            opened="" if asked else "this" if enquiry_id else "next",
            deciding=claims.deciding(db, my_account(), now=now),
            label_id=session.get("label_id"),
            receipt=suggestion_list.receipt(db, session["label_id"]) if "label_id" in session else None,
            choices=waiting.choices(db),
            away=queue_shares.is_away(db, my_account().id, context.today.day),
            **_queue(db, context, rows, current),
            **_mail(db, enquiry, behind, holder, context),
        )


def chosen() -> QueueFilter:
    """Return the filter of the queue, from the address."""
    args = request.args
    return QueueFilter(
        mailbox=args.get("postkasse", ""),
        language=args.get("sprog", "")[:3],
        unit_id=args.get("enhed", type=int),
        only=_ids(args.get("kun", "")),
        wave=args.get("boelge", type=int),
        everything=args.get("bane") == "alle",
        order=QueueOrder(args["orden"]) if args.get("orden") in set(QueueOrder) else None,
        shown=min(max(args.get("vis", waiting.SHOWN, type=int), waiting.SHOWN), waiting.MOST),
    )


def _ids(text: str) -> tuple[int, ...]:
    """The ids in "3,7,12"; anything else is left out."""
    return tuple(incoming.wholes(text.split(",")))[:200]


def _decide(enquiry_id: int) -> None:
    """Decide for a unit, or that it is no enquiry. The receipt of the label says what came of it."""
    version = request.form.get("version", 0, type=int)
    unit_id = request.form.get("unit", type=int)
    c, now = container(), datetime.now(UTC)
    with database.write(c.engine) as db:
        if unit_id is not None:
            label = decisions.route(
                db,
                c.robot,
                enquiry_id,
                unit_id,
                version=version,
                by=me(),
                now=now,
                undo_seconds=c.settings.undo_seconds,
            )
        elif request.form.get("action") == NOT_AN_ENQUIRY:
            label = decisions.no_enquiry(
                db, c.robot, enquiry_id, version=version, by=me(), now=now, shown=followers.shown()
            )
        else:
            raise RefusedError("choose_a_unit")
        session["label_id"] = label.id


def _arrive(db: Session, wanted: QueueFilter, now: datetime) -> None:
    """Note that the person is at work. The order in which they want the queue is noted, too."""
    queue_shares.arrive(db, my_account(), now=now)
    if wanted.order is not None:
        queue_shares.prefer(db, my_account(), wanted.order)


def _claim(db: Session, enquiry_id: int, now: datetime) -> None:
    """Claim a mail. The person's other claims end."""
    claims.hold(db, db.get_one(Enquiry, enquiry_id), by=me(), now=now)
    claims.keep_only(db, [enquiry_id], by=me())


def _shown(db: Session, now: datetime) -> int | None:
    """Return the mail shown at the key press.

    The one the page put before the person, if it waits and is still theirs.
    """
    number = request.form.get("vist", 0, type=int)
    shown = db.get(Enquiry, number) if number else None
    claim = claims.standing(db, shown.id, now=now) if shown is not None else None
    theirs = shown is not None and claim is not None and claim.account_id == my_account().id
    return shown.id if shown is not None and theirs and shown.state is State.TRIAGE else None


def _log_shown(db: Session, current: int | None, now: datetime) -> None:
    """Log the mail shown at the key press. Where the answer is another one: they have seen that one too."""
    shown = request.form.get("vist", 0, type=int)
    if shown and shown != current and db.get(Enquiry, shown) is not None:
        viewing.log(db, shown, by=me(), purpose="triage", now=now)


def _mail(
    db: Session, enquiry: Enquiry | None, behind: list[int], holder: Account | None, context: QueueContext
) -> dict[str, Any]:
    """Return what the page shows of one mail. `behind` are its follow-ups, shown with it."""
    if enquiry is None:
        return {"enquiry": None, "current": None}
    suggested = _suggested(db, enquiry)
    marks = viewing.Marks.of(*(each.words for each in suggested["suggestions"][:2]))
    return {
        "enquiry": enquiry,
        "current": enquiry.id,
        "holder": holder,
        "heading": viewing.line(enquiry.subject, marks),
        "paragraphs": viewing.paragraphs(enquiry.text, marks),
        "deadlines": statuses(enquiry, context.today),
        **suggested,
        "hidden": enquiry.hidden,
        "refusals": suggestion_list.refusals(db, enquiry.id) if enquiry.returns else [],
        "notes": notes.of(db, enquiry.id),
        "followers": followers.read(db, behind),
        "claimed": suggestion_list.claimed_thread(db, enquiry),
        "wave": wave_members.banner(db, enquiry.id),
        "units": suggestion_list.units(db),
        "offered": citizens.offered(enquiry),
    }


def _suggested(db: Session, enquiry: Enquiry) -> dict[str, Any]:
    """What the page proposes for a mail, and whether that is still to come."""
    thanks = not enquiry.hidden and not enquiry.attachments and only_thanks(enquiry.subject, enquiry.text)
    found = [] if enquiry.hidden or thanks else suggestion_list.suggestions(db, enquiry.id)
    return {
        "suggestions": found,
        "thanks": thanks,
        "coming": not found and ranking.is_asked(db, enquiry.id),
        "limit": settings.get(db, settings.CONFIDENCE_LIMIT),
    }


def _queue(db: Session, context: QueueContext, rows: list[QueueRow], current: int | None) -> dict[str, Any]:
    """Return what the page shows of the queue. `mark` changes as soon as anything in it does."""
    shown = {
        "queue": rows,
        "waiting": waiting.waiting(db, context),
        "chosen": context.chosen,
        "lanes": len(context.others) + 1,
        "order": context.order,
        "here": current,
    }
    mark = sha256(repr((shown, context.today.day, str(get_locale()))).encode()).hexdigest()[:16]
    return {**shown, "most": waiting.MOST, "mark": mark, "fetched": bool(rows) or setup_steps.has_mailbox(db)}
