"""Mails the robot set aside, put back before a human.

They keep their deadline, can be undone, and exempt the sender's next such mail.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.enquiry import State, follow
from app.domain.events.inbound import MailPutBack
from app.domain.events.triage import DecisionUndone
from app.domain.recognition import REMEMBERED, ROBOTS, SetAside
from app.errors import ConflictError, NotFoundError, RefusedError
from app.models.enquiry import Enquiry
from app.models.exemption import Exemption
from app.models.prediction import Prediction
from app.queries.triage.undo_plans import DecisionPlan
from app.services.learning import ranking
from app.services.platform import events
from app.services.platform.robot import Robot
from connectors.mail.addresses import key


def may_put_back(enquiry: Enquiry) -> bool:
    """Tell whether the robot alone has set a mail aside."""
    return enquiry.state is State.SET_ASIDE and enquiry.reason in ROBOTS


def put_back(session: Session, enquiry_id: int, *, version: int | None = None, by: Actor, now: datetime) -> Enquiry:
    """Put a mail the robot set aside before a human. The deadline is the one it had from the start.

    The next mail of this sender that the robot would set aside for the same reason is read, too.

    Raises:
        NotFoundError: there is none.
        ConflictError: somebody has put it back already.
        RefusedError: it was not the robot that set it aside.
    """
    enquiry = session.get(Enquiry, enquiry_id)
    if enquiry is None:
        raise NotFoundError
    if enquiry.state is not State.SET_ASIDE or (version is not None and enquiry.version != version):
        raise ConflictError
    if not may_put_back(enquiry):
        raise RefusedError("set_aside_by_human")
    reason, follows = SetAside(enquiry.reason or ""), enquiry.follow_up_of_id
    enquiry.state, enquiry.reason = follow(enquiry.state, State.TRIAGE), None
    enquiry.follow_up_of_id, enquiry.resembles_id = None, _still_open(session, follows)
    remembered = _remember(session, enquiry, reason, by=by, now=now)
    if session.get(Prediction, enquiry.id) is None:
        ranking.ask(session, enquiry.id, now=now)  # what was set aside was never ranked
    events.record(
        session,
        MailPutBack(reason=reason, follows=follows, remembered=remembered),
        by=by,
        now=now,
        enquiry_id=enquiry.id,
    )
    return enquiry


def _still_open(session: Session, enquiry_id: int | None) -> int | None:
    """Return the enquiry it was set aside for, if open. The reader of the mail gets it as a proposal."""
    earlier = session.get(Enquiry, enquiry_id) if enquiry_id is not None else None
    return earlier.id if earlier is not None and earlier.state in (State.TRIAGE, State.ROUTED) else None


def _remember(session: Session, enquiry: Enquiry, reason: SetAside, *, by: Actor, now: datetime) -> bool:
    if reason not in REMEMBERED or not enquiry.sender_address:
        return False
    sender = key(enquiry.sender_address)
    session.merge(Exemption(enquiry_id=enquiry.id, sender_address=sender, reason=reason, by=by.email, at=now))
    return True


def is_remembered(session: Session, enquiry: Enquiry) -> bool:
    """Tell whether this mail exempts its sender's next one."""
    return session.get(Exemption, enquiry.id) is not None


def exempt(session: Session, sender: str, reason: SetAside) -> bool:
    """Tell whether a sender is exempt from a reason.

    Somebody has put back a mail of theirs that was set aside for it.
    """
    if not sender or reason not in REMEMBERED:
        return False
    query = select(Exemption.enquiry_id).where(Exemption.sender_address == key(sender), Exemption.reason == reason)
    return session.scalar(query.limit(1)) is not None


def take_back(session: Session, _robot: Robot, plan: DecisionPlan, *, by: Actor, now: datetime) -> Enquiry:
    """Set a mail aside again, and drop its exemption."""
    enquiry, put_back = plan.enquiry, MailPutBack.read(plan.decision.data)
    enquiry.state, enquiry.reason = follow(enquiry.state, State.SET_ASIDE), put_back.reason
    enquiry.follow_up_of_id, enquiry.resembles_id = put_back.follows, None
    kept = session.get(Exemption, enquiry.id)
    if kept is not None:
        session.delete(kept)
    events.record(session, DecisionUndone(event_id=plan.decision.id), by=by, now=now, enquiry_id=enquiry.id)
    return enquiry
