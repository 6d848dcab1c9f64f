"""The texts the robot fills.

They are looked up for a mail, kept, checked when they are saved, and shown filled before that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import deadlines, repeatable, templates
from app.domain.actor import Actor
from app.domain.deadlines import Clock
from app.domain.events.base import DomainEvent
from app.domain.events.casework import ParagraphDeleted, ParagraphSaved, TemplateDeleted, TemplateSaved
from app.domain.templates import (
    ALLOWED,
    BUILT_IN,
    CLOCKS,
    COMMON,
    Candidate,
    TemplateFault,
    TemplateKind,
    TemplateProblem,
)
from app.errors import AppError, ConflictError, NotFoundError
from app.models.base import Base
from app.models.enquiry import Enquiry
from app.models.template import Paragraph, ReplyTemplate
from app.models.unit import Unit
from app.services.casework import titles
from app.services.platform import events, viewing

NAME_LENGTH, KEYWORDS_LENGTH, TEXT_LENGTH = 100, 500, 8_000
EXAMPLE = {
    "sagsnummer": "2026-000123",
    "emne": "Hul i vejen",
    "frist": "7. december 2026",
    "tilbagemeldingsfrist": "7. december 2026",
    "svarfrist": "8. januar 2027",
    "modtaget": "23. november 2026",
    "afsender": "Prøve Eksempelsen",
    "sagsbehandler": "Navn Navnesen",
    "myndighed": "Nabokommunen",
    "myndighed_adresse": "post@nabo.example.org",
}
"""Stands in the preview of a template that no mail has come for yet."""
Text = TypeVar("Text", ReplyTemplate, Paragraph)
SAVED: Mapping[type[Base], Callable[..., DomainEvent]] = {ReplyTemplate: TemplateSaved, Paragraph: ParagraphSaved}
DELETED: Mapping[type[Base], Callable[..., DomainEvent]] = {ReplyTemplate: TemplateDeleted, Paragraph: ParagraphDeleted}
"""What the log says of each of the two kinds of text."""


class TextRefusedError(AppError):
    """The refusal of a text that cannot be kept. `problems` say why, all of them at once."""

    code = "text_refused"

    def __init__(self, problems: list[TemplateProblem]) -> None:
        super().__init__(self.code)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Draft:
    """A template as a person has written it."""

    kind: TemplateKind
    unit_id: int | None
    name: str
    keywords: str
    text: str


def text_for(session: Session, kind: TemplateKind, unit_id: int | None, subject: str, text: str) -> str:
    """Return the text that answers a unit's mail.

    Its shared paragraphs are in place, its placeholders still to be filled.
    """
    rows = {
        row.id: row
        for row in session.scalars(select(ReplyTemplate).where(ReplyTemplate.kind == kind).order_by(ReplyTemplate.id))
    }
    candidates = [Candidate(row.id, row.unit_id, templates.keywords(row.keywords)) for row in rows.values()]
    chosen = templates.choose(candidates, unit_id, subject, text)
    return BUILT_IN[kind] if chosen is None else templates.expand(rows[chosen.id].text, paragraph_texts(session))


def paragraph_texts(session: Session) -> dict[str, str]:
    """Return every shared paragraph by name."""
    return {row.name: row.text for row in session.scalars(select(Paragraph).order_by(Paragraph.name))}


def values(enquiry: Enquiry, unit: Unit, case_number: str, *, leaves_on: date) -> dict[str, str | None]:
    """Return the placeholders' values for a unit's letter. Every text to a citizen may name these.

    A day that is over when the letter leaves (`leaves_on`) is None: nobody is promised an answer by yesterday.
    """
    found: dict[str, str | None] = dict(values_of_mail(enquiry))
    days = {
        "frist": enquiry.due_on,
        "tilbagemeldingsfrist": enquiry.clocks.feedback,
        "svarfrist": enquiry.clocks.answer,
    }
    dates = {name: deadlines.danish(day) if day and day >= leaves_on else None for name, day in days.items()}
    return found | dates | {"sagsnummer": case_number, "enhed": unit.name, "enhed_adresse": unit.address}


def deadline_lines(enquiry: Enquiry) -> str:
    """Return both deadlines as lines for the unit. Each has its name, and its day, or when it was met."""
    days = {clock: deadlines.danish(due) for clock, due in enquiry.clocks.days.items() if due}
    if enquiry.feedback_at and Clock.FEEDBACK in days:
        days[Clock.FEEDBACK] = f"opfyldt {deadlines.danish(deadlines.local_day(enquiry.feedback_at))}"
    return "\n".join(f"{CLOCKS[clock] + ':':<23}{day}" for clock, day in days.items())


def values_of_mail(enquiry: Enquiry) -> dict[str, str]:
    """Return the placeholders' values known of any mail. They do not depend on who answers it."""
    return {
        "emne": titles.subject(enquiry),
        "modtaget": deadlines.danish(deadlines.local_day(enquiry.received_at)),
        "afsender": repeatable.greeting_name(enquiry.citizen_name),
    }


