"""What a mail has to do with earlier ones: its thread, its twin, and what it only resembles."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.domain import recognition
from app.domain.enquiry import State
from app.domain.recognition import SetAside
from app.models.case import Case, Forward
from app.models.enquiry import Enquiry
from connectors.mail.message import ParsedMail

LOOK_BACK = timedelta(days=14)
CANDIDATES = 40
COMPARED = 5_000
"""Characters of each text that are compared."""


def twin(session: Session, enquiry: Enquiry) -> Enquiry | None:
    """The enquiry that this mail is another copy of: sent to several mailboxes, or delivered twice."""
    query = select(Enquiry).where(
        Enquiry.fingerprint == enquiry.fingerprint,
        Enquiry.message_id.is_not_distinct_from(enquiry.message_id),
        Enquiry.id != enquiry.id,
        Enquiry.reason.is_distinct_from(SetAside.TWIN),
        Enquiry.received_at >= enquiry.received_at - recognition.TWIN_DAYS,
        ~Enquiry.imported,
    )
    return session.scalars(query.order_by(Enquiry.id).limit(1)).first()


def leader(session: Session, enquiry: Enquiry, mail: ParsedMail) -> Enquiry | None:
    """The enquiry that this mail goes on with: by the mails it answers, else by our case number in its subject.

    Anybody can guess a case number, so it counts only from the one who wrote the first mail.
    """
    ids = recognition.thread(mail.in_reply_to, mail.references)
    alive = Enquiry.state.not_in((State.SET_ASIDE, State.REFERRED)) & ~Enquiry.imported & (Enquiry.id < enquiry.id)
    answered = select(Enquiry).where(alive, Enquiry.message_id.in_(ids))
    forwarded = (
        select(Enquiry).join(Forward, Forward.enquiry_id == Enquiry.id).where(alive, Forward.message_id.in_(ids))
    )
    number = recognition.case_number(mail.subject)
    in_case = select(Enquiry).join(Case, Case.id == Enquiry.case_id).where(alive, Case.number == number)
    in_case = in_case.where(Enquiry.sender_address == mail.sender_address)
    for query in (answered, forwarded, in_case) if number else (answered, forwarded):
        if found := session.scalars(query.order_by(Enquiry.id.desc()).limit(1)).first():
            return found
    return None


def resembling(session: Session, enquiry: Enquiry) -> Enquiry | None:
    """The open enquiry of the same sender, or with the same subject, whose text is most like this one's."""
    alike = Enquiry.subject == enquiry.subject
    if enquiry.sender_address:
        alike = alike | (Enquiry.sender_address == enquiry.sender_address)
    query = (
        select(Enquiry)
        .where(alike, Enquiry.state.in_((State.TRIAGE, State.ROUTED)), Enquiry.id != enquiry.id)
        .where(Enquiry.received_at >= enquiry.received_at - LOOK_BACK, Enquiry.follows_id.is_(None), ~Enquiry.imported)
        .order_by(Enquiry.id.desc())
        .limit(CANDIDATES)
        .options(undefer(Enquiry.text))
    )
    text = enquiry.text[:COMPARED]
    scored = [(recognition.resemblance(text, other.text[:COMPARED]), other) for other in session.scalars(query)]
    best = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] >= recognition.RESEMBLANCE else None
