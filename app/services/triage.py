"""What a human decides about an enquiry, and taking it back."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.enquiry import LabelSource, State, follow
from app.domain.recognition import SetAside
from app.domain.routing import Reason
from app.errors import ConflictError, NotFoundError, RefusedError
from app.models.account import Account
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.label import Label
from app.models.unit import Unit
from app.services import breaker, events, labels, pace, returns
from app.services.robot import Robot

DECISIONS = frozenset({"confirmed", "corrected", "referred", "dismissed"})


def waiting(session: Session, enquiry_id: int, version: int, *, by: Account) -> Enquiry:
    """The enquiry, if it still waits for this person's decision.

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
    if enquiry.owner_id not in (None, by.id):
        raise RefusedError("has_owner", owner=enquiry.owner.name if enquiry.owner else "")
    return enquiry


def route(
    session: Session,
    robot: Robot,
    enquiry_id: int,
    unit_id: int,
    *,
    version: int,
    by: Account,
    now: datetime,
    undo_seconds: float = 0,
) -> Label:
    """Give an enquiry, and the follow-ups that wait with it, to a unit; the label teaches the model.

    The robot waits `undo_seconds` before it begins.
    """
    enquiry = waiting(session, enquiry_id, version, by=by)
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFoundError
    if unit.closed:
        raise RefusedError("unit_closed")
    taken = pace.taken(session, enquiry, by=by, now=now)
    confirmed = labels.suggested(session, enquiry_id)[0] == unit_id
    source = LabelSource.RETURNED if enquiry.returns else _source(confirmed)
    label = labels.give(session, enquiry, unit_id, source, by=by.email, now=now)
    for each in _with_followers(session, enquiry):
        send_to(session, robot, each, unit, now=now, delay=undo_seconds)
        kind = "confirmed" if confirmed else "corrected"
        events.record(
            session, kind, by=by.email, now=now, enquiry_id=each.id,
            unit_id=unit_id, suggested=label.suggested_unit_id, confidence=label.suggested_confidence, hop=each.hop,
            **(taken if each is enquiry else {}),
        )  # fmt: skip
    return label


def send_to(session: Session, robot: Robot, enquiry: Enquiry, unit: Unit, *, now: datetime, delay: float = 0) -> None:
    """Route an enquiry and order its journaling; the caller records why."""
    enquiry.state = follow(enquiry.state, State.ROUTED)
    enquiry.unit = unit
    enquiry.owner_id = None
    enquiry.routed_at = now
    enquiry.hop += 1
    session.flush()
    robot.ask(session, "journal", enquiry.id, enquiry.hop, delay=delay)


def join(session: Session, robot: Robot, enquiry: Enquiry, leader: Enquiry, *, by: str, now: datetime) -> None:
    """Make an enquiry a follow-up: it goes where its leader went, and waits with it where that is not decided yet."""
    enquiry.follows_id, enquiry.case_id, enquiry.resembles_id = leader.id, leader.case_id, None
    events.record(session, "linked", by=by, now=now, enquiry_id=enquiry.id, follows=leader.id)
    if leader.unit is None:
        enquiry.state = State.TRIAGE if enquiry.state is State.TRIAGE else follow(enquiry.state, State.TRIAGE)
        return
    enquiry.automatic = by == events.ROBOT
    send_to(session, robot, enquiry, leader.unit, now=now)
    events.record(
        session, "routed", by=by, now=now, enquiry_id=enquiry.id, unit_id=leader.unit.id, reason=Reason.FOLLOW_UP
    )


def merge(session: Session, robot: Robot, enquiry_id: int, *, version: int, by: Account, now: datetime) -> Enquiry:
    """Agree that a mail is the same matter as the one it resembles; returns that one.

    Raises:
        RefusedError: it resembles none, or that one waits for nobody any more.
    """
    enquiry = waiting(session, enquiry_id, version, by=by)
    leader = session.get(Enquiry, enquiry.resembles_id) if enquiry.resembles_id else None
    if leader is None or leader.state not in (State.TRIAGE, State.ROUTED):
        raise RefusedError("nothing_alike")
    join(session, robot, enquiry, leader, by=by.email, now=now)
    return leader


