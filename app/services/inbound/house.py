"""Mail of our own units: never a citizen's. An answer that came to us instead of the citizen is told to the unit at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from app.database import once
from app.domain import absence_notes, recognition
from app.domain.actor import ROBOT
from app.domain.enquiry import State
from app.domain.events.inbound import AnswerWentAstray
from app.domain.notices import Notice
from app.models.case import Case, Forward
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox, Unit
from app.services.inbound import notices
from app.services.platform import events
from app.services.platform.robot import Robot
from connectors.mail.addresses import domain, key
from connectors.mail.message import ParsedMail


def meant(session: Session, mail: ParsedMail) -> Enquiry | None:
    """Find the enquiry that a unit's mail seems to answer. By the robot's forward, else by the case number.

    A mail that a unit sends on, or writes of its own, answers none.
    """
    unit = _unit_of(session, mail)
    if unit is None or not absence_notes.REPLY.match(mail.subject) or mail.subject.lower().startswith("vs"):
        return None
    ids = recognition.thread(mail.in_reply_to, mail.references)
    forwards = _forwards_to(unit, ids)
    theirs = (Enquiry.unit_id == unit.id) & (
        Enquiry.message_id.in_(ids) | (Case.number == (recognition.case_number(mail.subject) or ""))
    )
    query = select(Enquiry).outerjoin(Case, Case.id == Enquiry.case_id).where(Enquiry.id.in_(forwards) | theirs)
    return session.scalars(query.order_by(Enquiry.id.in_(forwards).desc(), Enquiry.id.desc()).limit(1)).first()


def answered(session: Session, enquiry: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether this is surely a unit's answer. Nobody need read it then.

    Anybody can write a unit's address and count case numbers. The forward's Message-ID only its unit has, while the
    case waits for it; and of a copy the citizen has got the original.
    """
    if _is_copy(enquiry, mail):
        return True
    unit = _unit_of(session, mail)
    if unit is None or enquiry.state is not State.ROUTED:
        return False
    ids = recognition.thread(mail.in_reply_to, mail.references)
    return enquiry.id in session.scalars(_forwards_to(unit, ids)).all()


def tell(session: Session, robot: Robot, enquiry: Enquiry, about: Enquiry, mail: ParsedMail, *, now: datetime) -> None:
    """Note that the citizen got nothing; tell the unit. The note is on the case. A mere copy to us says nothing."""
    if _is_copy(enquiry, mail):
        return
    unit = _unit_of(session, mail)
    events.record(
        session,
        AnswerWentAstray(unit_id=unit.id if unit else None, mail=about.id),
        by=ROBOT,
        now=now,
        enquiry_id=enquiry.id,
    )
    notices.order(session, robot, enquiry, Notice.ASTRAY, about, now=now, unit=unit)


def wrote(session: Session, address: str) -> bool:
    """Tell whether somebody who works here wrote it.

    The address is a mailbox of ours, or another of the same domain.
    """
    return bool(address) and domain(address) in once(session, _our_domains)


def _our_domains(session: Session) -> frozenset[str]:
    places = session.scalars(union_all(select(Mailbox.address), select(Unit.address)))
    return frozenset(domain(place) for place in places)


def _unit_of(session: Session, mail: ParsedMail) -> Unit | None:
    """The unit whose mailbox plainly stands in From."""
    return once(session, _units).get(key(mail.correspondents.sole_author))


def _units(session: Session) -> dict[str, Unit]:
    """The units by their addresses as those are compared; of several with one address, the first."""
    units = session.scalars(select(Unit).where(Unit.address != "").order_by(Unit.id.desc()))
    return {key(unit.address): unit for unit in units}


def _forwards_to(unit: Unit, ids: Sequence[str]) -> Select[int]:
    return select(Forward.enquiry_id).where(Forward.message_id.in_(ids), Forward.unit_id == unit.id)


def _is_copy(enquiry: Enquiry, mail: ParsedMail) -> bool:
    return enquiry.citizen_key in {key(each) for each in mail.recipients}
