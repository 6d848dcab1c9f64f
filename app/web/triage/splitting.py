"""The pages for splitting a mail, "Del op". Which matters a mail is about, each with its own pieces of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app import database
from app.domain import excerpt, matters
from app.domain import splitting as domain
from app.domain.access import Role
from app.domain.enquiry import State
from app.domain.excerpt import PAGE
from app.domain.splitting import MOST, MailPart, Piece
from app.errors import ConflictError, RefusedError
from app.services.platform import viewing
from app.services.triage import splitting
from app.web.platform import errors, incoming
from app.web.platform.access import blueprint, container, me

bp = blueprint("splitting", __name__, [Role.VISITATOR, Role.MANAGER, Role.ADMINISTRATOR], url_prefix="/visitering")
SHOWN = 60
"""Pieces that can be ticked; what comes after them can be written."""


@dataclass(frozen=True, slots=True)
class Written:
    """A part as the form has it."""

    title: str = ""
    chosen: frozenset[int] = frozenset()
    text: str = ""
    files: frozenset[int] = frozenset()


@bp.get("/<int:enquiry_id>/del")
def ask(enquiry_id: int) -> ResponseReturnValue:
    return _page(enquiry_id, None)


@bp.post("/<int:enquiry_id>/del")
def split(enquiry_id: int) -> ResponseReturnValue:
    """Split the mail, or change the number of parts.

    One part more or one less in the form works without JavaScript as with it.
    """
    written = _written()
    if "more" in request.form:
        return _page(enquiry_id, [*written, Written()][:MOST])
    if "fewer" in request.form:
        return _page(enquiry_id, written[:-1] if len(written) > domain.LEAST else written)
    c, version = container(), request.form.get("version", 0, type=int)
    try:
        with database.write(c.engine) as db:
            pieces, _ = _pieces(viewing.find(db, enquiry_id, by=me()).text)
            parts = [domain.part(each.title, pieces, sorted(each.chosen), each.text, each.files) for each in written]
            made = _do(enquiry_id, parts, version, db)
    except ConflictError as error:
        return _page(enquiry_id, written, errors.text(error)), 409
    except RefusedError as error:
        return _page(enquiry_id, written, errors.text(error)), 422
    session.pop("label_id", None)
    flash(ngettext("Mailen er delt i %(num)s.", "Mailen er delt i %(num)s. Hver del fordeles for sig.", len(made)))
    return redirect(url_for("triage.show", enquiry_id=made[0]), 303)


def _do(enquiry_id: int, parts: list[MailPart], version: int, db: Session) -> list[int]:
    made = splitting.split(db, enquiry_id, parts, version=version, by=me(), now=datetime.now(UTC))
    return [each.id for each in made]


def _written() -> list[Written]:
    form = request.form
    count = min(max(form.get("parts", domain.LEAST, type=int), domain.LEAST), MOST)
    return [
        Written(
            form.get(f"title-{n}", ""),
            _numbers(f"pieces-{n}"),
            form.get(f"text-{n}", ""),
            _numbers(f"files-{n}"),
        )
        for n in range(count)
    ]


def _numbers(field: str) -> frozenset[int]:
    return frozenset(incoming.wholes(request.form.getlist(field)))


def _pieces(text: str) -> tuple[list[Piece], int]:
    """Return the pieces to choose from, and their end. The pieces of as much of the mail as a page shows."""
    shown = text[: excerpt.end(text)]
    pieces = domain.pieces(shown)
    if len(pieces) <= PAGE.paragraphs:
        return pieces, len(shown)
    end = 0
    for piece in pieces[: PAGE.paragraphs]:
        end = text.index(piece.text, end) + len(piece.text)
    return pieces[: PAGE.paragraphs], end


def _page(enquiry_id: int, written: list[Written] | None, problem: str = "") -> str:
    """Render the form as filled in. Without `written`, it has the parts that the mail itself tells of."""
    looked = viewing.opened(container().engine, enquiry_id, by=me(), purpose="splitting", now=datetime.now(UTC))
    with looked as (_db, enquiry):
        pieces, end = _pieces(enquiry.text)
        proposed = matters.proposal(enquiry.subject, pieces) if written is None else []
        if written is None:
            written = [Written(viewing.hidden(each.title), each.chosen) for each in proposed] or [Written(), Written()]
        return render_template(
            "splitting/split.html",
            enquiry=enquiry,
            waits=enquiry.state is State.TRIAGE and enquiry.quarantine is None,
            heading=viewing.line(enquiry.subject),
            pieces=viewing.pieces(enquiry.text, [piece.text for piece in pieces], end=end),
            rest=end if end < len(enquiry.text) else None,
            sentences=domain.by_sentences(pieces),
            proposed=bool(proposed),
            title_length=domain.TITLE_LENGTH,
            written=written,
            problem=problem,
            least=domain.LEAST,
            most=MOST,
            shown=SHOWN,
        )
