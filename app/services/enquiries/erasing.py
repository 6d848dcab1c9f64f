"""Erasure of a person's mails. From our database, and from what the model has learned."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.amendment import AmendmentKind
from app.domain.citizen import CitizenSource
from app.domain.enquiry import State
from app.domain.events.enquiries import EnquiryErased
from app.errors import NotFoundError, RefusedError
from app.models import search_index, words
from app.models.authority import Referral
from app.models.case import Acknowledgement, CaseDocument, InterimReply, Reply
from app.models.enquiry import Attachment, Enquiry, RawMail
from app.models.exemption import Exemption
from app.models.job import StepFailure
from app.models.label import Label, ModelSnapshot, is_given
from app.models.note import Note
from app.models.prediction import Decision, Prediction
from app.models.sending import SendingAttempt
from app.services.learning import label_overrides
from app.services.platform import events
from app.services.reports import mail_words
from app.services.triage import waves
from connectors.mail import addresses

DONE = frozenset({State.CLOSED, State.SET_ASIDE, State.REFERRED})
"""Nothing is under way for these any more."""


@dataclass(frozen=True, slots=True)
class FoundMails:
    """One enquiry of the person."""

    id: int
    received_at: datetime
    subject: str
    state: State
    journaled: bool
    """The copy in the records system stays under the records system's own law."""
    imported: bool

    @property
    def done(self) -> bool:
        return self.imported or self.state in DONE


def find(session: Session, address: str) -> list[FoundMails]:
    """Find every enquiry of this address, oldest first. As citizen or as writer.

    Mails that a web form wrote are the citizen's alone: the form's own address finds none of them.
    """
    whole = addresses.typed(address) or address.strip()
    key = addresses.key(whole)
    if not key:
        return []
    wrote = func.lower(Enquiry.sender_address).in_({key, whole.lower()}) & Enquiry.citizen_source.is_distinct_from(
        CitizenSource.FORM
    )
    return listed(session, or_(Enquiry.citizen_key == key, wrote))


def listed(session: Session, which: ColumnElement[bool]) -> list[FoundMails]:
    """List enquiries for an erasure, oldest first."""
    query = select(
        Enquiry.id, Enquiry.received_at, Enquiry.subject, Enquiry.state, Enquiry.case_id, Enquiry.imported
    ).where(which)
    found = [
        FoundMails(number, at, subject, state, case is not None, imported)
        for number, at, subject, state, case, imported in session.execute(query.order_by(Enquiry.id))
    ]
    words.note(each.id for each in found)
    return found


def erase(session: Session, address: str, *, by: Actor, now: datetime) -> int:
    """Erase all mails from this address; returns how many. The learner unlearns them at its next turn.

    Raises:
        NotFoundError: there is none.
        RefusedError: one of them is still to be answered.
    """
    found = find(session, address)
    if not found:
        raise NotFoundError
    if waiting := [each.id for each in found if not each.done]:
        raise RefusedError("erase_open", enquiries=waiting)
    ids = [each.id for each in found]
    erase_mails(session, ids, address, by=by, now=now, erased=EnquiryErased())
    return len(ids)


def erase_mails(
    session: Session, enquiry_ids: list[int], address: str, *, by: Actor, now: datetime, erased: EnquiryErased
) -> None:
    """Erase these mails, and what is kept of an address besides; `erased` is recorded of each."""
    _unlearn(session, enquiry_ids, by, now)
    for enquiry_id in enquiry_ids:
        _blank(session, enquiry_id)
        events.record(session, erased, by=by, now=now, enquiry_id=enquiry_id)
    if key := addresses.key(addresses.typed(address) or address):
        letters = update(Acknowledgement).where(Acknowledgement.recipient == key)
        session.execute(letters.values(recipient="", subject="", text=""))
        session.execute(update(SendingAttempt).where(SendingAttempt.recipient == key).values(recipient=""))
        session.execute(delete(Exemption).where(Exemption.sender_address == key))
    search_index.forget(session)
    session.expire_all()


