"""The letter that acknowledges a mail to the citizen.

It is written down, sent as it stands there, and filed. It runs beside the journaling, never before it.
"""

from dbos import DBOS
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import ROBOT
from app.domain.events.casework import AcknowledgementSent
from app.domain.notices import Letter
from app.models.case import Acknowledgement, Forward
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.casework import acknowledging
from app.services.platform import events
from app.services.platform.sending import Slip
from app.workflow import engine, letters
from app.workflow.journal import file_document
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
from connectors.records.system import Direction


@DBOS.workflow(name="acknowledge", max_recovery_attempts=RECOVERIES)
def acknowledge(enquiry_id: int, routing_no: int) -> str:
    """Acknowledge the mail to the citizen, with its case."""
    return run(enquiry_id, routing_no, write_acknowledgement, send_acknowledgement, file_acknowledgement)


@step("write_acknowledgement")
def write_acknowledgement(enquiry_id: int, routing_no: int) -> None:
    found = task(enquiry_id, routing_no)
    secret = engine.container().settings.secret_key
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        if not acknowledging.write(session, enquiry, found.unit, found.case_number, secret=secret, now=now()):
            raise Overtaken


@step("send_acknowledgement")
def send_acknowledgement(enquiry_id: int, routing_no: int) -> None:
    found, letter = _written(enquiry_id, routing_no)

    def tell(session: Session, row: Acknowledgement) -> None:
        sent = AcknowledgementSent(case=found.case_number, message_id=letter.message_id)
        events.record(session, sent, by=ROBOT, now=now(), enquiry_id=enquiry_id)

    outgoing, slip = (
        letters.acknowledgement(letter, found.enquiry),
        Slip(Acknowledgement, letter.case_id, Letter.ACKNOWLEDGEMENT),
    )
    if not reach_citizen(outgoing, enquiry_id, "acknowledgement", slip, tell):
        raise Overtaken


@step("file_acknowledgement")
def file_acknowledgement(enquiry_id: int, routing_no: int) -> None:
    found, letter = _written(enquiry_id, routing_no)
    content = compose(letters.acknowledgement(letter, found.enquiry))
    file_document(
        found, "acknowledgement", "Kvittering til borgeren", "kvittering.eml", content, Direction.SENT, letter.at
    )


def _written(enquiry_id: int, routing_no: int) -> tuple[Task, Acknowledgement]:
    """Return the letter. Once begun it comes to its end, wherever the enquiry stands by now.

    Raises:
        Held: the robot, or the unit the mail went to, is stopped.
    """
    with transaction() as session:
        enquiry = session.get_one(Enquiry, enquiry_id)
        letter = session.get_one(Acknowledgement, enquiry.case_id)
        unit = _forwarded_to(session, enquiry_id, routing_no)
        assert enquiry.case is not None
        acknowledging.renew(session, letter, enquiry, unit, enquiry.case.number, now=now())
        stopped = put_down(session, enquiry_id, unit)
        found = Task(enquiry, unit, enquiry.case, routing_no, enquiry.id)
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    return found, letter


def _forwarded_to(session: Session, enquiry_id: int, routing_no: int) -> Unit:
    sent = select(Unit).join(Forward, Forward.unit_id == Unit.id)
    return session.scalars(sent.where(Forward.enquiry_id == enquiry_id, Forward.routing_no == routing_no)).one()