def dismiss(
    session: Session, robot: Robot, enquiry_id: int, reason: SetAside, *, version: int, by: Account, now: datetime
) -> None:
    """End an enquiry that is not ours to answer, or no enquiry at all. A case that stands open is closed."""
    enquiry = waiting(session, enquiry_id, version, by=by)
    ours = reason is not SetAside.NOT_OURS
    taken = pace.taken(session, enquiry, by=by, now=now)
    for each in _with_followers(session, enquiry):
        each.state = follow(each.state, State.SET_ASIDE if ours else State.REFERRED)
        each.reason, each.owner_id = reason, None
        session.flush()
        if each.case_id is not None:
            robot.ask(session, "dismiss", each.id, each.hop)
        events.record(
            session, "dismissed" if ours else "referred", by=by.email, now=now, enquiry_id=each.id,
            reason=reason, hop=each.hop, **(taken if each is enquiry else {}),
        )  # fmt: skip
    breaker.look(session, now=now)


def undo(session: Session, *, by: Account, now: datetime) -> Enquiry:
    """Take back this person's latest decision: the mail is in triage again and the model has never heard the label.

    The robot finds out by itself: its work begins with a look whether the route still stands.

    Raises:
        RefusedError: there is nothing to undo, or the mail has left the house.
    """
    decision = _latest_decision(session, by)
    if decision is None:
        raise RefusedError("nothing_to_undo")
    enquiry = session.get_one(Enquiry, decision.enquiry_id)
    family = [enquiry, *_decided_with(session, enquiry)]
    for each in family:
        _refuse_if_gone(session, each, decision)
    for each in family:
        each.state = follow(each.state, State.TRIAGE)
        each.unit = each.reason = each.routed_at = None
        each.owner_id = by.id if each.returns >= returns.TO_OWNER else None
        events.record(session, "undone", by=by.email, now=now, enquiry_id=each.id, event_id=decision.id)
    labels.revoke(session, enquiry.id, by=by.email, now=now)
    return enquiry


def _source(confirmed: bool) -> LabelSource:
    return LabelSource.CONFIRMED if confirmed else LabelSource.CORRECTED


def _with_followers(session: Session, enquiry: Enquiry) -> Iterator[Enquiry]:
    """The enquiry and the follow-ups that wait for the same decision, also follow-ups to those."""
    yield enquiry
    query = select(Enquiry).where(Enquiry.follows_id == enquiry.id, Enquiry.state == State.TRIAGE)
    for follower in session.scalars(query.order_by(Enquiry.id)).all():
        yield from _with_followers(session, follower)


def _decided_with(session: Session, enquiry: Enquiry) -> list[Enquiry]:
    """Follow-ups that shared the enquiry's decision and can still share its undoing."""
    query = select(Enquiry).where(Enquiry.follows_id == enquiry.id, Enquiry.state == enquiry.state)
    return [each for each in session.scalars(query) if not _forwarded(session, each)]


def _latest_decision(session: Session, by: Account) -> Event | None:
    recent = select(Event).where(Event.by == by.email, Event.kind.in_(DECISIONS | {"undone"}))
    undone: set[int] = set()
    for event in session.scalars(recent.order_by(Event.id.desc()).limit(200)):
        if event.kind == "undone":
            undone.add(event.data["event_id"])
        elif event.id not in undone and not _is_follower(session, event):
            return event
    return None


def _is_follower(session: Session, event: Event) -> bool:
    """A follow-up's event stands behind its leader's, which is the one to undo."""
    enquiry = session.get_one(Enquiry, event.enquiry_id)
    if enquiry.follows_id is None:
        return False
    leader = select(Event.id).where(
        Event.enquiry_id == enquiry.follows_id, Event.at == event.at, Event.kind == event.kind
    )
    return session.scalar(leader) is not None


def _refuse_if_gone(session: Session, enquiry: Enquiry, decision: Event) -> None:
    moved_on = enquiry.hop != decision.data.get("hop", enquiry.hop)
    if moved_on or enquiry.state not in (State.ROUTED, State.SET_ASIDE, State.REFERRED) or _forwarded(session, enquiry):
        unit = enquiry.unit.name if enquiry.unit else ""
        raise RefusedError("left_the_house", unit=unit, enquiry_id=enquiry.id)
    if enquiry.reason is not None and enquiry.case_id is not None:
        raise RefusedError("case_closed", enquiry_id=enquiry.id)


def _forwarded(session: Session, enquiry: Enquiry) -> bool:
    query = select(Forward.message_id).where(Forward.enquiry_id == enquiry.id, Forward.hop == enquiry.hop)
    return session.scalar(query) is not None