def count(session: Session, enquiry_ids: list[int]) -> dict[str, int]:
    """Count what these mails would erase, by kind."""
    kinds: dict[str, Any] = {
        "attachments": Attachment.enquiry_id,
        "notes": Note.enquiry_id,
        "replies": Reply.enquiry_id,
        "letters": Acknowledgement.enquiry_id,
        "interim": InterimReply.enquiry_id,
        "referrals": Referral.enquiry_id,
    }
    counts = {
        name: session.scalar(select(func.count()).where(column.in_(enquiry_ids))) or 0 for name, column in kinds.items()
    }
    labels = select(func.count(Label.id)).where(Label.enquiry_id.in_(enquiry_ids), is_given())
    return {"enquiries": len(enquiry_ids), **counts, "labels": session.scalar(labels) or 0}


def _unlearn(session: Session, enquiry_ids: list[int], by: Actor, now: datetime) -> None:
    """No label of theirs counts any more, and no kept model has seen one."""
    labels = [
        label
        for enquiry_id in enquiry_ids
        for label in session.scalars(select(Label.id).where(Label.enquiry_id == enquiry_id, is_given()))
    ]
    if labels:
        made = label_overrides.apply(
            session, AmendmentKind.ERASED, dict.fromkeys(labels, None), note="", by=by, now=now
        )
        session.execute(delete(ModelSnapshot).where(ModelSnapshot.position >= made.first_position))


def _blank(session: Session, enquiry_id: int) -> None:
    """Empty every column with a person's words or identity. The rows stay, as tombstones."""
    raw_id = session.scalars(select(Enquiry.raw_mail_id).where(Enquiry.id == enquiry_id)).one()
    answers = session.scalars(select(Reply.raw_mail_id).where(Reply.enquiry_id == enquiry_id)).all()
    session.execute(update(RawMail).where(RawMail.id.in_([raw_id, *answers])).values(content=b"", sha256="", size=0))
    # A history's mails are known by the names of their files, which people give after people. A mailbox's keys are the mail
    # system's own, and stay: by them a mail that still lies there is not taken in again.
    named = update(RawMail).where(RawMail.id == raw_id, RawMail.folder == "history")
    session.execute(named.values(key=f"erased-{raw_id}"))
    nobody: dict[str, Any] = {
        "subject": "",
        "text": "",
        "html": None,
        "sender_name": "",
        "sender_address": "",
        "message_id": None,
        "citizen_name": "",
        "citizen_address": "",
        "citizen_key": "",
        "citizen_candidates": [],
        "in_reply_to": None,
        "fingerprint": None,
        "version": Enquiry.version + 1,
    }
    session.execute(update(Enquiry).where(Enquiry.id == enquiry_id).values(**nobody))
    session.execute(update(Attachment).where(Attachment.enquiry_id == enquiry_id).values(filename=""))
    session.execute(update(CaseDocument).where(CaseDocument.enquiry_id == enquiry_id).values(title=""))
    session.execute(delete(Note).where(Note.enquiry_id == enquiry_id))
    session.execute(update(Reply).where(Reply.enquiry_id == enquiry_id).values(message_id=None))
    session.execute(update(InterimReply).where(InterimReply.enquiry_id == enquiry_id).values(text=""))
    session.execute(delete(StepFailure).where(StepFailure.enquiry_id == enquiry_id))
    waves.forget(session, [enquiry_id])
    mail_words.forget(session, enquiry_id)
    session.execute(update(Referral).where(Referral.enquiry_id == enquiry_id).values(text=""))
    letters = update(Acknowledgement).where(Acknowledgement.enquiry_id == enquiry_id)
    session.execute(letters.values(recipient="", subject="", text=""))
    session.execute(update(SendingAttempt).where(SendingAttempt.enquiry_id == enquiry_id).values(recipient=""))
    said: list[Prediction | Decision] = [
        *session.scalars(select(Prediction).where(Prediction.enquiry_id == enquiry_id)),
        *session.scalars(select(Decision).where(Decision.enquiry_id == enquiry_id)),
    ]
    for row in said:
        row.ranking = [suggestion | {"words": []} for suggestion in row.ranking]
        row.outside = [suggestion | {"words": []} for suggestion in row.outside]
    session.flush()
