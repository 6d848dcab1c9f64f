"""Splitting of one mail into several matters.

Each part becomes an enquiry of its own; the mail itself is set aside as split.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain import splitting
from app.domain.actor import Actor
from app.domain.enquiry import State, follow
from app.domain.events.triage import DecisionUndone, MailSplit, PartPutTogether, PartSplitOff
from app.domain.recognition import SetAside
from app.domain.splitting import MailPart
from app.errors import RefusedError
from app.models.enquiry import Attachment, Enquiry
from app.queries.triage.undo_plans import DecisionPlan
from app.services.learning import ranking
from app.services.platform import events
from app.services.platform.robot import Robot
from app.services.triage import decisions, returns
from learning.language import language_of


def split(
    session: Session, enquiry_id: int, parts: Sequence[MailPart], *, version: int, by: Actor, now: datetime
) -> list[Enquiry]:
    """Divide a mail that waits; each part waits in its place, with the mail's own deadline, and soon its own suggestion.

    A case the mail has already goes on with the first part.

    Raises:
        RefusedError: the mail cannot be read, or the parts make no division.
    """
    enquiry = decisions.waiting(session, enquiry_id, version, by=by, now=now)
    if enquiry.quarantine is not None:
        raise RefusedError("split_unreadable")
    if code := splitting.problem(parts, [file.position for file in enquiry.attachments]):
        raise RefusedError(code)
    numbers = range(_last_part(session, enquiry) + 1, _last_part(session, enquiry) + 1 + len(parts))
    made = [_part(session, enquiry, n, each, now) for n, each in zip(numbers, parts, strict=True)]
    made[0].case_id = enquiry.case_id
    enquiry.state, enquiry.reason, enquiry.owner_id = follow(enquiry.state, State.SET_ASIDE), SetAside.SPLIT, None
    ids = [each.id for each in made]
    events.record(session, MailSplit(parts=ids, hop=enquiry.routing_no), by=by, now=now, enquiry_id=enquiry.id)
    for each in made:
        events.record(session, PartSplitOff(original=enquiry.id, parts=ids), by=by, now=now, enquiry_id=each.id)
    return made


def _last_part(session: Session, enquiry: Enquiry) -> int:
    return session.scalar(select(func.max(Enquiry.part)).where(Enquiry.raw_mail_id == enquiry.raw_mail_id)) or 0


def _part(session: Session, whole: Enquiry, number: int, part: MailPart, now: datetime) -> Enquiry:
    made = Enquiry(
        raw_mail_id=whole.raw_mail_id,
        part=number,
        split_from_id=whole.id,
        mailbox=whole.mailbox,
        received_at=whole.received_at,
        due_on=whole.due_on,
        deadline_type_id=whole.deadline_type_id,
        feedback_due_on=whole.feedback_due_on,
        answer_due_on=whole.answer_due_on,
        feedback_at=whole.feedback_at,
        subject=part.title,
        text=part.text,
        language=language_of(f"{part.title}\n{part.text}"),
        sender_name=whole.sender_name,
        sender_address=whole.sender_address,
        message_id=whole.message_id,
        citizen_name=whole.citizen_name,
        citizen_address=whole.citizen_address,
        citizen_key=whole.citizen_key,
        citizen_source=whole.citizen_source,
        citizen_candidates=whole.citizen_candidates,
        in_reply_to=whole.in_reply_to,
        may_acknowledge=whole.may_acknowledge,
        relates_id=whole.relates_id,
        owner_id=whole.owner_id,
        repairs=whole.repairs,
        unread=whole.unread,
        state=follow(State.RECEIVED, State.TRIAGE),
    )
    made.attachments = [
        Attachment(position=a.position, filename=a.filename, content_type=a.content_type, size=a.size)
        for a in whole.attachments
        if a.position in part.files
    ]
    session.add(made)
    session.flush()
    ranking.ask(session, made.id, now=now)
    return made


def take_back(session: Session, _robot: Robot, plan: DecisionPlan, *, by: Actor, now: datetime) -> Enquiry:
    """Join the parts of a mail again. All of them wait still."""
    whole, ids = plan.enquiry, MailSplit.read(plan.decision.data).parts
    for part in [session.get_one(Enquiry, part_id) for part_id in ids]:
        part.state, part.reason, part.owner_id = follow(part.state, State.SET_ASIDE), SetAside.SPLIT_UNDONE, None
        events.record(session, PartPutTogether(original=whole.id), by=by, now=now, enquiry_id=part.id)
    followed = update(Enquiry).where(Enquiry.follow_up_of_id.in_(ids))
    session.execute(followed.values(follow_up_of_id=whole.id, version=Enquiry.version + 1))
    returns.wait_again(whole, by)
    events.record(session, DecisionUndone(event_id=plan.decision.id), by=by, now=now, enquiry_id=whole.id)
    return whole
