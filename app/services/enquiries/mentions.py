"""Mentions of a person in other people's mails.

They are found, decided one by one, and taken out of a mail that stays.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from app import database
from app.domain.actor import Actor
from app.domain.events.enquiries import PersonMasked
from app.models.authority import Referral
from app.models.case import Acknowledgement, CaseDocument, InterimReply, Reply
from app.models.enquiry import Attachment, Enquiry, RawMail
from app.models.note import Note
from app.services.enquiries.erasing import FoundMails, listed
from app.services.enquiries.person import PersonSearch
from app.services.platform import events
from app.services.reports import mail_words
from connectors.mail.compose import compose
from connectors.mail.message import Outgoing, ParsedMail
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser

AT_ONCE = 500
COLUMNS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "mail": (Enquiry.id, (Enquiry.subject, Enquiry.text, Enquiry.sender_name, Enquiry.citizen_name)),
    "file": (Attachment.enquiry_id, (Attachment.filename,)),
    "document": (CaseDocument.enquiry_id, (CaseDocument.title,)),
    "note": (Note.enquiry_id, (Note.text,)),
    "letter": (InterimReply.enquiry_id, (InterimReply.text,)),
    "receipt": (Acknowledgement.enquiry_id, (Acknowledgement.subject, Acknowledgement.text)),
    "referral": (Referral.enquiry_id, (Referral.text,)),
}
"""Where people's words stand: place → (whose mail, the columns)."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A mail of somebody else that names the person.

    Texts about the mail count, too; `places` are keys of `COLUMNS`.
    """

    mail: FoundMails
    places: tuple[str, ...]


def find(session: Session, person: PersonSearch, *, but: Collection[int]) -> list[Mention]:
    """Search every text for a person. Texts are read a few at a time; the person's own mails are left out."""
    places: dict[int, list[str]] = defaultdict(list)
    for place, (whose, columns) in COLUMNS.items():
        rows = session.execute(select(whose, *columns).execution_options(yield_per=AT_ONCE))
        for number, *texts in rows:
            if (
                number not in but
                and place not in places.get(number, ())
                and any(map(person.named_in, filter(None, texts)))
            ):
                places[number].append(place)
    return [Mention(mail, tuple(places[mail.id])) for mail in listed(session, Enquiry.id.in_(places))]


def rewritten(
    engine: Engine, parser: MailParser, enquiry_ids: Collection[int], person: PersonSearch
) -> dict[int, bytes]:
    """Rewrite the mails and answers without the person.

    Return raw mail → bytes; those that do not have the person stay as they are.

    A mail's bytes may be packed in many ways: the person is taken out of the text that was read, and a plain mail
    of the same words and files takes their place. Before the transaction, since mails are read here.
    """
    with database.read(engine) as session:
        mails = select(Enquiry.raw_mail_id).where(Enquiry.id.in_(enquiry_ids))
        answers = select(Reply.raw_mail_id).where(Reply.enquiry_id.in_(enquiry_ids))
        found = session.scalars(select(RawMail.id).where(RawMail.id.in_(mails) | RawMail.id.in_(answers))).all()
        raws = {number: _content(session, number) for number in found}
    made = ((number, _without(parser, *raw, person)) for number, raw in raws.items())
    return {number: content for number, content in made if content is not None}


def _content(session: Session, raw_id: int) -> tuple[bytes, datetime, str]:
    content, at, address = session.execute(
        select(RawMail.content, RawMail.received_at, RawMail.address).where(RawMail.id == raw_id)
    ).one()
    return content, at, address


def _without(parser: MailParser, content: bytes, at: datetime, address: str, person: PersonSearch) -> bytes | None:
    try:
        mail = parser.parse(content)
    except MailUnreadable:
        return b""
    names = [mail.subject, mail.text, mail.html or "", mail.sender_name, *(file.filename for file in mail.attachments)]
    if not any(map(person.named_in, names)):
        return None
    return compose(_masked(mail, at, address, person), automatic=False)


def _masked(mail: ParsedMail, at: datetime, address: str, person: PersonSearch) -> Outgoing:
    files = (replace(file, filename=" ".join(person.masked(file.filename).split())) for file in mail.attachments)
    return Outgoing(
        message_id=mail.message_id or f"<{hashlib.sha256(mail.text.encode()).hexdigest()[:32]}@sluse.example.org>",
        sender=mail.sender_address or address,
        recipient=address,
        subject=person.masked(mail.subject),
        text=person.masked(mail.text),
        attachments=tuple(files),
        headers=(("Date", format_datetime(at)),),
    )


def mask(
    session: Session,
    enquiry_ids: Collection[int],
    raws: dict[int, bytes],
    person: PersonSearch,
    *,
    by: Actor,
    now: datetime,
    erasure: int,
) -> None:
    """Remove the person from mails that stay. From every column and from the bytes as they came."""
    for raw_id, content in raws.items():
        kept = {"content": content, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        session.execute(update(RawMail).where(RawMail.id == raw_id).values(**kept))
        session.execute(update(Enquiry).where(Enquiry.raw_mail_id == raw_id).values(html=None))
    for enquiry_id in enquiry_ids:
        for row in _rows(session, enquiry_id):
            _mask_row(row, person)
        mail_words.forget(session, enquiry_id)
        session.get_one(Enquiry, enquiry_id).version += 1
        events.record(session, PersonMasked(erasure=erasure), by=by, now=now, enquiry_id=enquiry_id)
    session.flush()


def _rows(session: Session, enquiry_id: int) -> Iterator[Any]:
    """Every row about an enquiry that holds people's words."""
    for whose, columns in COLUMNS.values():
        yield from session.scalars(select(columns[0].class_).where(whose == enquiry_id))


def _mask_row(row: Any, person: PersonSearch) -> None:
    for _, columns in COLUMNS.values():
        for column in columns:
            if isinstance(row, column.class_) and (text := getattr(row, column.key)):
                setattr(row, column.key, person.masked(text))
