"""The web forms that write to us. With them comes what would be read in their latest mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain import form_sender
from app.domain.citizen import FormFields
from app.models.enquiry import Enquiry
from app.models.form_sender import FormSender
from app.models.unit import Mailbox
from app.models.words import note
from connectors.mail import addresses

SHOWN = 10
LOOKED_THROUGH = 500


@dataclass(frozen=True, slots=True)
class FormMailExample:
    """A mail of a form, and what its fields say."""

    id: int
    subject: str
    received_at: datetime
    fields: FormFields


def listing(session: Session) -> Sequence[FormSender]:
    """Return every web form, by name."""
    return session.scalars(select(FormSender).order_by(FormSender.name)).all()


def find(session: Session, form_id: int) -> FormSender | None:
    """Return one web form."""
    return session.get(FormSender, form_id)


def mailboxes(session: Session) -> list[tuple[str, str]]:
    """Return the mailboxes that a form may write to. Each is (address, name)."""
    return [
        (row.address, row.name) for row in session.execute(select(Mailbox.address, Mailbox.name).order_by(Mailbox.name))
    ]


def examples(session: Session, form: form_sender.FormRule) -> list[FormMailExample]:
    """Return the form's latest mails, newest first."""
    hosts = {addresses.domain(each if "@" in each.lstrip("@") else f"x@{each.lstrip('@')}") for each in form.senders}
    if not hosts:
        return []
    query = (
        select(Enquiry.id, Enquiry.subject, Enquiry.received_at, Enquiry.text, Enquiry.sender_address, Enquiry.mailbox)
        .where(or_(*(Enquiry.sender_address.iendswith(host, autoescape=True) for host in hosts)))
        .where(Enquiry.quarantine.is_(None), ~Enquiry.imported)
        .order_by(Enquiry.id.desc())
        .limit(LOOKED_THROUGH)
    )
    fitting = (row for row in session.execute(query) if form_sender.fitting([form], row.sender_address, row.mailbox))
    shown = list(islice(fitting, SHOWN))
    note(row.id for row in shown)
    return [FormMailExample(row.id, row.subject, row.received_at, form_sender.read(form, row.text)) for row in shown]
