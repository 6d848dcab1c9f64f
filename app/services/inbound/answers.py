"""Find the enquiry that a unit's sent mail answers. The answer is sure, possible, or none.

Sure is what answers one of our mails by its Message-ID, or names the case of a mail that the unit has got. Possible
answers are read by a human: to close the wrong case is worse than to ask.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, case, exists, or_, select
from sqlalchemy.orm import Session

from app.domain import recognition
from app.domain.enquiry import State
from app.models.case import Case, Forward
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.services.inbound import house
from app.services.platform import viewing
from connectors.mail.addresses import key, same
from connectors.mail.message import ParsedMail


@dataclass(frozen=True, slots=True)
class UnitAnswer:
    """The enquiry that a mail answers. Not `sure`: a human says whether it does."""

    enquiry: Enquiry
    sure: bool


def find(session: Session, unit_id: int, mail: ParsedMail) -> UnitAnswer | None:
    """Return the enquiry that a unit's mail answers. None where the mail is the unit's own business."""
    citizens = _written_to(session, mail)
    ids = recognition.thread(mail.in_reply_to, mail.references)
    number = recognition.case_number(mail.subject)
    named = list(session.scalars(_named(ids, number)).unique())
    known = [each for each in named if each.citizen_key in citizens]
    open_ = list(session.scalars(_open(unit_id, citizens)))
    if known:
        return _of_known(session, unit_id, ids, known, open_)
    if (nobodys := _nobodys(session, unit_id, named, mail)) is not None:
        return UnitAnswer(nobodys, sure=False)
    fitting = [each for each in open_ if _fits(mail.subject, each.subject)]
    if ids or number:  # it answers what we do not know
        return UnitAnswer(fitting[-1], sure=False) if fitting else None
    if not open_:
        return None
    return UnitAnswer((fitting or open_)[-1], sure=len(open_) == 1 and bool(fitting))


def is_to_citizen(session: Session, enquiry: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether a mail goes to an enquiry's citizen. To anybody outside, where nobody knows who that is."""
    if enquiry.citizen_key:
        return enquiry.citizen_key in _written_to(session, mail)
    return not all(house.wrote(session, each) for each in mail.recipients)


def is_of_another(session: Session, enquiry: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether a mail says that it is no answer to an enquiry of this unit.

    It comes from another unit's mailbox, or answers or names enquiries of ours and none of this case.
    """
    author = mail.correspondents.sole_author
    others = session.scalars(select(Unit.address).where(Unit.id != enquiry.unit_id))
    if author and any(same(each, author) for each in others):
        return True
    ids = recognition.thread(mail.in_reply_to, mail.references)
    named = list(session.scalars(_named(ids, recognition.case_number(mail.subject))).unique())
    own = (each for each in named if each.id == enquiry.id or each.case_id == enquiry.case_id)
    return bool(named) and next(own, None) is None


def _of_known(
    session: Session, unit_id: int, ids: tuple[str, ...], known: list[Enquiry], open_: list[Enquiry]
) -> UnitAnswer | None:
    """Choose one of the enquiries that a mail names.

    First comes one that this unit has, then one it had and that waits for a human, then one of its case.
    """
    threaded = set(session.scalars(select(Enquiry.id).outerjoin(Forward).where(_answers(ids))))
    has = {each.id for each in open_}
    for each in known:
        if each.unit_id == unit_id and each.state is State.ROUTED and (each.id in threaded or each.id in has):
            return UnitAnswer(each, sure=True)
    for each in known:
        if each.state is State.TRIAGE and (each.id in threaded or _had(session, each, unit_id)):
            return UnitAnswer(each, sure=False)
    cases = {each.case_id for each in known} - {None}
    return next((UnitAnswer(each, sure=False) for each in open_ if each.case_id in cases), None)


def _nobodys(session: Session, unit_id: int, named: list[Enquiry], mail: ParsedMail) -> Enquiry | None:
    """Return the unit's enquiry of a citizen nobody knows.

    The mail could not be read, but somebody outside is written to.
    """
    if all(house.wrote(session, each) for each in mail.recipients):
        return None
    has = (each for each in named if each.unit_id == unit_id and each.state is State.ROUTED)
    return next((each for each in has if not each.citizen_key), None)


def _answers(ids: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(Enquiry.message_id.in_(ids), Forward.message_id.in_(ids))


def _named(ids: tuple[str, ...], number: str | None) -> Select[Enquiry]:
    """Select enquiries by the mails that are answered. With a case number also those of that case."""
    ours = Case.number == (number or "")
    query = select(Enquiry).outerjoin(Forward).outerjoin(Case, Case.id == Enquiry.case_id)
    query = query.where(or_(_answers(ids), ours) if number else _answers(ids)).where(~Enquiry.imported)
    # Of the parts of one mail, which share its Message-ID, our own numbers say which is meant.
    return query.order_by(_first(ours), _first(Forward.message_id.in_(ids)), Enquiry.id)


def _first(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 0), else_=1)


def delivered() -> ColumnElement[bool]:
    """Select whether the unit has got a mail. It came there by itself, or the robot's forward has left."""
    forward = exists().where(
        Forward.enquiry_id == Enquiry.id, Forward.routing_no == Enquiry.routing_no, Forward.sent_at.is_not(None)
    )
    return or_(Enquiry.direct, forward)


def _open(unit_id: int, citizens: set[str]) -> Select[Enquiry]:
    """Select these citizens' enquiries that wait at a unit. The unit has got their mails."""
    query = select(Enquiry).where(Enquiry.unit_id == unit_id, Enquiry.state == State.ROUTED)
    return query.where(Enquiry.citizen_key.in_(citizens - {""}), delivered()).order_by(Enquiry.id)


def _had(session: Session, enquiry: Enquiry, unit_id: int) -> bool:
    """Tell whether a unit was once sent a mail."""
    query = select(Forward.message_id).where(
        Forward.enquiry_id == enquiry.id, Forward.unit_id == unit_id, Forward.sent_at.is_not(None)
    )
    return session.scalar(query.limit(1)) is not None


def _fits(one: str, other: str) -> bool:
    """Tell whether two subjects are the same. Prefixes of mail programs do not count."""
    bare = recognition.bare_subject(one).casefold()
    return bool(bare) and bare in {recognition.bare_subject(each).casefold() for each in (other, viewing.hidden(other))}


def _written_to(session: Session, mail: ParsedMail) -> set[str]:
    """Return whom a sent mail is for.

    Citizens who only get a copy of what colleagues write to each other have got no answer.
    """
    copied = {key(each) for each in mail.copied}
    to = {key(each): each for each in mail.recipients if key(each) not in copied}
    among_us = bool(to) and all(house.wrote(session, each) for each in to.values())
    return (set(to) if among_us else {*to, *copied}) - {""}