def check(session: Session, draft: Draft) -> list[TemplateProblem]:
    """Return the problems of a template."""
    problems = [] if draft.name.strip() else [TemplateProblem(TemplateFault.NO_NAME, "", 0)]
    given = (
        ("name", draft.name, NAME_LENGTH),
        ("keywords", draft.keywords, KEYWORDS_LENGTH),
        ("text", draft.text, TEXT_LENGTH),
    )
    problems += [_too_long(field, most) for field, text, most in given if len(text) > most]
    return problems + templates.check(draft.text, ALLOWED[draft.kind], paragraph_texts(session))


def _too_long(field: str, most: int) -> TemplateProblem:
    return TemplateProblem(TemplateFault.TOO_LONG, "", 0, field, most)


def save(
    session: Session, template_id: int | None, draft: Draft, *, version: int, by: Actor, now: datetime
) -> ReplyTemplate:
    """Keep a template, a new one where `template_id` is None. Its earlier text stays in the log.

    Raises:
        TextRefusedError: it cannot be filled, has no name, or the unit has a text for everything of that kind already.
        ConflictError: somebody else has changed it since it was read.
        NotFoundError: there is no such template, or no such unit.
    """
    row = ReplyTemplate(version=0) if template_id is None else find(session, template_id, version=version)
    if draft.unit_id is not None and session.get(Unit, draft.unit_id) is None:
        raise NotFoundError
    if draft.kind in templates.NO_UNIT:
        draft = replace(draft, unit_id=None)
    _hold_paragraphs(session, draft.text)
    problems = check(session, draft) + _second_general(session, template_id, draft)
    if problems:
        raise TextRefusedError(problems)
    row.kind, row.unit_id, row.text = draft.kind, draft.unit_id, draft.text
    row.name, row.keywords = draft.name.strip(), ", ".join(templates.keywords(draft.keywords))[:KEYWORDS_LENGTH]
    return _keep(session, row, by=by, now=now)


def find(session: Session, template_id: int, *, version: int | None = None) -> ReplyTemplate:
    """Return one template. With `version`, only as it was read.

    Raises:
        NotFoundError: there is none.
        ConflictError: it is not the version that was read.
    """
    return _find(session, ReplyTemplate, template_id, version)


def delete(session: Session, template_id: int, *, by: Actor, now: datetime) -> None:
    """Delete a template. Mails get the next best one from now on."""
    _delete(session, find(session, template_id), by=by, now=now)


def _find(session: Session, table: type[Text], key: int | str, version: int | None, *, locked: bool = False) -> Text:
    row = session.get(table, key, with_for_update=locked)
    if row is None:
        raise NotFoundError
    if version is not None and row.version != version:
        raise ConflictError
    return row


def _keep(session: Session, row: Text, *, by: Actor, now: datetime) -> Text:
    session.add(row)
    session.flush()
    events.record(session, SAVED[type(row)](**_snapshot(row)), by=by, now=now)
    return row


def _delete(session: Session, row: ReplyTemplate | Paragraph, *, by: Actor, now: datetime) -> None:
    events.record(session, DELETED[type(row)](**_snapshot(row)), by=by, now=now)
    session.delete(row)
    session.flush()


def _snapshot(row: ReplyTemplate | Paragraph) -> dict[str, Any]:
    """A text as the log keeps it: enough to bring it back."""
    if isinstance(row, Paragraph):
        return {"name": row.name, "text": row.text}
    return {
        "template_id": row.id,
        "text_kind": row.kind,
        "unit_id": row.unit_id,
        "name": row.name,
        "keywords": row.keywords,
        "text": row.text,
    }


def _hold_paragraphs(session: Session, text: str) -> None:
    """Lock the paragraphs a text uses against deletion.

    On PostgreSQL one could save the text while another deletes them.
    """
    names = templates.used(text)
    session.scalars(select(Paragraph).where(Paragraph.name.in_(names)).with_for_update(read=True)).all()


