"""A human's decisions about an enquiry, and taking them back (which begins in app/services/triage/undoing.py)."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.actor import ROBOT, Actor
from app.domain.enquiry import LabelSource, State, follow
from app.domain.events.inbound import EnquiryRouted, FollowUpLinked
from app.domain.events.triage import (
    CaseReopening,
    Circumstances,
    DecisionUndone,
    EnquiryDismissed,
    EnquiryRecalled,
    EnquiryReferred,
    FollowUpLeftWaiting,
    SuggestionConfirmed,
    SuggestionCorrected,
)
from app.domain.outside import NOT_AN_ENQUIRY
from app.domain.recognition import SetAside
from app.domain.routing import Reason
from app.domain.undo import UndoPlan
from app.errors import ConflictError, NotFoundError, RefusedError
from app.models.case import Recall
from app.models.enquiry import Enquiry
from app.models.label import Label
from app.models.unit import Unit
from app.queries.triage.undo_plans import DecisionPlan
from app.services.learning import breaker, labels
from app.services.platform import events
from app.services.platform.robot import Robot
from app.services.triage import claims, decision_times, returns
from connectors.mail.message import Folder


def waiting(session: Session, enquiry_id: int, version: int, *, by: Actor, now: datetime) -> Enquiry:
    """Return an enquiry that waits for this person's decision. Its claim ends, and its label is revoked.

    Raises:
        NotFoundError: there is none.
        ConflictError: somebody decided it, or changed it, since this person saw it.
        RefusedError: it has an owner, and it is not this person.
    """
    enquiry = session.get(Enquiry, enquiry_id)
    if enquiry is None:
        raise NotFoundError
    if enquiry.version != version or enquiry.state is not State.TRIAGE:
        raise ConflictError
    if enquiry.owner_id not in (None, by.account_id):
        raise RefusedError("has_owner", owner=enquiry.owner.name if enquiry.owner else "")
    claims.decided(session, enquiry_id, by=by, now=now)
    # What came back by a mail's link kept its label until somebody we know looks at it, which is now.
    labels.revoke(session, enquiry_id, by=by, now=now)
    return enquiry


def route(
    session: Session,
    robot: Robot,
    enquiry_id: int,
    unit_id: int,
    *,
    version: int,
    by: Actor,
    now: datetime,
    undo_seconds: float = 0,
    taught: bool = True,
    wave_id: int | None = None,
) -> Label:
    """Route an enquiry and its waiting follow-ups to a unit. The label teaches the model.

    The robot waits `undo_seconds` before it begins. Not `taught`: one of a wave's labels, `wave_id`, that is no lesson.
    """
    enquiry = waiting(session, enquiry_id, version, by=by, now=now)
    if enquiry.raw.folder == Folder.SENT:
        raise RefusedError("unit_wrote_it")
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFoundError
    if unit.closed:
        raise RefusedError("unit_closed")
    taken = decision_times.measured(session, enquiry, by=by, now=now)
    source = LabelSource.RETURNED if enquiry.returns else None
    label = labels.give(session, enquiry, unit_id, source, by=by, now=now, taught=taught)
    details: Circumstances = {} if wave_id is None else {"wave_id": wave_id}
    for each in with_followers(session, enquiry):
        send_to(session, robot, each, unit, now=now, delay=undo_seconds)
        chosen = choice_of(label, unit_id, each.routing_no, details | taken if each is enquiry else details)
        events.record(session, chosen, by=by, now=now, enquiry_id=each.id)
    return label


def choice_of(
    label: Label, unit_id: int, routing_no: int, circumstances: Circumstances
) -> SuggestionConfirmed | SuggestionCorrected:
    """Tell the log which unit somebody chose beside the suggestion."""
    return (SuggestionConfirmed if label.confirms else SuggestionCorrected)(
        unit_id=unit_id,
        suggested=label.suggested_unit_id,
        confidence=label.suggested_confidence,
        hop=routing_no,
        **circumstances,
    )


def send_to(session: Session, robot: Robot, enquiry: Enquiry, unit: Unit, *, now: datetime, delay: float = 0) -> None:
    """Route an enquiry and order its journaling. The caller logs the reason."""
    enquiry.unit = unit
    mark_routed(enquiry, now=now)
    session.flush()
    robot.enqueue(session, "journal", enquiry.id, enquiry.routing_no, delay=delay)


def mark_routed(enquiry: Enquiry, *, now: datetime) -> None:
    """Mark an enquiry as routed once more; its unit has been set."""
    enquiry.state = follow(enquiry.state, State.ROUTED)
    enquiry.owner_id = None
    enquiry.routed_at = now
    enquiry.routing_no += 1


def join(
    session: Session,
    robot: Robot,
    enquiry: Enquiry,
    thread_root: Enquiry,
    *,
    by: Actor,
    now: datetime,
    delay: float = 0,
) -> None:
    """Make an enquiry a follow-up to another.

    It goes where the other went, and waits with it where that is not decided yet.
    """
    enquiry.follow_up_of_id, enquiry.case_id, enquiry.resembles_id = thread_root.id, thread_root.case_id, None
    events.record(session, FollowUpLinked(follows=thread_root.id), by=by, now=now, enquiry_id=enquiry.id)
    if thread_root.unit is None:
        enquiry.state = State.TRIAGE if enquiry.state is State.TRIAGE else follow(enquiry.state, State.TRIAGE)
        return
    enquiry.automatic = by == ROBOT
    send_to(session, robot, enquiry, thread_root.unit, now=now, delay=delay)
    events.record(
        session,
        EnquiryRouted(unit_id=thread_root.unit.id, reason=Reason.FOLLOW_UP),
        by=by,
        now=now,
        enquiry_id=enquiry.id,
    )


def dismiss(
    session: Session,
    robot: Robot,
    enquiry_id: int,
    reason: SetAside,
    *,
    version: int,
    by: Actor,
    now: datetime,
    taught: bool = True,
    wave_id: int | None = None,
    shown: Collection[int] = (),
) -> Label | None:
    """End an enquiry that is not ours, or is none. An open case is closed.

    That a mail is no enquiry teaches the model; the owner of a mail that is not ours is not known. `shown`: the
    follow-ups that this person has before them, which end with it. `taught` and `wave_id` as `route` has them.
    """
    enquiry = waiting(session, enquiry_id, version, by=by, now=now)
    label = None
    if reason is SetAside.NOT_AN_ENQUIRY:
        # What a unit wrote to a citizen says nothing about what citizens write.
        taught = taught and enquiry.raw.folder != Folder.SENT
        label = labels.give(session, enquiry, NOT_AN_ENQUIRY, by=by, now=now, taught=taught)
    details: Circumstances = {} if wave_id is None else {"wave_id": wave_id}
    ours = reason is not SetAside.NOT_OURS
    taken = decision_times.measured(session, enquiry, by=by, now=now)
    ended = ended_with(session, enquiry, shown, now=now)
    for each in ended:
        each.state = follow(each.state, State.SET_ASIDE if ours else State.REFERRED)
        each.reason, each.owner_id = reason, None
        session.flush()
        event = events.record(
            session,
            (EnquiryDismissed if ours else EnquiryReferred)(
                reason=reason, hop=each.routing_no, **(details | taken if each is enquiry else details)
            ),
            by=by,
            now=now,
            enquiry_id=each.id,
        )
        if each.case_id is not None:
            # A name of its own each time: after undo the same mail may be dismissed again.
            robot.enqueue(session, f"dismiss-{event.id}", each.id, each.routing_no, workflow="dismiss")
    breaker.hear(session, [each.id for each in ended], now=now)
    return label


def no_enquiry(
    session: Session,
    robot: Robot,
    enquiry_id: int,
    *,
    version: int,
    by: Actor,
    now: datetime,
    taught: bool = True,
    wave_id: int | None = None,
    shown: Collection[int] = (),
) -> Label:
    """End a mail as no enquiry, and teach the model."""
    label = dismiss(
        session,
        robot,
        enquiry_id,
        SetAside.NOT_AN_ENQUIRY,
        version=version,
        by=by,
        now=now,
        taught=taught,
        wave_id=wave_id,
        shown=shown,
    )
    assert label is not None
    return label


def with_followers(session: Session, enquiry: Enquiry, shown: Collection[int] | None = None) -> Iterator[Enquiry]:
    """Yield an enquiry and the follow-ups that wait with it.

    Follow-ups to follow-ups count; with `shown` only those in it.
    """
    yield enquiry
    query = select(Enquiry).where(Enquiry.follow_up_of_id == enquiry.id, Enquiry.state == State.TRIAGE)
    for follower in session.scalars(query.order_by(Enquiry.id)).all():
        if shown is None or follower.id in shown:
            yield from with_followers(session, follower, shown)


def ended_with(session: Session, enquiry: Enquiry, shown: Collection[int], *, now: datetime) -> list[Enquiry]:
    """Return the enquiry and the follow-ups that end with it. These are the ones that the person who decides was shown.

    Later ones nobody has read. They wait on their own from now on, with a note of the mail they followed.
    """
    ended = list(with_followers(session, enquiry, shown))
    ids = [each.id for each in ended]
    left = select(Enquiry).where(
        Enquiry.follow_up_of_id.in_(ids), Enquiry.state == State.TRIAGE, Enquiry.id.not_in(ids)
    )
    for each in session.scalars(left.order_by(Enquiry.id)).all():
        earlier, each.follow_up_of_id = each.follow_up_of_id, None
        each.relates_id = earlier
        events.record(session, FollowUpLeftWaiting(earlier=earlier), by=ROBOT, now=now, enquiry_id=each.id)
    return ended


def take_back(session: Session, robot: Robot, plan: DecisionPlan, *, by: Actor, now: datetime) -> Enquiry:
    """Take back a route or a dismissal, with the follow-ups that went along. The model forgets it."""
    for each in plan.mails:
        _amend_outside(session, robot, each.enquiry, each.way, by=by, now=now)
        _put_back(each.enquiry, by)
        undone = DecisionUndone(event_id=plan.decision.id, way=each.way)
        events.record(session, undone, by=by, now=now, enquiry_id=each.enquiry.id)
    labels.revoke(session, plan.enquiry.id, by=by, now=now)
    return plan.enquiry


def _amend_outside(
    session: Session, robot: Robot, enquiry: Enquiry, way: UndoPlan, *, by: Actor, now: datetime
) -> None:
    """Order the word that must go outside the house."""
    if way is UndoPlan.RECALL:
        session.add(Recall(enquiry_id=enquiry.id, routing_no=enquiry.routing_no, unit_id=enquiry.unit_id, at=now))
        events.record(session, EnquiryRecalled(unit_id=enquiry.unit_id), by=by, now=now, enquiry_id=enquiry.id)
        robot.enqueue(session, "recall", enquiry.id, enquiry.routing_no)
    elif way is UndoPlan.REOPEN:
        event = events.record(session, CaseReopening(), by=by, now=now, enquiry_id=enquiry.id)
        robot.enqueue(session, f"reopen-{event.id}", enquiry.id, enquiry.routing_no, workflow="reopen")


def _put_back(enquiry: Enquiry, by: Actor) -> None:
    """Into triage again. No return: the unit has not refused it, and its deadline never moved."""
    returns.wait_again(enquiry, by)
    enquiry.unit = enquiry.routed_at = None
    enquiry.automatic = enquiry.direct = False
