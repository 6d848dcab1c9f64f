"""Bounces: letters of ours that did not arrive.

The bounce's text names the letter, case and unit are told, and an answer's case opens again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import recognition
from app.domain.actor import ROBOT
from app.domain.bounces import Bounce
from app.domain.enquiry import State, follow
from app.domain.events.base import ABSENT
from app.domain.events.casework import CitizenToldNotOurs, MailSentOn, RecallSent, UnitNotified
from app.domain.events.inbound import LetterBounced
from app.domain.notices import Letter, Notice
from app.models.authority import Referral
from app.models.case import Acknowledgement, Case, Deadline, Forward, InterimReply, Reply
from app.models.enquiry import Enquiry, RawMail
from app.models.event import Event
from app.models.unit import Unit
from app.services.casework import enquiry_deadlines
from app.services.inbound import notices
from app.services.platform import events, viewing
from app.services.platform.robot import Robot
from connectors.mail.addresses import key

LATELY = timedelta(days=30)
"""So long after a letter a bounce that names only its recipient is taken for that letter's."""
HEAD = 65_536
LOGGED = {
    MailSentOn.kind: Letter.SENT_ON,
    CitizenToldNotOurs.kind: Letter.NOT_OURS,
    RecallSent.kind: Letter.RECALL,
    UnitNotified.kind: Letter.NOTICE,
}
"""Letters whose Message-ID stands in the log: the event that tells of each."""
NOTICES = {
    Letter.INTERIM: Notice.INTERIM_BOUNCED,
    Letter.ACKNOWLEDGEMENT: Notice.ACKNOWLEDGEMENT_BOUNCED,
}


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A letter of ours that did not arrive.

    `reply`: the answer, where it was one. `overtaken`: the mail has gone to another unit since.
    """

    letter: Letter
    enquiry: Enquiry
    reply: Reply | None = None
    overtaken: bool = False


def tie(session: Session, robot: Robot, notice: Enquiry, bounce: Bounce, *, now: datetime) -> Enquiry | None:
    """Note a bounce on its case and tell the unit. Each letter is told of once. Return the letter's enquiry."""
    found = find(session, bounce)
    if found is None:
        return None
    if found.letter is Letter.REPLY and found.reply is not None:
        _answer_lost(session, robot, found.reply, notice, bounce, now)
    else:
        _letter_lost(session, robot, found, notice, now)
    return found.enquiry


def _answer_lost(session: Session, robot: Robot, reply: Reply, notice: Enquiry, bounce: Bounce, now: datetime) -> None:
    """Reopen the enquiries of an answer that bounced. Only where the citizen did not get the answer."""
    if reply.bounced_at is not None:
        return
    for each in session.scalars(select(Reply).where(Reply.raw_mail_id == reply.raw_mail_id)).all():
        enquiry = session.get_one(Enquiry, each.enquiry_id)
        copy = _only_a_copy(session, each, enquiry, bounce)
        lost = not copy and enquiry.state in (State.ANSWERED, State.CLOSED) and not _answered_since(session, each)
        each.bounced_at = None if copy else notice.received_at
        event = events.record(
            session,
            LetterBounced(letter=Letter.REPLY, bounce=notice.id, copy=copy, reopened=lost),
            by=ROBOT,
            now=now,
            enquiry_id=enquiry.id,
        )
        if lost:
            _open_again(session, robot, enquiry, event.id)
        notices.order(session, robot, enquiry, Notice.COPY_BOUNCED if copy else Notice.REPLY_BOUNCED, notice, now=now)


def _only_a_copy(session: Session, reply: Reply, enquiry: Enquiry, bounce: Bounce) -> bool:
    """Tell whether only a copy of the answer bounced. The citizen has got it then.

    An address that the answer does not name is where the citizen's own address leads.
    """
    if not bounce.recipients or enquiry.citizen_key in _keys(bounce):
        return False
    content = session.scalar(select(RawMail.content).where(RawMail.id == reply.raw_mail_id)) or b""
    head = content[:HEAD].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0].decode("utf-8", "replace").lower()
    return all(each in head for each in bounce.recipients)


