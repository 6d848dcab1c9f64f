"""Look at what people have done with mails whose answer was not seen: it is written on them in the units' mailboxes.

A reply from a shared mailbox often lands in the Sent of whoever wrote it, which Sluse does not read. That somebody replied stands
on the mail itself all the same. Nothing in a mailbox is changed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, func, or_, select
from sqlalchemy.orm import Session

from app import database
from app.domain import journaling
from app.domain.citizen import CitizenSource
from app.domain.enquiry import State
from app.domain.events.casework import DraftSaved
from app.models.answer_route import AnswerTrace
from app.models.case import Forward
from app.models.enquiry import Enquiry
from app.models.event import Event
from app.models.unit import MailboxState, Unit
from app.services.inbound import mailbox_states
from app.services.inbound.thanks import LONGEST, only_thanks
from app.services.platform import faults
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Folder, Handling

log = structlog.get_logger()
FIRST, AGAIN = timedelta(hours=1), timedelta(hours=6)
"""So long after a mail came to its unit it is looked at, and so long after that again."""
LEFT_ALONE = timedelta(hours=1)
MOST = 20
"""Mails that one round looks at: each costs a few calls on its mailbox."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A mail that waits at a unit, by the Message-IDs that it has in the unit's mailbox."""

    enquiry_id: int
    routing_no: int
    mailbox: str
    letters: tuple[str, ...]
    draft: str
    """The Message-ID of its draft; "" where none was made."""
    thanked: bool


class AnswerTracer:
    """Looks at mails that wait at their units, some at a time. A mailbox that fails is left alone for a while."""

    def __init__(self, engine: Engine, secret: str) -> None:
        self._engine, self._secret = engine, secret
        self._away: dict[str, datetime] = {}

    def look(self, gateway: MailGateway, *, now: datetime) -> int:
        """Look at the mails whose turn it is. Return how many were looked at."""
        self._away = {mailbox: until for mailbox, until in self._away.items() if until > now}
        with database.read(self._engine) as session:
            waiting = _waiting(session, self._secret, now, set(self._away))
        looked = 0
        for each in waiting:
            if each.mailbox in self._away:
                continue
            try:
                trace = _trace(gateway, each, now)
            except ConnectorError as error:
                log.info("answer_not_traced", mailbox=each.mailbox, error=faults.message(error))
                self._away[each.mailbox] = now + LEFT_ALONE
                continue
            with database.write(self._engine) as session:
                session.merge(trace)
            looked += 1
        return looked


def _waiting(session: Session, secret: str, now: datetime, away: set[str]) -> list[_Waiting]:
    """Return what units have had for a while and that has not been looked at lately, the longest unseen first."""
    failing = away | set(session.scalars(select(MailboxState.address).where(MailboxState.failing_since.is_not(None))))
    seen = (AnswerTrace.enquiry_id == Enquiry.id) & (AnswerTrace.routing_no == Enquiry.routing_no)
    sent = (Forward.enquiry_id == Enquiry.id) & (Forward.routing_no == Enquiry.routing_no)
    query = (
        select(Enquiry, Forward, Unit.address)
        .join(Forward, sent)
        .join(Unit, Unit.id == Enquiry.unit_id)
        .outerjoin(AnswerTrace, seen)
        .where(Enquiry.state == State.ROUTED, ~Enquiry.imported, Forward.sent_at <= now - FIRST)
        .where(or_(AnswerTrace.looked_at.is_(None), AnswerTrace.looked_at <= now - AGAIN))
        .where(Unit.address.not_in(failing | mailbox_states.paused(session)))
        .order_by(AnswerTrace.looked_at.is_not(None), AnswerTrace.looked_at, Enquiry.id)
    )
    return [_of(session, *row, secret=secret) for row in session.execute(query.limit(MOST)).all()]


def _of(session: Session, enquiry: Enquiry, forward: Forward, mailbox: str, *, secret: str) -> _Waiting:
    own = enquiry.message_id if enquiry.direct and enquiry.mailbox == mailbox else None
    corrected = enquiry.citizen_key if enquiry.citizen_source is CitizenSource.HUMAN else ""
    saved = select(Event.id).where(
        Event.enquiry_id == enquiry.id, Event.kind == DraftSaved.kind, Event.at >= enquiry.routed_at
    )
    drafted = session.scalar(saved.limit(1)) is not None
    key = journaling.draft_key(enquiry.id, enquiry.routing_no, corrected)
    return _Waiting(
        enquiry.id,
        enquiry.routing_no,
        mailbox,
        tuple(filter(None, (forward.message_id, own))),
        journaling.message_id(key, secret) if drafted else "",
        _thanked(session, enquiry, forward),
    )


def _thanked(session: Session, enquiry: Enquiry, forward: Forward) -> bool:
    """Tell whether the citizen has only said thanks since the unit got the mail."""
    later = select(Enquiry.subject, func.substr(Enquiry.text, 1, 4 * LONGEST)).where(
        or_(Enquiry.follow_up_of_id == enquiry.id, Enquiry.resembles_id == enquiry.id),
        Enquiry.citizen_key == enquiry.citizen_key,
        Enquiry.citizen_key != "",
        Enquiry.received_at > forward.sent_at,
    )
    return any(only_thanks(subject, text) for subject, text in session.execute(later))


def _trace(gateway: MailGateway, waiting: _Waiting, now: datetime) -> AnswerTrace:
    """Look into the unit's mailbox."""
    mailbox, found = waiting.mailbox, list[Handling]()
    for message_id in waiting.letters:
        key = gateway.find(mailbox, message_id, folder=Folder.INBOX)
        handling = gateway.handling(mailbox, key) if key is not None else None
        if handling is not None:
            found.append(handling)
    places = (Folder.DRAFTS, Folder.SENT)
    lies = not waiting.draft or any(gateway.find(mailbox, waiting.draft, folder=each) for each in places)
    return AnswerTrace(
        enquiry_id=waiting.enquiry_id,
        routing_no=waiting.routing_no,
        looked_at=now,
        replied=any(each.replied for each in found),
        forwarded=any(each.forwarded for each in found),
        flagged=any(each.flagged for each in found),
        read=any(each.read for each in found),
        gone=not found,
        draft_gone=not lies,
        thanked=waiting.thanked,
    )
