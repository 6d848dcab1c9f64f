"""Referral of mails that another authority has to answer.

They are sent on to it (forvaltningsloven § 7, 2), and the citizen is told.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import templates
from app.domain.actor import Actor
from app.domain.citizen import is_read
from app.domain.enquiry import State, follow
from app.domain.events.triage import Circumstances, DecisionUndone, EnquiryReferred
from app.domain.outside import of_authority
from app.domain.recognition import SetAside
from app.domain.templates import COMMON, TemplateKind
from app.errors import NotFoundError, RefusedError
from app.models.authority import Authority, Referral
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox
from app.queries.triage.undo_plans import DecisionPlan
from app.services.casework import reply_templates, titles
from app.services.learning import breaker, labels
from app.services.organisation import authorities
from app.services.platform import events
from app.services.platform.robot import Robot
from app.services.triage import decision_times, decisions, returns

LONGEST = 10_000
"""Characters of a letter to a citizen."""


def may_tell(session: Session, enquiry: Enquiry) -> bool:
    """Tell whether the sender may be written to. A robot may not, nor may one of us."""
    return (
        enquiry.may_acknowledge
        and enquiry.quarantine is None
        and is_read(enquiry.citizen_address)
        and not authorities.ours(session, enquiry.citizen_address)
    )


def letter_for(session: Session, enquiry: Enquiry, authority: Authority | None) -> str:
    """Return the letter to the citizen, ready to be changed. "" where nobody is to be written to.

    The subject is shown without identities, since mail is an open card, and without links: many such letters may leave
    at one press.
    """
    if not may_tell(session, enquiry):
        return ""
    kind = TemplateKind.REFERRAL if authority else TemplateKind.GUIDANCE
    text = reply_templates.text_for(session, kind, None, enquiry.subject, enquiry.text)
    if authority is not None and authority.letter:
        text = templates.expand(authority.letter, reply_templates.paragraph_texts(session))
    # A shared paragraph may name what only a unit's letter knows; a person reads the letter before it goes.
    values = dict.fromkeys(COMMON, "") | reply_templates.values_of_mail(enquiry) | {"emne": titles.repeated(enquiry)}
    if authority is not None:
        values |= {"myndighed": authority.name, "myndighed_adresse": authority.address}
    return templates.fill(text, values | {"postkasse": mailbox_name(session, enquiry)})


def mailbox_name(session: Session, enquiry: Enquiry) -> str:
    """Return the name citizens know an enquiry's mailbox by."""
    return session.scalar(select(Mailbox.name).where(Mailbox.address == enquiry.mailbox)) or enquiry.mailbox


def refer(
    session: Session,
    robot: Robot,
    enquiry_id: int,
    authority_id: int | None,
    text: str,
    *,
    version: int,
    by: Actor,
    now: datetime,
    undo_seconds: float = 0,
    taught: bool = True,
    wave_id: int | None = None,
    shown: Collection[int] = (),
) -> Referral:
    """End an enquiry as another authority's, and send it on.

    Its follow-ups in `shown` end too; without an authority the citizen is only told.

    Nothing leaves the house before `undo_seconds` are over. The citizen gets one letter, the authority every mail. The
    authority teaches the model, unless it is unknown; `taught` and `wave_id` as `triage.route` has them. `shown`: what
    whoever decides has before them, since nothing that nobody has read leaves the house.

    Raises:
        NotFoundError: there is no such authority, or it is not in use.
        RefusedError: the letter is empty though there is somebody to read it.
    """
    enquiry = decisions.waiting(session, enquiry_id, version, by=by, now=now)
    authority = session.get(Authority, authority_id) if authority_id is not None else None
    if authority_id is not None and (authority is None or authority.retired):
        raise NotFoundError
    letter = text.replace("\r\n", "\n").strip()[:LONGEST] if may_tell(session, enquiry) else ""
    if not letter and may_tell(session, enquiry):
        raise RefusedError("letter_empty")
    taken = decision_times.measured(session, enquiry, by=by, now=now)
    if authority is not None:
        labels.give(session, enquiry, of_authority(authority.id), by=by, now=now, taught=taught)
    ended = decisions.ended_with(session, enquiry, shown, now=now)
    details: Circumstances = {} if wave_id is None else {"wave_id": wave_id}
    rows = [
        _end(
            session,
            robot,
            each,
            authority,
            letter if each is enquiry else "",
            by,
            now,
            undo_seconds,
            details | taken if each is enquiry else details,
        )
        for each in ended
    ]
    breaker.hear(session, [each.id for each in ended], now=now)
    return rows[0]


def _end(
    session: Session,
    robot: Robot,
    enquiry: Enquiry,
    authority: Authority | None,
    letter: str,
    by: Actor,
    now: datetime,
    undo_seconds: float,
    details: Circumstances,
) -> Referral:
    enquiry.state = follow(enquiry.state, State.REFERRED)
    enquiry.reason, enquiry.owner_id = SetAside.NOT_OURS, None
    row = Referral(
        enquiry_id=enquiry.id,
        authority=authority,
        address=authority.address if authority else "",
        text=f"{letter}\n" if letter else "",
        at=now,
    )
    session.add(row)
    session.flush()
    if row.leaves or enquiry.case_id is not None:
        robot.enqueue(session, "refer", enquiry.id, row.id, delay=undo_seconds)
    events.record(
        session,
        EnquiryReferred(
            reason=SetAside.NOT_OURS,
            hop=enquiry.routing_no,
            referral_id=row.id,
            authority=authority.name if authority else None,
            **details,
        ),
        by=by,
        now=now,
        enquiry_id=enquiry.id,
    )
    return row


def take_back(session: Session, robot: Robot, plan: DecisionPlan, *, by: Actor, now: datetime) -> Enquiry:
    """Take back a referral and its follow-ups' ones. Their letters stay in the house; the model forgets the authority.

    One from before letters were sent on is taken back as a dismissal.
    """
    if not EnquiryReferred.read(plan.decision.data).referral_id:
        return decisions.take_back(session, robot, plan, by=by, now=now)
    for each in plan.mails:
        labels.revoke(session, each.enquiry.id, by=by, now=now)
        returns.wait_again(each.enquiry, by)
        referral = session.get_one(Referral, EnquiryReferred.read(each.event.data).referral_id)
        referral.withdrawn_at = now
        undone = DecisionUndone(event_id=each.event.id)
        events.record(session, undone, by=by, now=now, enquiry_id=each.enquiry.id)
    return plan.enquiry