def _answered_since(session: Session, reply: Reply) -> bool:
    later = select(Reply.raw_mail_id).where(
        Reply.enquiry_id == reply.enquiry_id, Reply.sent_at > reply.sent_at, Reply.bounced_at.is_(None)
    )
    return session.scalar(later.limit(1)) is not None


def _open_again(session: Session, robot: Robot, enquiry: Enquiry, event_id: int) -> None:
    """The unit has it again, with the days it had; case and register follow."""
    enquiry.state = follow(enquiry.state, State.ROUTED)
    enquiry.closed_at = None
    enquiry_deadlines.answer_lost(session, enquiry)
    registered = session.get(Deadline, enquiry.id)
    if registered is not None:
        registered.met_on = None
    session.flush()
    if enquiry.case_id is not None:
        robot.enqueue(session, f"reopen-{event_id}", enquiry.id, enquiry.routing_no, workflow="reopen")


def _letter_lost(session: Session, robot: Robot, found: Undelivered, notice: Enquiry, now: datetime) -> None:
    """A robot's letter. One that should have handed the mail on puts it back before a human."""
    enquiry, letter = found.enquiry, found.letter
    back = _handed_on(enquiry, letter) and not found.overtaken
    notice_due = NOTICES.get(letter)
    if notice_due is not None and notices.notified(session, enquiry, notice_due):
        return
    events.record(
        session,
        LetterBounced(
            letter=letter,
            bounce=notice.id,
            reopened=back,
            unit_id=enquiry.unit_id if letter is Letter.FORWARD else ABSENT,
        ),
        by=ROBOT,
        now=now,
        enquiry_id=enquiry.id,
    )
    if letter is Letter.INTERIM:
        enquiry_deadlines.feedback_lost(session, enquiry)
    if back:
        enquiry.state = follow(enquiry.state, State.TRIAGE)
        enquiry.unit = enquiry.reason = enquiry.routed_at = None
        enquiry.automatic = enquiry.direct = False
    elif notice_due is not None:
        notices.order(session, robot, enquiry, notice_due, notice, now=now)


def _handed_on(enquiry: Enquiry, letter: Letter) -> bool:
    """Tell whether nobody has the mail since it bounced."""
    expected = {Letter.FORWARD: State.ROUTED, Letter.SENT_ON: State.REFERRED}
    return enquiry.state is expected.get(letter)


def find(session: Session, bounce: Bounce) -> Undelivered | None:
    """Return the letter that a bounce returns, by Message-ID. Only whoever got the letter knows that.

    A case number can be counted, an address and a subject be known: a mail that has no more may be anybody's (`named`).
    """
    return _by_message_id(session, bounce.message_ids) or _sent_on(session, bounce.message_ids)


def named(session: Session, bounce: Bounce, received_at: datetime) -> Enquiry | None:
    """Return the enquiry that a bounce may be about.

    Found by our case number, or by the address that was not reached and the subject.
    """
    found = _by_number(session, bounce, received_at) or _by_recipient(session, bounce, received_at)
    return found.enquiry if found else None


def _keys(bounce: Bounce) -> set[str]:
    return {key(each) for each in bounce.recipients} - {""}


def _by_message_id(session: Session, ids: Sequence[str]) -> Undelivered | None:
    if not ids:
        return None
    reply = session.scalars(
        select(Reply).where(Reply.message_id.in_(ids)).order_by(Reply.sent_at.desc()).limit(1)
    ).first()
    if reply is not None:
        return Undelivered(Letter.REPLY, session.get_one(Enquiry, reply.enquiry_id), reply)
    forward = session.scalars(select(Forward).where(Forward.message_id.in_(ids)).limit(1)).first()
    if forward is not None:
        enquiry = session.get_one(Enquiry, forward.enquiry_id)
        return Undelivered(Letter.FORWARD, enquiry, overtaken=forward.routing_no != enquiry.routing_no)
    for letter, model in ((Letter.INTERIM, InterimReply), (Letter.ACKNOWLEDGEMENT, Acknowledgement)):
        number = session.scalar(select(model.enquiry_id).where(model.message_id.in_(ids)).limit(1))
        if number is not None:
            return Undelivered(letter, session.get_one(Enquiry, number))
    return None


