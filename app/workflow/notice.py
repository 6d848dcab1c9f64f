"""Notices to a unit that must not wait. A letter did not arrive, or an answer came to us."""

from dbos import DBOS
from sqlalchemy.orm import Session

from app.domain.actor import ROBOT
from app.domain.events.casework import UnitNotified
from app.domain.notices import Letter, Notice
from app.models.case import UnitNotice
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.platform import events
from app.services.platform.sending import Slip
from app.workflow import engine, letters
from app.workflow.steps import RECOVERIES, Held, now, put_down, run, send_once, step, transaction


@DBOS.workflow(name="notice", max_recovery_attempts=RECOVERIES)
def notice(enquiry_id: int, notice_id: int) -> str:
    """Send one notice, once."""
    return run(enquiry_id, notice_id, send_notice)


@step("send_notice")
def send_notice(enquiry_id: int, notice_id: int) -> None:
    with transaction() as session:
        row, enquiry = session.get_one(UnitNotice, notice_id), session.get_one(Enquiry, enquiry_id)
        unit = session.get_one(Unit, row.unit_id)
        stopped, case = put_down(session, enquiry_id, unit), enquiry.case
        session.flush()
        session.expunge_all()
    if stopped:
        raise Held
    assert case is not None

    letter = letters.notice(row, enquiry, unit, case.number, engine.container().settings)

    def tell(session: Session, row: UnitNotice) -> None:
        sent = UnitNotified(unit_id=unit.id, notice=Notice(row.kind), to=unit.address, message_id=letter.message_id)
        events.record(session, sent, by=ROBOT, now=now(), enquiry_id=enquiry_id)

    send_once(letter, Slip(UnitNotice, notice_id, Letter.NOTICE), tell)
