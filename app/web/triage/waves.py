"""The page of a wave of similar mails. Seen as a list, decided with one key."""

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from app import database
from app.domain.access import Role
from app.domain.outside import NOT_AN_ENQUIRY, of_authority
from app.errors import ConflictError, NotFoundError, RefusedError
from app.models.enquiry import Enquiry
from app.queries.organisation import authority_list
from app.queries.triage import suggestion_list, wave_members
from app.services.organisation import authorities
from app.services.platform import settings, viewing
from app.services.triage import referring, waves
from app.web.platform import errors, incoming
from app.web.platform.access import blueprint, container, me
from app.web.triage import triage_page

bp = blueprint("waves", __name__, [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/visitering/boelge")


@bp.get("/<int:wave_id>")
def show(wave_id: int) -> ResponseReturnValue:
    return _page(wave_id)


@bp.post("/<int:wave_id>")
def decide(wave_id: int) -> ResponseReturnValue:
    """Decide the ticked mails of a wave. To one unit or authority, or aside; or the others out of the wave."""
    listed, ticked = _versions("listed"), _versions("mail")
    belongs, c, now = _belongs(), container(), datetime.now(UTC)
    others = [n for n in listed if n not in ticked]
    if ticked and "authority" in request.form and "send" not in request.form:
        return _letters(wave_id, request.form.get("authority", 0, type=int), list(ticked))
    try:
        with database.write(c.engine) as db:
            waves.take_out(db, wave_id, others, by=me(), now=now)
            if belongs is None:
                return _left(wave_id, len(others))
            done = waves.decide(
                db, c.robot, wave_id, belongs, ticked, by=me(), now=now, undo_seconds=c.settings.undo_seconds
            )
            session["label_id"], mails, overtaken = done.label.id, done.mails, done.overtaken
    except ConflictError as error:
        return _page(wave_id, errors.text(error)), 409
    except RefusedError as error:
        return _page(wave_id, errors.text(error)), 422
    flash(
        ngettext(
            "%(num)s mail er fordelt samlet.", "%(num)s mails er fordelt samlet. Fortryd tager dem alle tilbage.", mails
        )
    )
    if overtaken:
        flash(
            ngettext(
                "%(num)s var allerede behandlet eller ændret.",
                "%(num)s var allerede behandlet eller ændret.",
                overtaken,
            )
        )
    return redirect(url_for("triage.index"), 303)


def _belongs() -> int | str | None:
    """Return what was pressed. A unit's id, or the class of an authority or of what is no enquiry; None for neither."""
    authority_id = request.form.get("authority", type=int)
    if authority_id is not None:
        return of_authority(authority_id)
    if request.form.get("action") == triage_page.NOT_AN_ENQUIRY:
        return NOT_AN_ENQUIRY
    return request.form.get("unit", type=int)


def _letters(wave_id: int, authority_id: int, ticked: list[int]) -> str:
    """Show the letters to citizens before they are sent. Each citizen has their own."""
    with database.read(container().engine) as db:
        wave, authority = wave_members.of(db, wave_id), authorities.find(db, authority_id)
        if wave is None or authority.retired:
            raise NotFoundError
        rows = [row for row in wave_members.members(db, wave_id) if row.id in ticked]
        letters = [(row, referring.letter_for(db, db.get_one(Enquiry, row.id), authority)) for row in rows]
        return render_template(
            "waves/letters.html",
            wave=wave,
            authority=authority,
            letters=letters,
            listed=request.form.getlist("listed"),
            ticked=request.form.getlist("mail"),
        )


def _left(wave_id: int, count: int) -> ResponseReturnValue:
    if count:
        flash(ngettext("%(num)s mail fordeles for sig.", "%(num)s mails fordeles for sig.", count))
    return redirect(url_for("waves.show", wave_id=wave_id), 303)


def _versions(field: str) -> dict[int, int]:
    """Enquiry → version, of form values such as "17.3"."""
    pairs = (incoming.wholes(value.split(".")) for value in request.form.getlist(field)[: wave_members.SHOWN])
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _page(wave_id: int, problem: str = "") -> str:
    """The list shows how each mail begins, so each look is logged, as anywhere."""
    now = datetime.now(UTC)
    with database.write(container().engine) as db:
        wave = wave_members.of(db, wave_id)
        if wave is None:
            raise NotFoundError
        rows = wave_members.members(db, wave_id)
        for row in rows:
            viewing.log(db, row.id, by=me(), purpose="wave", now=now)
    with database.read(container().engine) as db:
        return render_template(
            "waves/show.html",
            wave=wave,
            rows=rows,
            senders=len({row.sender_key for row in rows}),
            suggestions=wave_members.suggestions(db, [row.id for row in rows]) if rows else [],
            limit=settings.get(db, settings.CONFIDENCE_LIMIT),
            units=suggestion_list.units(db),
            authorities=authority_list.in_use(db),
            problem=problem,
            snippet=wave_members.SNIPPET,
        )
