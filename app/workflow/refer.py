"""Referral of a mail that is not ours.

It is sent on to its authority, the citizen is told, both are journaled, and the case closed.

Beginning is the last moment at which undo is heard. From then on everything comes to its end, once.
"""

from dataclasses import dataclass

from dbos import DBOS
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import deadlines, journaling
from app.domain.actor import ROBOT
from app.domain.enquiry import OPEN, State
from app.domain.events.casework import CitizenToldNotOurs, MailSentOn
from app.domain.notices import Letter
from app.models.authority import Referral
from app.models.case import Case, Deadline
from app.models.enquiry import Enquiry
from app.services.platform import events, parts
from app.services.platform.sending import Slip
from app.services.triage import referring
from app.workflow import engine, letters
from app.workflow.journal import file_document, file_received, new_case
from app.workflow.reply import shut
from app.workflow.steps import (
    RECOVERIES,
    Held,
    Overtaken,
    mail_of,
    now,
    put_down,
    reach_citizen,
    run,
    send_once,
    step,
    thread_root_id,
    transaction,
)
from connectors.mail.compose import compose
from connectors.mail.message import Outgoing
from connectors.records.system import Direction


@DBOS.workflow(name="refer", max_recovery_attempts=RECOVERIES)
def refer(enquiry_id: int, referral_id: int) -> str:
    """Carry out one referral."""
    return run(
        enquiry_id,
        referral_id,
        begin_referral,
        open_referral_case,
        send_on,
        tell_citizen,
        file_referral,
        end_referral,
    )


@dataclass(frozen=True, slots=True)
class Referred:
    """A referral with its enquiry, read once."""

    row: Referral
    enquiry: Enquiry
    case: Case | None
    thread_root_id: int
    mailbox: str

    @property
    def case_number(self) -> str:
        assert self.case is not None
        return self.case.number


@step("begin_referral")
def begin_referral(enquiry_id: int, referral_id: int) -> None:
    """Mark a referral as begun, if still wanted. Both happen in one transaction."""
    _found(referral_id)
    with transaction() as session:
        row = session.get_one(Referral, referral_id)
        if row.begun_at is None:
            _refuse_if_unwanted(session, row)
            row.begun_at = now()


@step("open_referral_case")
def open_referral_case(enquiry_id: int, referral_id: int) -> None:
    """Open the case of what is sent on.

    In the thread's case, or in one of its own: such a mail is journaled like anything else.
    """
    found = _found(referral_id)
    if not found.row.leaves:
        return
    if found.case is None:
        new_case(found.enquiry, found.thread_root_id, found.mailbox, "")
    file_received(_found(referral_id))


@step("send_on")
def send_on(enquiry_id: int, referral_id: int) -> None:
    """Send the mail to the authority."""
    found = _found(referral_id)
    authority = found.row.authority
    if authority is None:
        return
    letter = _sent_on(found)

    def tell(session: Session, row: Referral) -> None:
        sent = MailSentOn(authority=authority.name, to=row.address, message_id=letter.message_id)
        events.record(session, sent, by=ROBOT, now=now(), enquiry_id=enquiry_id)

    send_once(letter, Slip(Referral, referral_id, Letter.SENT_ON, "forwarded_at"), tell)


@step("tell_citizen")
def tell_citizen(enquiry_id: int, referral_id: int) -> None:
    """Send the citizen the letter the visitator approved."""
    found = _found(referral_id)
    if not found.row.text:
        return
    letter = _letter(found)

    def tell(session: Session, row: Referral) -> None:
        sent = CitizenToldNotOurs(message_id=letter.message_id)
        events.record(session, sent, by=ROBOT, now=now(), enquiry_id=enquiry_id)

    reach_citizen(letter, enquiry_id, "referral", Slip(Referral, referral_id, Letter.NOT_OURS, "notified_at"), tell)


@step("file_referral")
def file_referral(enquiry_id: int, referral_id: int) -> None:
    """File both letters as documents of the case."""
    found = _found(referral_id)
    row, key = found.row, f"referral:{referral_id}"
    if row.authority is not None:
        title = f"Videresendt til {row.authority.name}"
        file_document(found, key, title, "videresendt.eml", compose(_sent_on(found)), Direction.SENT, row.at)
    if row.notified_at is not None:
        content = compose(_letter(found))
        file_document(found, f"{key}:told", "Besked til borgeren", "besked.eml", content, Direction.SENT, row.at)


@step("end_referral")
def end_referral(enquiry_id: int, referral_id: int) -> None:
    """Close the case and its deadline. Unless something else in it is still under way."""
    found = _found(referral_id)
    with transaction() as session:
        row = session.get_one(Referral, referral_id)
        row.ended_at = row.ended_at or now()
        session.flush()
        registered = session.get(Deadline, enquiry_id) is not None
        last = found.case is not None and not _under_way(session, found.case)
    if registered:
        engine.container().deadlines.complete(journaling.deadline_key(enquiry_id), deadlines.local_day(now()))
    if last and found.case is not None:
        shut(found.case.id, found.case.number, enquiry_id)


def _under_way(session: Session, case: Case) -> bool:
    unended = select(Referral.id).where(
        Referral.enquiry_id == Enquiry.id, Referral.ended_at.is_(None), Referral.withdrawn_at.is_(None)
    )
    query = select(Enquiry.id).where(Enquiry.case_id == case.id, Enquiry.state.in_(OPEN) | unended.exists())
    return session.scalar(query.limit(1)) is not None


def _sent_on(found: Referred) -> Outgoing:
    assert found.row.authority is not None
    secret, mail = engine.container().settings.secret_key, mail_of(found.enquiry)
    return letters.sent_on(
        found.row, found.row.authority, found.enquiry, found.case_number, found.mailbox, mail, secret
    )


def _letter(found: Referred) -> Outgoing:
    return letters.not_ours(found.row, found.enquiry, found.case_number, engine.container().settings.secret_key)


def _found(referral_id: int) -> Referred:
    """Return the referral. Once begun it comes to its end; before that it must still be wanted.

    Raises:
        Overtaken: it was withdrawn before it began.
        Held: the robot is stopped.
    """
    with transaction() as session:
        row = session.get_one(Referral, referral_id)
        enquiry = session.get_one(Enquiry, row.enquiry_id)
        if row.begun_at is None:
            _refuse_if_unwanted(session, row)
        stopped = put_down(session, enquiry.id, None)
        mailbox = referring.mailbox_name(session, enquiry)
        found = Referred(row, enquiry, enquiry.case, thread_root_id(session, enquiry), mailbox)
        parts.load(enquiry)
        _ = row.authority
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    return found


def _refuse_if_unwanted(session: Session, row: Referral) -> None:
    enquiry = session.get_one(Enquiry, row.enquiry_id)
    if row.withdrawn_at is not None or enquiry.state is not State.REFERRED:
        raise Overtaken
