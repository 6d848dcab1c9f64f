"""Work after the unit's answer. The answer is journaled byte for byte, the deadline met, the case closed."""

from dbos import DBOS
from sqlalchemy import select

from app.domain import deadlines, journaling
from app.domain.actor import ROBOT
from app.domain.deadline_status import in_time
from app.domain.enquiry import OPEN, State, follow
from app.domain.events.casework import CaseClosed, DeadlineMet, EnquiryClosed
from app.models.case import Case, Deadline, Reply
from app.models.enquiry import Enquiry, RawMail
from app.services.platform import events
from app.workflow import engine
from app.workflow.journal import file_document
from app.workflow.steps import RECOVERIES, Overtaken, now, run, step, task, transaction
from connectors.records.system import Direction


@DBOS.workflow(name="reply", max_recovery_attempts=RECOVERIES)
def reply(enquiry_id: int, routing_no: int) -> str:
    """Journal the answer to an enquiry and close it."""
    return run(enquiry_id, routing_no, file_reply, meet_deadline, close_case, close_enquiry)


@DBOS.workflow(name="dismiss", max_recovery_attempts=RECOVERIES)
def dismiss(enquiry_id: int, routing_no: int) -> str:
    """Close the case of a mail that is not ours. That turned out after it had been given one."""
    return run(enquiry_id, routing_no, dismiss_case)


@step("file_reply")
def file_reply(enquiry_id: int, routing_no: int) -> None:
    found = task(enquiry_id, routing_no, State.ANSWERED)
    with transaction() as session:
        query = select(RawMail.id, RawMail.content, Reply.sent_at).join(Reply, Reply.raw_mail_id == RawMail.id)
        latest = query.where(Reply.enquiry_id == enquiry_id).order_by(Reply.sent_at.desc(), RawMail.id.desc())
        raw_id, content, sent_at = session.execute(latest.limit(1)).first() or (
            0,
            b"",
            now(),
        )
    file_document(
        found, journaling.reply_key(raw_id), "Svar til borgeren", "svar.eml", content, Direction.SENT, sent_at
    )


@step("meet_deadline")
def meet_deadline(enquiry_id: int, routing_no: int) -> None:
    found = task(enquiry_id, routing_no, State.ANSWERED)
    assert found.enquiry.answered_at is not None
    day = deadlines.local_day(found.enquiry.answered_at)
    engine.container().deadlines.complete(journaling.deadline_key(enquiry_id), day)
    with transaction() as session:
        row = session.get(Deadline, enquiry_id)
        if row is not None and row.met_on is None:
            row.met_on = day
            events.record(
                session,
                DeadlineMet(in_time=in_time(row.due_on, day), feedback_in_time=_feedback_in_time(found.enquiry)),
                by=ROBOT,
                now=now(),
                enquiry_id=enquiry_id,
            )


def _feedback_in_time(enquiry: Enquiry) -> bool | None:
    """Tell whether the citizen heard from us in time. None where no day was set for it."""
    if enquiry.feedback_due_on is None or enquiry.feedback_at is None:
        return None
    return in_time(enquiry.feedback_due_on, deadlines.local_day(enquiry.feedback_at))


@step("close_case")
def close_case(enquiry_id: int, routing_no: int) -> None:
    """Close the case when no mail in it waits. Any other mail of the case may still need an answer."""
    found = task(enquiry_id, routing_no, State.ANSWERED)
    assert found.case is not None
    with transaction() as session:
        others = select(Enquiry.id).where(
            Enquiry.case_id == found.case.id, Enquiry.id != enquiry_id, Enquiry.state.in_(OPEN)
        )
        if session.scalar(others) is not None:
            return
    shut(found.case.id, found.case.number, enquiry_id)


def shut(case_id: int, number: str, enquiry_id: int) -> None:
    """Close a case; once."""
    engine.container().records.close_case(number, deadlines.local_day(now()))
    with transaction() as session:
        case = session.get_one(Case, case_id)
        if case.closed_at is None:
            case.closed_at = now()
            events.record(session, CaseClosed(case=number), by=ROBOT, now=now(), enquiry_id=enquiry_id)


@step("close_enquiry")
def close_enquiry(enquiry_id: int, routing_no: int) -> None:
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if enquiry.state is State.CLOSED:
            return
        if enquiry.state is not State.ANSWERED:
            raise Overtaken  # the answer did not arrive
        enquiry.state = follow(enquiry.state, State.CLOSED)
        enquiry.closed_at = now()
        events.record(session, EnquiryClosed(), by=ROBOT, now=now(), enquiry_id=enquiry_id)


@step("dismiss_case")
def dismiss_case(enquiry_id: int, routing_no: int) -> None:
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if enquiry.state not in (State.SET_ASIDE, State.REFERRED) or enquiry.case is None:
            raise Overtaken
        case_id, number = enquiry.case.id, enquiry.case.number
        registered = session.get(Deadline, enquiry_id) is not None
    if registered:
        engine.container().deadlines.complete(journaling.deadline_key(enquiry_id), deadlines.local_day(now()))
    shut(case_id, number, enquiry_id)
