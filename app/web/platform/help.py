"""The help pages.

The glossary, the keys, what the robot does; what has changed for caseworkers; hints for the first days.
"""

from datetime import UTC, datetime
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app import database
from app.domain import hints as rules
from app.domain.access import Role
from app.queries.platform.contacts import contacts
from app.queries.triage import hint_list
from app.services.triage import hints
from app.web.platform import htmx
from app.web.platform.access import blueprint, container, my_account
from app.web.platform.glossary import GLOSSARY, GlossaryEntry

bp = blueprint("help", __name__, Role, url_prefix="/hjaelp")
HINTS = {
    "practice": _l("Er du ny her? Prøv først ti opfundne mails under Øvelse. Intet af det tæller."),
    "pick": _l("Tryk 1 til 5 for at vælge en enhed. Mailen fordeles med det samme, og den næste kommer frem."),
    "find": _l("Er enheden ikke blandt de fem? Tryk /, skriv nogle bogstaver, og tryk Enter."),
    "undo": _l("Valgte du forkert? Tryk u. Så er mailen tilbage, og robotten har glemt valget igen."),
    "clocks": _l(
        "Øverst står den tidligste frist. Et foreløbigt svar opfylder den første frist; kun svaret opfylder den anden."
    ),
    "open": _l("Tryk på linjen for at se mailen og sagens dokumenter her på siden."),
    "interim": _l("Kan svaret ikke nås? Tryk på Foreløbigt svar, læs teksten, og tryk på Send."),
    "give_back": _l("Er mailen ikke jeres? Tryk på Send retur. Fristen ændres ikke, og robotten lærer af det."),
}
TERMS = {entry.slug: entry.term for entry in GLOSSARY}


@bp.get("/")
def index() -> ResponseReturnValue:
    with database.read(container().engine) as db:
        people = [(role, contacts(db, role)) for role in (Role.MANAGER, Role.ADMINISTRATOR)]
    return render_template("help/index.html", glossary=sorted(GLOSSARY, key=_place), people=people)


def _place(entry: GlossaryEntry) -> str:
    """Return the sort key of a glossary entry. Danish has æ, ø and å at the end, in this order."""
    return str(entry.term).casefold().translate(str.maketrans("æøå", "\ue000\ue001\ue002"))


@bp.get("/sagsbehandler")
def caseworker() -> ResponseReturnValue:
    """Show what has changed for caseworkers. On one sheet."""
    return render_template("help/caseworker.html")


@bp.post("/tips/<code>/luk")
def close_hint(code: str) -> ResponseReturnValue:
    """Close a hint for good. By its x; without JavaScript, back to the page it stood on."""
    with database.write(container().engine) as db:
        hints.close(db, my_account().id, code, now=datetime.now(UTC))
    if htmx.wanted():
        return "", 200
    page = next(page for page, codes in rules.PAGES.items() if code in codes)
    return redirect(url_for(f"{page}.index"), 303)


@bp.post("/tips/igen")
def show_hints() -> ResponseReturnValue:
    with database.write(container().engine) as db:
        hints.show_again(db, my_account().id)
    flash(_("Tips vises igen, ét ad gangen."))
    return redirect(url_for("help.index"), 303)


@bp.app_context_processor
def _hints() -> dict[str, Any]:
    return {"hint_for": hint_for, "hint_texts": HINTS, "glossary_terms": TERMS}


def hint_for(page: str) -> str | None:
    """Return the hint this person sees on a page. Looked up once a request, and on pages that have any only."""
    if not current_user.is_authenticated:
        return None
    found: dict[str, str | None] = g.setdefault("hints", {})
    if page not in found:
        with database.read(container().engine) as db:
            found[page] = hint_list.next_hint(db, my_account().id, page)
    return found[page]