def _second_general(session: Session, template_id: int | None, draft: Draft) -> list[TemplateProblem]:
    if templates.keywords(draft.keywords):
        return []
    same = select(ReplyTemplate).where(ReplyTemplate.kind == draft.kind, ReplyTemplate.keywords == "")
    rows = session.scalars(same.where(ReplyTemplate.unit_id.is_not_distinct_from(draft.unit_id)))
    return [TemplateProblem(TemplateFault.SECOND_GENERAL, row.name, 0) for row in rows if row.id != template_id]


def save_paragraph(
    session: Session, name: str, text: str, *, version: int | None, by: Actor, now: datetime
) -> Paragraph:
    """Save a shared paragraph. `version` is None for a new one.

    Raises:
        TextRefusedError: its name or its text cannot be used, or the name is taken.
        ConflictError: somebody else has changed it since it was read.
        NotFoundError: it has been deleted.
    """
    row = session.get(Paragraph, name)
    problems = templates.check(text, COMMON, None)
    if version is None and not templates.PARAGRAPH_NAME.fullmatch(name):
        problems.insert(0, TemplateProblem(TemplateFault.BAD_NAME, name, 0))
    if len(text) > TEXT_LENGTH:
        problems.insert(0, _too_long("text", TEXT_LENGTH))
    if version is None and row is not None:
        problems.insert(0, TemplateProblem(TemplateFault.NAME_TAKEN, name, 0))
    if problems:
        raise TextRefusedError(problems)
    if version is not None:
        row = find_paragraph(session, name, version=version)
    row = row or Paragraph(name=name)
    row.text = text
    return _keep(session, row, by=by, now=now)


def find_paragraph(session: Session, name: str, *, version: int | None = None) -> Paragraph:
    """Return one shared paragraph. With `version`, only as it was read.

    Raises:
        NotFoundError: there is none.
        ConflictError: it is not the version that was read.
    """
    return _find(session, Paragraph, name, version)


def delete_paragraph(session: Session, name: str, *, by: Actor, now: datetime) -> None:
    """Drop a shared paragraph that no template puts in.

    Raises:
        TextRefusedError: some do; the problems name them.
    """
    row = _find(session, Paragraph, name, None, locked=True)
    users = templates_with(session, name)
    if users:
        raise TextRefusedError([TemplateProblem(TemplateFault.IN_USE, user.name, 0) for user in users])
    _delete(session, row, by=by, now=now)


def templates_with(session: Session, name: str) -> list[ReplyTemplate]:
    """Return the templates that use a paragraph."""
    rows = session.scalars(select(ReplyTemplate).order_by(ReplyTemplate.id))
    return [row for row in rows if name in templates.used(row.text)]


def log_preview(session: Session, draft: Draft, enquiry_id: int | None, *, by: Actor, now: datetime) -> None:
    """Log that a template is shown filled. Only for a real mail, and if the template can be filled."""
    if enquiry_id is not None and not templates.check(draft.text, ALLOWED[draft.kind], paragraph_texts(session)):
        viewing.log(session, enquiry_id, by=by, purpose="template preview", now=now)


def preview(
    session: Session, draft: Draft, enquiry_id: int | None, *, caseworker: str, by: Actor, now: datetime
) -> str:
    """Return the text as a citizen would read it. A real mail needs a logged look; else an invented one is used.

    Raises:
        TextRefusedError: it cannot be filled.
        NotFoundError: there is no such mail, or this person may not see it.
    """
    shared = paragraph_texts(session)
    problems = templates.check(draft.text, ALLOWED[draft.kind], shared)
    if problems:
        raise TextRefusedError(problems)
    filled = _preview_values(session, draft, enquiry_id, caseworker, by, now)
    return templates.fill(templates.expand(draft.text, shared), filled)


def _preview_values(
    session: Session, draft: Draft, enquiry_id: int | None, caseworker: str, by: Actor, now: datetime
) -> Mapping[str, str | None]:
    unit = session.get(Unit, draft.unit_id) if draft.unit_id else None
    example = EXAMPLE | {
        "enhed": "Enhedens navn",
        "enhed_adresse": "enhed@example.org",
        "postkasse": "Postkassens navn",
    }
    if unit is not None:
        example |= {"enhed": unit.name, "enhed_adresse": unit.address}
    if enquiry_id is None:
        return example
    enquiry = viewing.read(session, enquiry_id, by=by)
    unit = unit or enquiry.unit
    number = enquiry.case.number if enquiry.case else EXAMPLE["sagsnummer"]
    today = deadlines.local_day(now)
    real = values(enquiry, unit, number, leaves_on=today) if unit else values_of_mail(enquiry)
    return example | real | {"sagsbehandler": caseworker}
