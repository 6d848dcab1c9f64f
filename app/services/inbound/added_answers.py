"""Take a unit's answer from a file. A person saw it in a Sent folder that Sluse does not read, and adds it to its enquiry.

It counts as one that was found in the unit's Sent: it is journaled byte for byte, and the case is closed. Whoever adds it
says that it is the answer; what a look at the mail contradicts is refused.
"""

from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import recognition
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events.inbound import AnswerAdded
from app.errors import RefusedError
from app.models.enquiry import Enquiry
from app.services.inbound import answers, replies
from app.services.inbound.recognition import traits_of
from app.services.platform import events, viewing
from app.services.platform.robot import Robot
from connectors.mail.addresses import key
from connectors.mail.message import ParsedMail
from connectors.mail.reading import outlook
from connectors.mail.reading.limits import MailUnreadable
from connectors.mail.reading.parser import MailParser

LARGEST = 25 * 1024 * 1024
"""Bytes of a mail that may be added. Exchange lets no larger one leave unless its limit is raised."""
CLOCKS_APART = timedelta(minutes=5)
"""How much the clock of who wrote may differ from the one of the server that took the citizen's mail."""
OBSTACLES = {
    State.RECEIVED: "in_triage",
    State.TRIAGE: "in_triage",
    State.ANSWERED: "answered_before",
    State.CLOSED: "answered_before",
}


def add(
    engine: Engine, parser: MailParser, robot: Robot, enquiry_id: int, content: bytes, *, by: Actor, now: datetime
) -> None:
    """Count a mail as the unit's answer to an enquiry. It is read before anything is written.

    Raises:
        NotFoundError: there is no such enquiry, or this person may not see it.
        RefusedError: the enquiry waits for no answer, or the mail is none to it; nothing was changed.
    """
    with database.read(engine) as session:
        viewing.find(session, enquiry_id, by=by)
    content, mail = _read(parser, content)
    with database.write(engine) as session:
        enquiry = viewing.find(session, enquiry_id, by=by)
        unit = enquiry.unit
        if unit is not None and replies.is_kept(session, unit.address, content, mail.message_id):
            raise RefusedError("answer_kept")
        _refuse_enquiry(session, enquiry)
        assert unit is not None
        sent_at = min(recognition.claimed_date(content) or now, now)
        _refuse_mail(session, enquiry, mail, sent_at)
        raw = replies.keep_copy(session, unit.address, content, max(sent_at, enquiry.received_at))
        if raw is None:
            raise RefusedError("answer_kept")
        events.record(session, AnswerAdded(sha256=raw.sha256), by=by, now=now, enquiry_id=enquiry.id)
        replies.count(session, robot, raw, mail.message_id, enquiry, unit.id, now=now)


def _read(parser: MailParser, content: bytes) -> tuple[bytes, ParsedMail]:
    """Return a mail's bytes, and what it says. One in Outlook's own form (.msg) is written as an ordinary mail first."""
    if len(content) > LARGEST:
        raise RefusedError("mail_too_large")
    try:
        content = parser.mail_of_outlook(content) if outlook.is_outlook(content) else content
        mail = parser.parse(content)
    except MailUnreadable as error:
        raise RefusedError("not_a_mail") from error
    if not mail.recipients and not mail.sender_address:
        raise RefusedError("not_a_mail")
    return content, mail


def _refuse_enquiry(session: Session, enquiry: Enquiry) -> None:
    """Refuse for an enquiry that waits for no answer of a unit, or whose mail the unit has not got."""
    if enquiry.imported:
        raise RefusedError("enquiry_is_history")
    if enquiry.state is not State.ROUTED:
        raise RefusedError(OBSTACLES.get(enquiry.state, "moved_on"))
    has = select(Enquiry.id).where(Enquiry.id == enquiry.id, answers.delivered())
    if enquiry.case_id is None or session.scalar(has) is None:
        raise RefusedError("no_case_yet")


def _refuse_mail(session: Session, enquiry: Enquiry, mail: ParsedMail, sent_at: datetime) -> None:
    if _of_the_citizen(enquiry, mail):
        raise RefusedError("mail_of_citizen")
    if recognition.by_machine(traits_of(mail)) or replies.is_interim(session, mail):
        raise RefusedError("mail_by_machine")
    if not answers.is_to_citizen(session, enquiry, mail):
        raise RefusedError("answer_not_to_citizen")
    if sent_at < enquiry.received_at - CLOCKS_APART:
        raise RefusedError("mail_before_enquiry")
    if answers.is_of_another(session, enquiry, mail):
        raise RefusedError("answer_of_another")


def _of_the_citizen(enquiry: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether the citizen wrote the mail, or it is the enquiry itself."""
    if mail.message_id is not None and mail.message_id == enquiry.message_id:
        return True
    return key(mail.sender_address) in {enquiry.citizen_key, key(enquiry.sender_address)} - {""}
