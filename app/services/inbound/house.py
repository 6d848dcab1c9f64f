"""Mail of our own units: never a citizen's. An answer that came to us instead of the citizen is told to the unit at once."""

from datetime import datetime

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.domain import automatic, recognition
from app.domain.notices import Notice
from app.models.case import Case, Forward
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox, Unit
from app.services import events
from app.services.inbound import notices
from app.services.robot import Robot
from connectors.mail.address import domain, key, same
from connectors.mail.message import ParsedMail


def answered(session: Session, mail: ParsedMail) -> Enquiry | None:
    """The enquiry that a unit meant to answer with this mail: by the robot's forward, else by the case number.

    What a unit sends on, or writes of its own, is for a human.
    """
    unit = unit_of(session, mail.sender_address)
    if unit is None or not automatic.REPLY.match(mail.subject) or mail.subject.lower().startswith("vs"):
        return None
    ids = recognition.thread(mail.in_reply_to, mail.references)
    forwards = select(Forward.enquiry_id).where(Forward.message_id.in_(ids), Forward.unit_id == unit.id)
    theirs = (Enquiry.unit_id == unit.id) & (
        Enquiry.message_id.in_(ids) | (Case.number == (recognition.case_number(mail.subject) or ""))
    )
    query = select(Enquiry).outerjoin(Case, Case.id == Enquiry.case_id).where(Enquiry.id.in_(forwards) | theirs)
    return session.scalars(query.order_by(Enquiry.id.in_(forwards).desc(), Enquiry.id.desc()).limit(1)).first()


def tell(session: Session, robot: Robot, enquiry: Enquiry, about: Enquiry, mail: ParsedMail, *, now: datetime) -> None:
    """Say on the case that the citizen has got nothing, and tell the unit what to do. A mere copy to us says nothing."""
    if enquiry.citizen_key in {key(each) for each in mail.recipients}:
        return
    unit = unit_of(session, mail.sender_address)
    events.record(
        session, "went_astray", by=events.ROBOT, now=now, enquiry_id=enquiry.id, unit_id=unit.id if unit else None,
        mail=about.id,
    )  # fmt: skip
    notices.order(session, robot, enquiry, Notice.ASTRAY, about, now=now, unit=unit)


def wrote(session: Session, address: str) -> bool:
    """Whether somebody who works here wrote it: a mailbox of ours, or another of the same domain."""
    places = session.scalars(union_all(select(Mailbox.address), select(Unit.address)))
    return bool(address) and domain(address) in {domain(place) for place in places}


def unit_of(session: Session, address: str) -> Unit | None:
    """The unit whose mailbox this is."""
    return next((unit for unit in session.scalars(select(Unit)) if same(unit.address, address)), None)
