"""A unit's answer that came back by the address on our letter, from whatever mailbox it was written.

The address shows which enquiry it is, and that the writer had our letter. Who wrote it must be somebody of the house, and it must
have gone to the citizen: whoever got the answer knows its address by then, so it counts once, and for the route it was made for.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import recognition
from app.domain.actor import ROBOT
from app.domain.enquiry import State, follow
from app.domain.events.inbound import MailSetAside
from app.domain.recognition import SetAside
from app.models.answer_route import ReplyTag
from app.models.enquiry import Enquiry
from app.services.inbound import answers, house, replies, reply_tags
from app.services.inbound.recognition import traits_of
from app.services.platform import events
from app.services.platform.robot import Robot
from connectors.mail.addresses import key
from connectors.mail.message import ParsedMail


@dataclass(frozen=True, slots=True)
class TaggedAnswer:
    """The enquiry that a mail answers. `awaited`: its unit has it still, on the route that the address was made for."""

    enquiry: Enquiry
    awaited: bool


def answered(session: Session, mail: ParsedMail) -> TaggedAnswer | None:
    """Return what a mail of the house to one of our addresses surely answers; None of any other mail."""
    tag = reply_tags.of(session, mail)
    enquiry = session.get(Enquiry, tag.enquiry_id) if tag is not None else None
    if tag is None or enquiry is None or not _of_the_house(session, enquiry, mail):
        return None
    if recognition.by_machine(traits_of(mail)) or replies.is_interim(session, mail):
        return None
    if not answers.is_to_citizen(session, enquiry, mail) or answers.is_of_another(session, enquiry, mail):
        return None
    return TaggedAnswer(enquiry, _awaited(session, enquiry, tag))


def take(
    session: Session, robot: Robot, taken: Enquiry, content: bytes, mail: ParsedMail, found: TaggedAnswer, now: datetime
) -> None:
    """Count a mail as the answer, unless it was found elsewhere before; the mail itself is set aside as read."""
    about, unit, counted = found.enquiry, found.enquiry.unit, False
    if found.awaited and unit is not None and not replies.is_kept(session, unit.address, content, mail.message_id):
        claimed = recognition.claimed_date(content) or taken.received_at
        sent_at = max(min(claimed, taken.received_at), about.received_at)
        raw = replies.keep_copy(session, unit.address, content, sent_at)
        if raw is not None:
            replies.count(session, robot, raw, mail.message_id, about, unit.id, now=now)
            counted = True
    taken.reason = SetAside.ANSWER if counted else SetAside.HOUSE_REPLY
    taken.state, taken.follow_up_of_id = follow(taken.state, State.SET_ASIDE), about.id
    # What is erased of the citizen is found by this.
    taken.citizen_name, taken.citizen_address = about.citizen_name, about.citizen_address
    taken.citizen_key = about.citizen_key
    events.record(session, MailSetAside(reason=taken.reason), by=ROBOT, now=now, enquiry_id=taken.id)


def _of_the_house(session: Session, enquiry: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether one person of the house wrote it, and not the citizen, who may work here."""
    author = mail.correspondents.sole_author
    return house.wrote(session, author) and key(author) not in {enquiry.citizen_key, key(enquiry.sender_address)}


def _awaited(session: Session, enquiry: Enquiry, tag: ReplyTag) -> bool:
    has = select(Enquiry.id).where(Enquiry.id == enquiry.id, Enquiry.state == State.ROUTED, answers.delivered())
    return enquiry.case_id is not None and tag.routing_no == enquiry.routing_no and session.scalar(has) is not None
