"""Merging of two open mails about one matter. A person says that they are, and may take it back."""

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.domain.actor import Actor
from app.domain.enquiry import State, follow
from app.domain.events.inbound import AnswerConfirmed
from app.domain.events.triage import DecisionUndone, EnquiryMerged
from app.domain.recognition import SetAside
from app.errors import RefusedError
from app.models.enquiry import Enquiry
from app.models.unit import Unit
from app.queries.triage.undo_plans import DecisionPlan
from app.services.inbound import replies
from app.services.platform import events
from app.services.platform.robot import Robot
from app.services.triage import decisions, waves
from connectors.mail.message import Folder

OPEN = (State.TRIAGE, State.ROUTED)
CANDIDATES = 12


def candidates(session: Session, enquiry: Enquiry) -> list[Enquiry]:
    """Return open mails that may be the same matter.

    These are the mail it resembles, similar mails, and others of its citizen.
    """
    alike = waves.neighbours(session, enquiry)
    query = (
        select(Enquiry)
        .where(Enquiry.id != enquiry.id, Enquiry.state.in_(OPEN), ~Enquiry.imported)
        .where(or_(Enquiry.id.in_([*alike, enquiry.resembles_id or 0]), _same_citizen(enquiry)))
        .where(or_(Enquiry.follow_up_of_id.is_(None), Enquiry.follow_up_of_id != enquiry.id))
        .order_by((Enquiry.id == (enquiry.resembles_id or 0)).desc(), _same_citizen(enquiry).desc(), Enquiry.id.desc())
    )
    return list(session.scalars(query.limit(CANDIDATES)))


def _same_citizen(enquiry: Enquiry) -> ColumnElement[bool]:
    return (Enquiry.citizen_key == enquiry.citizen_key) & (Enquiry.citizen_key != "")


def merge(
    session: Session,
    robot: Robot,
    enquiry_id: int,
    thread_root_id: int,
    *,
    version: int,
    by: Actor,
    now: datetime,
    undo_seconds: float = 0,
) -> Enquiry:
    """Make a waiting mail a follow-up to another open one. Return that other one.

    Raises:
        RefusedError: the other one is not open, is this one or follows it; or this one has a case of its own already.
    """
    enquiry = decisions.waiting(session, enquiry_id, version, by=by, now=now)
    thread_root = session.get(Enquiry, thread_root_id)
    if thread_root is not None and thread_root.id == enquiry.id:
        raise RefusedError("merge_itself")
    if thread_root is None or thread_root.imported or thread_root.state not in OPEN:
        raise RefusedError("merge_impossible")
    if enquiry.raw.folder == Folder.SENT:
        return _answered(session, robot, enquiry, thread_root, by=by, now=now)
    if _follows(session, thread_root, enquiry):
        raise RefusedError("merge_follows")
    if enquiry.case_id is not None:
        raise RefusedError("merge_has_case")
    resembled = enquiry.resembles_id
    decisions.join(session, robot, enquiry, thread_root, by=by, now=now, delay=undo_seconds)
    events.record(
        session,
        EnquiryMerged(follows=thread_root.id, resembled=resembled, hop=enquiry.routing_no),
        by=by,
        now=now,
        enquiry_id=enquiry.id,
    )
    return thread_root


def _answered(
    session: Session, robot: Robot, enquiry: Enquiry, thread_root: Enquiry, *, by: Actor, now: datetime
) -> Enquiry:
    """Count a unit's mail as its answer to an enquiry. The unit has the enquiry, or had it and gave it back.

    Raises:
        RefusedError: the enquiry is another unit's, or has neither unit nor case.
    """
    unit = session.scalars(select(Unit).where(Unit.address == enquiry.raw.address)).first()
    if unit is None or thread_root.raw.folder == Folder.SENT or thread_root.unit_id not in (None, unit.id):
        raise RefusedError("answer_elsewhere")
    if thread_root.state is State.TRIAGE:
        if thread_root.case_id is None or thread_root.owner_id not in (None, by.account_id):
            raise RefusedError("answer_elsewhere")
        thread_root.unit, thread_root.state, thread_root.routed_at = unit, follow(thread_root.state, State.ROUTED), now
    replies.count(session, robot, enquiry.raw, enquiry.message_id, thread_root, unit.id, now=now)
    enquiry.state, enquiry.reason = follow(enquiry.state, State.SET_ASIDE), SetAside.ANSWER
    enquiry.follow_up_of_id, enquiry.resembles_id = thread_root.id, None
    events.record(session, AnswerConfirmed(mail=enquiry.id), by=by, now=now, enquiry_id=thread_root.id)
    return thread_root


def _follows(session: Session, one: Enquiry | None, other: Enquiry) -> bool:
    """Tell whether `one` is `other` or a follow-up to it. The chain may have any length."""
    while one is not None:
        if one.id == other.id:
            return True
        one = session.get(Enquiry, one.follow_up_of_id) if one.follow_up_of_id else None
    return False


def take_back(session: Session, _robot: Robot, plan: DecisionPlan, *, by: Actor, now: datetime) -> Enquiry:
    """Let the mail be a matter of its own again."""
    enquiry = plan.enquiry
    if enquiry.state is State.ROUTED:
        enquiry.state = follow(enquiry.state, State.TRIAGE)
        enquiry.unit = enquiry.routed_at = None
    enquiry.follow_up_of_id = enquiry.case_id = None
    enquiry.resembles_id = EnquiryMerged.read(plan.decision.data).resembled
    events.record(session, DecisionUndone(event_id=plan.decision.id), by=by, now=now, enquiry_id=enquiry.id)
    return enquiry
