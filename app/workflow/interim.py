"""The interim reply, and clocks changed by a human.

The reply is sent from the unit's mailbox and filed, and stops the feedback clock.
"""

from dbos import DBOS
from sqlalchemy.orm import Session

from app.domain import deadlines, journaling
from app.domain.actor import ROBOT
from app.domain.events.casework import InterimSent, InterimWithheld
from app.domain.notices import Letter
from app.models.case import InterimReply
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.casework import enquiry_deadlines
from app.services.platform import events, sending_attempts
from app.services.platform.sending import Slip
from app.workflow import engine, letters
from app.workflow.journal import amend, file_document
from app.workflow.steps import (
    RECOVERIES,
    Held,
    Overtaken,
    Task,
    now,
    put_down,
    reach_citizen,
    run,
    step,
    task,
    transaction,
)
from connectors.mail.compose import compose
from connectors.mail.message import Outgoing
from connectors.records.system import Direction


@DBOS.workflow(name="interim", max_recovery_attempts=RECOVERIES)
def interim(enquiry_id: int, routing_no: int) -> str:
    """Tell the citizen who handles the matter."""
    return run(enquiry_id, routing_no, send_interim, file_interim, note_feedback)


@DBOS.workflow(name="clocks", max_recovery_attempts=RECOVERIES)
def clocks(enquiry_id: int, routing_no: int) -> str:
    """Update the register with a chosen type of deadline. A human chose it."""
    return run(enquiry_id, routing_no, amend_deadline)


@step("send_interim")
def send_interim(enquiry_id: int, routing_no: int) -> None:
    """Send the letter; from here on the feedback clock stands."""
    _, letter, _ = _letter(enquiry_id, routing_no)

    def tell(session: Session, row: InterimReply) -> None:
        assert row.sent_at is not None
        enquiry_deadlines.feedback_given(session, session.get_one(Enquiry, enquiry_id), row.sent_at)
        sent = InterimSent(caseworker=row.caseworker, message_id=row.message_id)
        events.record(session, sent, by=ROBOT, now=now(), enquiry_id=enquiry_id)

    if not reach_citizen(letter, enquiry_id, "interim", Slip(InterimReply, enquiry_id, Letter.INTERIM), tell):
        with transaction() as session:
            session.delete(
                session.get_one(InterimReply, enquiry_id)
            )  # the deadline runs on, and another may be written
        raise Overtaken


@step("file_interim")
def file_interim(enquiry_id: int, routing_no: int) -> None:
    row, letter, found = _letter(enquiry_id, routing_no)
    title = "Foreløbigt svar til borgeren"
    file_document(
        found, "interim", title, "foreloebigt-svar.eml", compose(letter, automatic=False), Direction.SENT, row.at
    )


@step("note_feedback")
def note_feedback(enquiry_id: int, routing_no: int) -> None:
    row, _, _ = _letter(enquiry_id, routing_no)
    assert row.sent_at is not None
    engine.container().deadlines.feedback(journaling.deadline_key(enquiry_id), deadlines.local_day(row.sent_at))


@step("amend_deadline")
def amend_deadline(enquiry_id: int, routing_no: int) -> None:
    amend(task(enquiry_id, routing_no))


def _letter(enquiry_id: int, routing_no: int) -> tuple[InterimReply, Outgoing, Task]:
    """The letter. Once it is sent, the rest comes to its end, wherever the enquiry stands by then.

    Raises:
        Overtaken: it has not been sent, and the enquiry is with somebody else by now, or the day it promises is over.
        Held: the robot, or the unit, is stopped.
    """
    with transaction() as session:
        row = session.get(InterimReply, enquiry_id)
        if row is None:
            raise Overtaken
        session.expunge(row)
    if row.sent_at is None:
        found = task(enquiry_id, routing_no)
        _check_its_day(row)
        return row, letters.interim(row, found.enquiry, found.unit, found.case_number), found
    with transaction() as session:
        row, enquiry = session.get_one(InterimReply, enquiry_id), session.get_one(Enquiry, enquiry_id)
        unit = session.get_one(Unit, row.unit_id)
        stopped = put_down(session, enquiry_id, unit)
        found = Task(enquiry, unit, enquiry.case, routing_no, enquiry_id)
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    return row, letters.interim(row, enquiry, unit, found.case_number), found


def _check_its_day(row: InterimReply) -> None:
    """Withdraw a letter whose promised day has passed. The letter had to wait; the unit can write another.

    One that may have left already is not withdrawn any more.

    Raises:
        Overtaken: it has been withdrawn.
    """
    if not enquiry_deadlines.promised_in_vain(row.text, deadlines.local_day(now())):
        return
    with transaction() as session:
        if sending_attempts.may_have_left(session, row.message_id):
            return
        session.delete(session.get_one(InterimReply, row.enquiry_id))
        events.record(session, InterimWithheld(), by=ROBOT, now=now(), enquiry_id=row.enquiry_id)
    raise Overtaken
