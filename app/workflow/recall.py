"""The robot's work after a late undo. Tell the unit that the mail is taken back, and open a closed case again."""

from dbos import DBOS
from sqlalchemy.orm import Session

from app.domain import journaling
from app.domain.actor import ROBOT
from app.domain.enquiry import State
from app.domain.events.casework import CaseReopened, RecallSent
from app.domain.notices import Letter
from app.models.case import Case, Deadline, Recall
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.platform import events
from app.services.platform.sending import Slip
from app.workflow import engine, letters
from app.workflow.journal import file_document
from app.workflow.steps import RECOVERIES, Held, Overtaken, Task, now, put_down, run, send_once, step, transaction
from connectors.mail.compose import compose
from connectors.mail.message import Outgoing
from connectors.records.system import Direction


@DBOS.workflow(name="recall", max_recovery_attempts=RECOVERIES)
def recall(enquiry_id: int, routing_no: int) -> str:
    """Recall a mail from the unit of a route. Wherever the mail stands by now, the unit has it."""
    return run(enquiry_id, routing_no, send_recall, file_recall)


@DBOS.workflow(name="reopen", max_recovery_attempts=RECOVERIES)
def reopen(enquiry_id: int, routing_no: int) -> str:
    """Reopen the case of a mail that waits again. It had been set aside or referred before."""
    return run(enquiry_id, routing_no, reopen_case, resume_deadline)


@step("send_recall")
def send_recall(enquiry_id: int, routing_no: int) -> None:
    found, _, letter = _letter(enquiry_id, routing_no)

    def tell(session: Session, row: Recall) -> None:
        sent = RecallSent(unit_id=found.unit.id, to=found.unit.address, message_id=letter.message_id)
        events.record(session, sent, by=ROBOT, now=now(), enquiry_id=enquiry_id)

    send_once(letter, Slip(Recall, (enquiry_id, routing_no), Letter.RECALL), tell)


@step("file_recall")
def file_recall(enquiry_id: int, routing_no: int) -> None:
    found, row, letter = _letter(enquiry_id, routing_no)
    title = f"Trukket tilbage fra {found.unit.name}"
    file_document(
        found, f"recall:{routing_no}", title, "trukket-tilbage.eml", compose(letter), Direction.INTERNAL, row.at
    )


def _letter(enquiry_id: int, routing_no: int) -> tuple[Task, Recall, Outgoing]:
    """The note, the same each time.

    Raises:
        Held: the robot, or the unit the mail went to, is stopped.
    """
    with transaction() as session:
        row, enquiry = session.get_one(Recall, (enquiry_id, routing_no)), session.get_one(Enquiry, enquiry_id)
        unit = session.get_one(Unit, row.unit_id)
        stopped = put_down(session, enquiry_id, unit)
        found = Task(enquiry, unit, enquiry.case, routing_no, enquiry_id)
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    return found, row, letters.recall(row, enquiry, unit, found.case_number, engine.container().settings)


@step("reopen_case")
def reopen_case(enquiry_id: int, routing_no: int) -> None:
    """Open the case, where it was closed already. Should it be closed a moment later, the next route opens it."""
    case = _case(enquiry_id)
    if case.closed_at is None:
        return
    engine.container().records.reopen_case(case.number)
    with transaction() as session:
        row = session.get_one(Case, case.id)
        if row.closed_at is not None:
            row.closed_at = None
            events.record(session, CaseReopened(case=row.number), by=ROBOT, now=now(), enquiry_id=enquiry_id)


@step("resume_deadline")
def resume_deadline(enquiry_id: int, routing_no: int) -> None:
    """Resume the deadline with the days it had."""
    _case(enquiry_id)
    with transaction() as session:
        row = session.get(Deadline, enquiry_id)
        runs = row is not None and row.met_on is None
    if runs:
        engine.container().deadlines.reopen(journaling.deadline_key(enquiry_id))


def _case(enquiry_id: int) -> Case:
    """The case of a mail that waits again.

    Raises:
        Overtaken: it has been set aside or referred once more.
        Held: the robot is stopped.
    """
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if enquiry.state not in (State.TRIAGE, State.ROUTED) or enquiry.case is None:
            raise Overtaken
        stopped, case = put_down(session, enquiry_id, enquiry.unit), enquiry.case
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    return case