def _sent_on(session: Session, ids: Sequence[str]) -> Undelivered | None:
    """Return the referral, its letter, a recall or a notice, by Message-ID. The log has the Message-IDs of all."""
    if not ids:
        return None
    query = select(Event).where(Event.kind.in_(LOGGED), Event.data["message_id"].as_string().in_(ids))
    event = session.scalars(query.order_by(Event.id.desc()).limit(1)).first()
    enquiry = session.get(Enquiry, event.enquiry_id) if event and event.enquiry_id else None
    return Undelivered(LOGGED[event.kind], enquiry) if event and enquiry else None


def _by_number(session: Session, bounce: Bounce, received_at: datetime) -> Undelivered | None:
    numbers = recognition.case_numbers(bounce.words)
    if not numbers:
        return None
    query = select(Enquiry).join(Case, Case.id == Enquiry.case_id).where(Case.number.in_(numbers))
    return _latest(session, session.scalars(query.order_by(Enquiry.id.desc()).limit(20)).all(), bounce, received_at)


def _by_recipient(session: Session, bounce: Bounce, received_at: datetime) -> Undelivered | None:
    if not bounce.recipients:
        return None
    query = select(Enquiry).where(Enquiry.citizen_key.in_(_keys(bounce)), Enquiry.case_id.is_not(None))
    found = session.scalars(query.order_by(Enquiry.id.desc()).limit(20)).all()
    meant = [each for each in found if each.subject and _names(bounce, each.subject)]
    return _latest(session, meant or found, bounce, received_at)


def _names(bounce: Bounce, subject: str) -> bool:
    """Tell whether a bounce names our letter's subject. Identities are hidden in it, and were not in older ones."""
    return any(each.lower() in bounce.words.lower() for each in (subject, viewing.hidden(subject)))


def _latest(
    session: Session, enquiries: Sequence[Enquiry], bounce: Bounce, received_at: datetime
) -> Undelivered | None:
    """The last letter that went to whom the bounce names, on one of these."""
    letters = [(at, found) for each in enquiries for at, found in _letters(session, each, bounce.recipients)]
    timely = [(at, found) for at, found in letters if received_at - LATELY <= at <= received_at + timedelta(hours=1)]
    return max(timely, key=lambda each: each[0])[1] if timely else None


def _letters(session: Session, enquiry: Enquiry, recipients: Sequence[str]) -> list[tuple[datetime, Undelivered]]:
    """Return an enquiry's letters to the recipients, with times. Where no recipient is named, those to the citizen."""
    referral = session.scalars(
        select(Referral).where(Referral.enquiry_id == enquiry.id).order_by(Referral.id.desc())
    ).first()
    named = {key(each) for each in recipients}
    if referral is not None and referral.forwarded_at and key(referral.address) in named:
        return [(referral.forwarded_at, Undelivered(Letter.SENT_ON, enquiry))]
    forwards = (
        select(Forward, Unit.address).join(Unit, Unit.id == Forward.unit_id).where(Forward.enquiry_id == enquiry.id)
    )
    for forward, mailbox in session.execute(forwards.order_by(Forward.routing_no.desc())):
        if key(mailbox) in named and forward.sent_at:
            return [(forward.sent_at, Undelivered(Letter.FORWARD, enquiry))]
    found: list[tuple[datetime | None, Undelivered]] = [
        (reply.sent_at, Undelivered(Letter.REPLY, enquiry, reply))
        for reply in session.scalars(select(Reply).where(Reply.enquiry_id == enquiry.id))
    ]
    interim, notice_due = session.get(InterimReply, enquiry.id), session.get(Acknowledgement, enquiry.case_id)
    found += [(interim.sent_at, Undelivered(Letter.INTERIM, enquiry))] if interim else []
    found += [(notice_due.sent_at, Undelivered(Letter.ACKNOWLEDGEMENT, enquiry))] if notice_due else []
    found += [(referral.notified_at, Undelivered(Letter.NOT_OURS, enquiry))] if referral else []
    return [(at, each) for at, each in found if at is not None]
