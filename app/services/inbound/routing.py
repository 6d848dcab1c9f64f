"""Routing of a mail that has been read. The mail is set aside, tied to an earlier one, or sent to a unit or a human."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import once
from app.domain import matters
from app.domain.actor import ROBOT
from app.domain.bounces import Bounce
from app.domain.enquiry import OPEN, State, follow
from app.domain.events.inbound import (
    EnquiryRelated,
    EnquiryRouted,
    EnquirySentToTriage,
    MailNotSetAside,
    MailSetAside,
    TwinFound,
)
from app.domain.recognition import SetAside, closed_for_good
from app.domain.routing import Mode, Reason, Route, blind, checked, decide
from app.domain.rules import RoutingRule, first
from app.models.deadline import DeadlineType
from app.models.enquiry import Enquiry
from app.models.prediction import Decision, Prediction
from app.models.unit import Mailbox, Unit
from app.queries.inbound import rule_list
from app.services.casework import enquiry_deadlines
from app.services.inbound import aside, bounces, house, recognition, tagged_answers
from app.services.inbound.recognition import Signs
from app.services.inbound.thanks import only_thanks
from app.services.learning import sampling
from app.services.learning.ranking import example_of, rows_of
from app.services.organisation import authorities
from app.services.platform import events, kill_switch, settings
from app.services.platform.robot import Robot
from app.services.triage import decisions, waves
from connectors.mail.message import Folder, ParsedMail
from learning.example import Ranking

if TYPE_CHECKING:
    from app.services.learning.learner import Learner


def place(
    session: Session,
    enquiry: Enquiry,
    mail: ParsedMail,
    signs: Signs,
    learner: "Learner",
    robot: Robot,
    *,
    now: datetime,
) -> None:
    """Assign a mail its place. Set aside, duplicate of a known one, follow-up, or enquiry of its own."""
    if enquiry.raw.folder == Folder.SENT:
        wait(session, enquiry, Reason.MAYBE_ANSWER, now=now)
        return
    thread_root, known, meant = recognition.thread_root(session, enquiry, mail), False, None
    reason = _reason(session, enquiry, mail, signs, now)
    if reason is SetAside.BOUNCE and signs.bounce is not None:
        _bounced(session, robot, enquiry, signs.bounce, thread_root, now)
    elif reason is not None:
        _set_aside(session, enquiry, reason, thread_root, now)
    elif (twin := recognition.twin(session, enquiry)) is not None:
        _set_aside(session, enquiry, SetAside.DUPLICATE, twin, now)
    elif (answered := tagged_answers.answered(session, mail)) is not None:
        tagged_answers.take(session, robot, enquiry, enquiry.raw.content, mail, answered, now)
    elif (meant := house.meant(session, mail)) is not None and house.answered(session, meant, mail):
        _set_aside(session, enquiry, SetAside.HOUSE_REPLY, meant, now)
        house.tell(session, robot, meant, enquiry, mail, now=now)
    elif (
        thread_root is not None
        and (known := _goes_on(session, enquiry, thread_root, mail))
        and not _ruled(session, enquiry, thread_root)
    ):
        decisions.join(session, robot, enquiry, thread_root, by=ROBOT, now=now)
    else:
        _relate(session, enquiry, thread_root or meant, mail, now)
        stranger = thread_root is not None and not known and not _too_late(session, enquiry, thread_root)
        _route(session, enquiry, learner, robot, now, stranger=stranger)


def _bounced(
    session: Session, robot: Robot, enquiry: Enquiry, bounce: Bounce, thread_root: Enquiry | None, now: datetime
) -> None:
    """Tie a bounce to the letter it returns. One that only names a letter may be anybody's: a human reads it."""
    letter = bounces.tie(session, robot, enquiry, bounce, now=now)
    named = None if letter else bounces.named(session, bounce, enquiry.received_at)
    if named is None:
        _set_aside(session, enquiry, SetAside.BOUNCE, letter or thread_root, now)
        return
    if named.state in OPEN:
        enquiry.resembles_id = named.id
    else:
        enquiry.relates_id = named.id
    wait(session, enquiry, Reason.BOUNCE, now=now)


def wait(session: Session, enquiry: Enquiry, reason: Reason, *, now: datetime) -> None:
    """Put a mail before a human without a suggestion. Its kind matters more than whose it may be."""
    enquiry.state = follow(enquiry.state, State.TRIAGE)
    note(session, enquiry, Route(None, reason), now=now)
    events.record(session, EnquirySentToTriage(unit_id=None, reason=reason), by=ROBOT, now=now, enquiry_id=enquiry.id)


def _reason(session: Session, enquiry: Enquiry, mail: ParsedMail, signs: Signs, now: datetime) -> SetAside | None:
    """Return why a mail need not be read. None where a human has put back one of this sender's for the same reason."""
    reason = signs.aside
    if reason is not None and aside.exempt(session, mail.sender_address, reason):
        events.record(session, MailNotSetAside(reason=reason), by=ROBOT, now=now, enquiry_id=enquiry.id)
        return None
    return reason


