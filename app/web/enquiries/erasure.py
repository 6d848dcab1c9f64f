"""Erasure of a person in two steps.

First comes what there is and where, then the choice for each mail and the certificate.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import database
from app.domain.access import Role
from app.errors import NotFoundError, RefusedError
from app.queries.enquiries import erasures
from app.services.enquiries import erasure
from app.services.enquiries.erasure import Choice
from app.services.enquiries.person import PersonSearch
from app.web.platform import errors, incoming
from app.web.platform.access import blueprint, container, me

bp = blueprint("erasure", __name__, [Role.ADMINISTRATOR], url_prefix="/modellen/sletning")
PREFIX = "valg-"
"""Before the number of a mail, in the name of the field that says what becomes of it."""


@bp.get("/")
def index() -> str:
    return _page()


@bp.post("/")
def look() -> ResponseReturnValue:
    """Show what there is of a person, the first step.

    Sent as a form, so that nobody's address or number stands in the log of a web server.
    """
    try:
        person = PersonSearch.typed(request.form.get("address", ""), request.form.get("number", ""))
    except RefusedError as error:
        return _page(problem=errors.text(error)), 422
    return _page(person)


@bp.post("/bekraeft")
def erase() -> ResponseReturnValue:
    """Erase a person, the second step.

    The address or the number is typed once more, and it is said what becomes of each mail of somebody else.
    """
    form, c, person = request.form, container(), None
    try:
        person = PersonSearch.typed(form.get("address", ""), form.get("number", ""))
        if not _same(person, form.get("again", "")):
            return _page(person, _("Det er ikke det samme som før. Intet er slettet.")), 422
        number = erasure.carry_out(
            c.engine,
            c.gateway,
            c.parser,
            person,
            choices=_choices(form),
            from_mailboxes=bool(form.get("mailboxes")),
            secret=c.settings.secret_key,
            by=me(),
            now=datetime.now(UTC),
        )
    except (RefusedError, NotFoundError) as error:
        return _page(person, errors.text(error)), 422
    flash(_("Det er slettet, og modellen glemmer det nu. Her er attesten."))
    return redirect(url_for("erasure.certificate", number=number), 303)


@bp.get("/<int:number>")
def certificate(number: int) -> str:
    with database.read(container().engine) as db:
        return render_template("erasure/certificate.html", **_certificate(erasures.certificate(db, number)))


@bp.get("/<int:number>/attest.txt")
def certificate_file(number: int) -> Response:
    """Send the certificate as a text file. For the case in the records system."""
    with database.read(container().engine) as db:
        text = render_template("erasure/certificate.txt", **_certificate(erasures.certificate(db, number)))
    response = Response(text, mimetype="text/plain")
    response.headers["Content-Disposition"] = f"attachment; filename=sletteattest-{number}.txt"
    return response


def _certificate(shown: erasures.Certificate) -> dict[str, object]:
    return {"shown": shown, "postgresql": container().engine.dialect.name != "sqlite"}


def _same(person: PersonSearch, again: str) -> bool:
    """Tell whether what is typed again is the same. The same address, or the same number."""
    return any(
        value and value == typed
        for value, typed in (
            (person.address, _or_nobody(again, "").address),
            (person.number, _or_nobody("", again).number),
        )
    )


def _or_nobody(address: str, number: str) -> PersonSearch:
    try:
        return PersonSearch.typed(address, number)
    except RefusedError:
        return PersonSearch()


def _choices(form: Mapping[str, str]) -> dict[int, Choice]:
    """Return the choices for the mails of others. Anything else is left to the careful choice."""
    found = {}
    for name, value in form.items():
        numbers = incoming.wholes([name.removeprefix(PREFIX)]) if name.startswith(PREFIX) else []
        if numbers and value in set(Choice):
            found[numbers[0]] = Choice(value)
    return found


def _page(person: PersonSearch | None = None, problem: str = "") -> str:
    c = container()
    look = erasure.look(c.engine, c.gateway, person, secret=c.settings.secret_key) if person else None
    with database.read(c.engine) as db:
        return render_template(
            "erasure/index.html",
            look=look,
            problem=problem,
            done=erasures.latest(db),
            address=request.form.get("address", "").strip(),
            number=request.form.get("number", "").strip(),
        )
