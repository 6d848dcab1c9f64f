"""The practice round: ten invented mails.

With the pages and keys of triage. All it remembers is in the signed session.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from app.domain import practice
from app.domain.access import Role
from app.domain.deadline_status import Status, Today
from app.domain.deadlines import add_working_days, local_day
from app.domain.practice import PracticeAnswer, PracticeMail
from app.services.platform import viewing
from app.web.platform import htmx
from app.web.platform.access import blueprint

bp = blueprint("practice", __name__, Role, url_prefix="/oevelse")


@dataclass
class Round:
    """The state of a practice round. Mail `at` (from 0) is in view since `since` (seconds of the epoch)."""

    at: int
    since: float
    answers: list[PracticeAnswer] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        return len(self.answers) > self.at

    @property
    def over(self) -> bool:
        return self.at >= len(practice.material().mails)


@bp.get("/")
def index() -> ResponseReturnValue:
    return _page(_kept())


@bp.post("/begynd")
def begin() -> ResponseReturnValue:
    """Begin a round with the first mail. Earlier answers are forgotten."""
    return _next(Round(0, _seconds()))


@bp.post("/svar")
def answer() -> ResponseReturnValue:
    """Take one decision. A second one for the same mail, or one for another, changes nothing."""
    found, choice = _kept(), request.form.get("unit") or request.form.get("action", "")
    fits = found is not None and not found.over and not found.answered
    if found is not None and fits and practice.allowed(choice) and request.form.get("mail", type=int) == found.at:
        found.answers.append(PracticeAnswer(choice, round(_seconds() - found.since, 1)))
    return _next(found)


@bp.post("/videre")
def go_on() -> ResponseReturnValue:
    """Show the next mail, or the final result."""
    found = _kept()
    if found is not None and found.answered:
        found.at, found.since = found.at + 1, _seconds()
    return _next(found)


def _seconds() -> float:
    return datetime.now(UTC).timestamp()


def _kept() -> Round | None:
    """Return the round that the session remembers."""
    kept = session.get("practice")
    if kept is None:
        return None
    return Round(kept["at"], kept["since"], [PracticeAnswer(choice, seconds) for choice, seconds in kept["answers"]])


def _next(found: Round | None) -> ResponseReturnValue:
    if found is not None:
        answers = [[each.choice, each.seconds] for each in found.answers]
        session["practice"] = {"at": found.at, "since": found.since, "answers": answers}
    return _page(found) if htmx.wanted() else redirect(url_for("practice.index"), 303)


def _page(found: Round | None) -> str:
    part = "start" if found is None else "result" if found.over else "mail"
    template = f"practice/_{part}.html" if htmx.wanted() else "practice/index.html"
    return render_template(template, part=f"practice/_{part}.html", **_shown(found))


def _due(mail: PracticeMail) -> Status:
    """Return the deadline's status of an invented mail. As many working days ahead as it is said to be."""
    today = Today(local_day(datetime.now(UTC)))
    return today.status(add_working_days(today.day, mail.days))


def _shown(found: Round | None) -> dict[str, Any]:
    material = practice.material()
    base: dict[str, Any] = {
        "mails": material.mails,
        "due": _due,
        "units": material.units,
        "round": found,
        "language": str(get_locale()),
    }
    if found is None:
        return base
    base["result"] = practice.result(found.answers)
    if found.over:
        return base
    mail = material.mails[found.at]
    suggestions = practice.shown(mail)
    marks = viewing.Marks.of(*(each.words for each in suggestions[:2]))
    return base | {
        "mail": mail,
        "suggestions": suggestions,
        "paragraphs": viewing.paragraphs(mail.text, marks),
        "given": found.answers[found.at] if found.answered else None,
    }