def _goes_on(session: Session, enquiry: Enquiry, thread_root: Enquiry, mail: ParsedMail) -> bool:
    """Tell whether a mail continues an earlier one by itself. All others a human sees first."""
    if _too_late(session, enquiry, thread_root) or authorities.ours(session, mail.sender_address):
        return False
    return recognition.knows(session, thread_root, enquiry, mail)


def _ruled(session: Session, enquiry: Enquiry, thread_root: Enquiry) -> bool:
    """Tell whether a rule sends a follow-up to a human.

    Else it would go to the unit of its thread. The rule's deadline applies either way.
    """
    rule = first(once(session, rule_list.active), rule_list.subject_of(enquiry))
    if rule is not None and rule.deadline_type is not None:
        enquiry_deadlines.start(session, enquiry, session.get(DeadlineType, rule.deadline_type))
    return rule is not None and rule.unit is None and thread_root.unit is not None


def note(
    session: Session,
    enquiry: Enquiry,
    route: Route,
    *,
    now: datetime,
    prediction: Prediction | None = None,
    limit: float | None = None,
    rule: RoutingRule | None = None,
    probability: float | None = None,
    wanted: str | None = None,
) -> None:
    """Store what the robot decided, and on what grounds.

    `wanted` is the unit it would have chosen but for a blind check.
    """
    session.add(
        noted(
            enquiry.id,
            route,
            now=now,
            prediction=prediction,
            limit=limit,
            rule=rule,
            probability=probability,
            wanted=wanted,
        )
    )


def noted(
    enquiry_id: int,
    route: Route,
    *,
    now: datetime,
    prediction: Prediction | None,
    limit: float | None,
    rule: RoutingRule | None,
    probability: float | None,
    wanted: str | None,
) -> Decision:
    """Make the row of what the robot decided, without writing it."""
    return Decision(
        enquiry_id=enquiry_id,
        at=now,
        outcome=State.ROUTED if route.unit else State.TRIAGE,
        unit_id=int(unit) if (unit := wanted or route.unit) else None,
        sampled=route.reason is Reason.BLIND_CHECK,
        probability=probability,
        reason=route.reason,
        rule_id=rule.id if rule else None,
        limit=limit,
        confidence=prediction.ranking[0]["confidence"] if prediction and prediction.ranking else 0.0,
        ranking=prediction.ranking if prediction else [],
        outside=prediction.outside if prediction else [],
        model_position=prediction.model_position if prediction else 0,
    )


def _set_aside(session: Session, enquiry: Enquiry, reason: SetAside, follows: Enquiry | None, now: datetime) -> None:
    enquiry.reason, enquiry.follow_up_of_id = reason, follows.id if follows else None
    enquiry.state = follow(enquiry.state, State.SET_ASIDE)
    events.record(session, MailSetAside(reason=reason), by=ROBOT, now=now, enquiry_id=enquiry.id)
    if reason is SetAside.DUPLICATE and follows is not None:
        events.record(
            session,
            TwinFound(twin=enquiry.id, mailbox=enquiry.mailbox),
            by=ROBOT,
            now=now,
            enquiry_id=follows.id,
        )


def _too_late(session: Session, enquiry: Enquiry, thread_root: Enquiry) -> bool:
    """Tell whether a mail is only related to another.

    The earlier one's case is closed for good, or nobody knows which part it means.
    """
    if thread_root.reason == SetAside.SPLIT:
        return True
    return thread_root.state is State.CLOSED and closed_for_good(thread_root.closed_at, enquiry.received_at)


def _relate(session: Session, enquiry: Enquiry, earlier: Enquiry | None, mail: ParsedMail, now: datetime) -> None:
    """Store what this mail may have to do with. Neither the open enquiry nor the closed one decides where it goes."""
    if earlier is not None and earlier.state in (State.TRIAGE, State.ROUTED):
        enquiry.resembles_id = earlier.id
        return
    if earlier is not None:
        enquiry.relates_id = earlier.id
        events.record(session, EnquiryRelated(earlier=earlier.id), by=ROBOT, now=now, enquiry_id=enquiry.id)
    enquiry.resembles_id = recognition.original_of(session, mail) or recognition.resembling(session, enquiry)


def _unranked(session: Session, enquiry: Enquiry, robot: Robot, now: datetime, *, stranger: bool) -> None:
    """Put a mail without words before a human. A guess from its subject alone would only look like one."""
    rule = first(once(session, rule_list.active), rule_list.subject_of(enquiry))
    if rule is not None and rule.deadline_type is not None:
        enquiry_deadlines.start(session, enquiry, session.get(DeadlineType, rule.deadline_type))
    route = _straight(session, enquiry, in_thread=stranger) or Route(None, Reason.WORDS_MISSING)
    note(session, enquiry, route, now=now)
    if route.unit is None:
        enquiry.state = follow(enquiry.state, State.TRIAGE)
    else:
        enquiry.direct = True
        decisions.send_to(session, robot, enquiry, session.get_one(Unit, int(route.unit)), now=now)
    events.record(
        session,
        (EnquiryRouted if route.unit else EnquirySentToTriage)(
            unit_id=enquiry.unit_id, reason=route.reason, missing=enquiry.words_missing
        ),
        by=ROBOT,
        now=now,
        enquiry_id=enquiry.id,
    )


