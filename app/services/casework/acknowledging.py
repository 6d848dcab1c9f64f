"""Acknowledgements to the citizen that the mail has come.

They go out once a case, never to a robot, and to nobody too often.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain import deadlines, journaling, repeatable, sentences, templates
from app.domain.actor import ROBOT, Actor
from app.domain.citizen import TYPED
from app.domain.events.casework import AcknowledgementWithheld
from app.domain.events.organisation import MailboxChanged
from app.domain.templates import TemplateKind
from app.errors import NotFoundError
from app.models.case import Acknowledgement
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox, Unit
from app.services.casework import reply_templates, titles
from app.services.inbound import citizens
from app.services.organisation import authorities
from app.services.platform import events
from app.services.platform.robot import Robot
from connectors.mail import addresses

MOST = 2
"""Letters to one sender within `PERIOD`, one a case: two robots that answer each other come to rest."""
PERIOD = timedelta(days=1)


def switch(session: Session, mailbox_id: int, *, on: bool, by: Actor, now: datetime) -> Mailbox:
    """Let a mailbox acknowledge what comes in, or not."""
    mailbox = session.get(Mailbox, mailbox_id)
    if mailbox is None:
        raise NotFoundError
    if mailbox.acknowledge != on:
        mailbox.acknowledge = on
        events.record(
            session,
            MailboxChanged(
                mailbox_id=mailbox.id, before={"acknowledge": not on}, after={"name": mailbox.name, "acknowledge": on}
            ),
            by=by,
            now=now,
        )
    return mailbox


def ask(session: Session, robot: Robot, enquiry: Enquiry, *, now: datetime) -> None:
    """Order the letter where one is due. Called when the mail has left for its unit: then nothing can be undone."""
    if not wanted(session, enquiry):
        return
    if often(session, enquiry.citizen_address, now=now):
        events.record(session, AcknowledgementWithheld(most=MOST), by=ROBOT, now=now, enquiry_id=enquiry.id)
    else:
        robot.enqueue(session, "acknowledge", enquiry.id, enquiry.routing_no)


def wanted(session: Session, enquiry: Enquiry) -> bool:
    """Tell whether the citizen is still to be acknowledged."""
    if (
        not enquiry.may_acknowledge
        or not citizens.gets_receipts(enquiry)
        or enquiry.imported
        or enquiry.quarantine is not None
    ):
        return False
    if enquiry.words_missing is not None:  # nobody knows yet what would be acknowledged
        return False
    if enquiry.follow_up_of_id is not None or enquiry.case_id is None:
        return False
    mailbox = session.scalars(select(Mailbox).where(Mailbox.address == enquiry.mailbox)).first()
    if mailbox is None or not mailbox.acknowledge or authorities.ours(session, enquiry.citizen_address):
        return False
    if enquiry.part and _acknowledged_for_another_part(session, enquiry):
        return False
    written = session.get(Acknowledgement, enquiry.case_id)
    return written is None or written.sent_at is None


def _acknowledged_for_another_part(session: Session, enquiry: Enquiry) -> bool:
    """Tell whether another part's case was acknowledged.

    A mail that was split is acknowledged once, with the case that was forwarded first.
    """
    query = (
        select(Acknowledgement.case_id)
        .join(Enquiry, Enquiry.id == Acknowledgement.enquiry_id)
        .where(Enquiry.raw_mail_id == enquiry.raw_mail_id, Acknowledgement.case_id != enquiry.case_id)
    )
    return session.scalar(query.limit(1)) is not None


def often(session: Session, recipient: str, *, now: datetime) -> bool:
    """Tell whether somebody has been written to too often. For a while they get no more letters.

    Under whichever tag they write: a robot may have a new one for each mail.
    """
    name, domain = addresses.untagged(recipient)
    plain, tagged = (
        Acknowledgement.recipient == f"{name}@{domain}",
        Acknowledgement.recipient.startswith(f"{name}+", autoescape=True),
    )
    theirs = plain | (tagged & Acknowledgement.recipient.endswith(f"@{domain}", autoescape=True))
    query = select(func.count()).where(theirs, Acknowledgement.at > now - PERIOD)
    return (session.scalar(query) or 0) >= MOST


def write(session: Session, enquiry: Enquiry, unit: Unit, case_number: str, *, secret: str, now: datetime) -> bool:
    """Write the letter down, as it will be sent. False where none is due, or it has been sent already.

    The subject and the text carry no identities: the citizen may have put some there, and mail is an open card.
    """
    assert enquiry.case_id is not None
    if not wanted(session, enquiry):
        return False
    if session.get(Acknowledgement, enquiry.case_id) is not None:
        return True
    if often(session, enquiry.citizen_address, now=now):
        return False
    letter = Acknowledgement(
        case_id=enquiry.case_id,
        enquiry_id=enquiry.id,
        message_id=journaling.message_id(f"acknowledgement:{enquiry.case_id}", secret),
        recipient=enquiry.citizen_key,
        subject=journaling.tagged_subject(_subject(enquiry), case_number, "Kvittering:"),
        text=_text(session, enquiry, unit, case_number, now=now),
        at=now,
    )
    session.add(letter)
    session.flush()
    return True


def renew(
    session: Session, letter: Acknowledgement, enquiry: Enquiry, unit: Unit, number: str, *, now: datetime
) -> None:
    """Rewrite an unsent letter from an earlier day. The day it names is to lie ahead still."""
    if letter.sent_at is None and deadlines.local_day(letter.at) != deadlines.local_day(now):
        letter.text, letter.at = _text(session, enquiry, unit, number, now=now), now


def _text(session: Session, enquiry: Enquiry, unit: Unit, case_number: str, *, now: datetime) -> str:
    mailbox = session.scalars(select(Mailbox.name).where(Mailbox.address == enquiry.mailbox)).first()
    template = reply_templates.text_for(session, TemplateKind.ACKNOWLEDGEMENT, unit.id, enquiry.subject, enquiry.text)
    if enquiry.part:
        template = sentences.after(template, "sagsnummer", templates.SEVERAL)
    values = reply_templates.values(enquiry, unit, case_number, leaves_on=deadlines.local_day(now))
    values |= {"postkasse": mailbox or enquiry.mailbox, "emne": _subject(enquiry)}
    return templates.fill(
        template, values | ({"afsender": repeatable.CITIZEN} if enquiry.citizen_source in TYPED else {})
    )


def _subject(enquiry: Enquiry) -> str:
    """Return the subject that the letter may repeat.

    Text that another than the reader may have written is not sent on to them (decision 0031).
    """
    return repeatable.ENQUIRY if enquiry.citizen_source in TYPED else titles.repeated(enquiry)
