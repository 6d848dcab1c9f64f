"""The pages about templates. They show all by unit, what one was before, and the mails to try it on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain import templates
from app.domain.events.casework import ParagraphSaved, TemplateSaved
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.template import Paragraph, ReplyTemplate
from app.models.unit import Mailbox, Unit
from app.models.words import note

MAILS = 10
CHANGES = 20


@dataclass(frozen=True, slots=True)
class UnitTexts:
    """The templates of a unit. `unit_id` is None for those of the whole authority."""

    unit_id: int | None
    name: str
    rows: list[ReplyTemplate]


@dataclass(frozen=True, slots=True)
class ParagraphRow:
    name: str
    text: str
    users: int


@dataclass(frozen=True, slots=True)
class MailRow:
    id: int
    subject: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """An earlier text of a template or paragraph. `id` is that of the event."""

    id: int
    at: datetime
    by: str
    text: str


def by_unit(session: Session) -> list[UnitTexts]:
    """Return all templates by unit, everybody's first. Units without any are left out."""
    rows = list(session.scalars(select(ReplyTemplate).order_by(ReplyTemplate.kind.desc(), ReplyTemplate.id)))
    units = sorted({(row.unit.name, row.unit.id) for row in rows if row.unit is not None})
    everybody = UnitTexts(None, "", [row for row in rows if row.unit_id is None])
    return [everybody, *(UnitTexts(n, name, [row for row in rows if row.unit_id == n]) for name, n in units)]


def paragraphs(session: Session) -> list[ParagraphRow]:
    """Return every shared paragraph and its number of uses. A use is a template that puts it in."""
    texts = [templates.used(text) for text in session.scalars(select(ReplyTemplate.text))]
    rows = session.scalars(select(Paragraph).order_by(Paragraph.name))
    return [ParagraphRow(row.name, row.text, sum(row.name in text for text in texts)) for row in rows]


def mailboxes(session: Session) -> list[Mailbox]:
    return list(session.scalars(select(Mailbox).where(~Mailbox.journal).order_by(Mailbox.name)))


def unit_names(session: Session) -> list[tuple[int, str]]:
    """Return every unit by name. Each is (id, name)."""
    return [(n, name) for n, name in session.execute(select(Unit.id, Unit.name).order_by(Unit.name))]


def mails_to_try(session: Session, unit_id: int | None) -> list[MailRow]:
    """Return a unit's latest mails, newest first.

    Without a unit, anybody's. Imported history and what nobody can read are left out.
    """
    query = select(Enquiry.id, Enquiry.subject, Enquiry.received_at).where(
        ~Enquiry.imported, Enquiry.quarantine.is_(None)
    )
    query = query.where(Enquiry.unit_id.is_not(None) if unit_id is None else Enquiry.unit_id == unit_id)
    rows = session.execute(query.order_by(Enquiry.received_at.desc(), Enquiry.id.desc()).limit(MAILS)).all()
    note(row.id for row in rows)
    return [MailRow(n, subject, received_at) for n, subject, received_at in rows]


def template_changes(session: Session, template_id: int) -> list[TemplateChange]:
    """Return the latest texts of a template, newest first."""
    query = select(Event).where(Event.kind == TemplateSaved.kind, Event.data["template_id"].as_integer() == template_id)
    return _changes(session, query, TemplateSaved)


def paragraph_changes(session: Session, name: str) -> list[TemplateChange]:
    """Return a shared paragraph's latest texts, newest first."""
    query = select(Event).where(Event.kind == ParagraphSaved.kind, Event.data["name"].as_string() == name)
    return _changes(session, query, ParagraphSaved)


def _changes(session: Session, query: Select[Any], saved: type[TemplateSaved | ParagraphSaved]) -> list[TemplateChange]:
    rows = session.scalars(query.order_by(Event.id.desc()).limit(CHANGES))
    return [TemplateChange(row.id, row.at, row.by, saved.read(row.data).text) for row in rows]