def _route(
    session: Session, enquiry: Enquiry, learner: "Learner", robot: Robot, now: datetime, *, stranger: bool = False
) -> None:
    if enquiry.words_missing is not None:
        _unranked(session, enquiry, robot, now, stranger=stranger)
        return
    coin = sampling.toss(session, enquiry.id)
    ranking, position = learner.rank(example_of(enquiry), settings.get(session, settings.STRANGERS))
    prediction = Prediction(enquiry_id=enquiry.id, model_position=position, at=now, **rows_of(ranking))
    session.merge(prediction)
    limit = settings.limit_for(session, int(ranking.first.unit)) if ranking.first else None
    rule = first(once(session, rule_list.active), rule_list.subject_of(enquiry))
    if rule is not None and rule.deadline_type is not None:
        enquiry_deadlines.start(session, enquiry, session.get(DeadlineType, rule.deadline_type))
    straight = _straight(session, enquiry, in_thread=stranger) or without_citizen(enquiry)
    wanted = straight or _decided(session, enquiry, ranking, rule, limit)
    chance = sampling.probability(session, wanted, now)
    route = checked(wanted, coin, chance or 0.0)
    note(
        session,
        enquiry,
        route,
        now=now,
        prediction=prediction,
        limit=limit,
        rule=rule,
        probability=chance,
        wanted=wanted.unit,
    )
    enquiry.blind = bool(ranking.all) and blind(route, coin, sampling.share_of_humans(session))
    if route.unit is None:
        enquiry.state = follow(enquiry.state, State.TRIAGE)
    else:
        enquiry.automatic, enquiry.direct = route.reason is not Reason.DIRECT, route.reason is Reason.DIRECT
        decisions.send_to(session, robot, enquiry, session.get_one(Unit, int(route.unit)), now=now)
    chosen = route_of(enquiry, route, ranking, limit, position, rule)
    events.record(session, chosen, by=ROBOT, now=now, enquiry_id=enquiry.id)
    if route.unit is None:
        waves.notice(session, enquiry, now=now, salt=learner.salt)


def route_of(
    enquiry: Enquiry, route: Route, ranking: Ranking, limit: float | None, position: int, rule: RoutingRule | None
) -> EnquiryRouted | EnquirySentToTriage:
    """Tell the log what the robot decided by its ranking."""
    return (EnquiryRouted if route.unit else EnquirySentToTriage)(
        unit_id=enquiry.unit_id,
        reason=route.reason,
        confidence=ranking.confidence,
        limit=limit,
        model_position=position,
        rule=rule.name if rule and route.by_rule else None,
        blind=enquiry.blind,
    )


def _straight(session: Session, enquiry: Enquiry, *, in_thread: bool) -> Route | None:
    """Return the route of a mail to a unit's mailbox.

    The mail is that unit's, but for what a unit has put into Retur or writes itself, and a stranger's in a thread.
    """
    if enquiry.raw.folder == Folder.RETURNS:
        return Route(None, Reason.FROM_UNIT)
    if authorities.ours(session, enquiry.sender_address):
        return Route(None, Reason.FROM_HOUSE)
    if in_thread:
        return Route(None, Reason.STRANGER)
    unit_id = once(session, _own_mailboxes).get(enquiry.mailbox)
    return Route(str(unit_id), Reason.DIRECT) if unit_id is not None else None


def _own_mailboxes(session: Session) -> dict[str, int]:
    """The units' own mailboxes that citizens may write to."""
    rows = session.execute(select(Mailbox.address, Mailbox.unit_id).where(Mailbox.unit_id.is_not(None)))
    return {address: unit_id for address, unit_id in rows if unit_id is not None}


def without_citizen(enquiry: Enquiry) -> Route | None:
    """Nobody could be answered: a human says who the citizen is before anything leaves."""
    return None if enquiry.citizen_address else Route(None, Reason.NO_CITIZEN)


def _decided(
    session: Session, enquiry: Enquiry, ranking: Ranking, rule: RoutingRule | None, limit: float | None
) -> Route:
    return by_ranking(
        enquiry, ranking, rule, limit, running=kill_switch.running(session), modes=once(session, settings.modes)
    )


def by_ranking(
    enquiry: Enquiry,
    ranking: Ranking,
    rule: RoutingRule | None,
    limit: float | None,
    *,
    running: bool,
    modes: dict[str, Mode],
) -> Route:
    """Return the route of a mail whose citizen is known, before any blind check."""
    if running and rule is None and not enquiry.attachments and only_thanks(enquiry.subject, enquiry.text):
        return Route(None, Reason.ELSEWHERE)
    several = matters.several(enquiry.text)
    return decide(ranking, running=running, modes=modes, limit=limit, rule=rule, several=several)
