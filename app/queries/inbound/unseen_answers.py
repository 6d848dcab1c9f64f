"""Read which enquiries a unit seems to have answered though the answer was not seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.deadline_status import Today
from app.domain.enquiry import State
from app.domain.unseen_answers import Sign, is_sure, worth_a_look
from app.models.answer_route import AnswerTrace
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox
from app.queries.casework import due

MOST = 200
"""So many are shown."""


@dataclass(frozen=True, slots=True)
class UnseenAnswer:
    """An enquiry that waits at its unit, and what shows that it may be answered; `signs` in the order of their weight."""

    id: int
    subject: str
    case_number: str
    unit: str
    address: str
    looked_at: datetime
    signs: tuple[Sign, ...]

    @property
    def sure(self) -> bool:
        return is_sure(set(self.signs))


def rows(session: Session, today: Today) -> list[UnseenAnswer]:
    """Return the enquiries that somebody should look at: those first that were surely replied to, then the oldest."""
    seen = (AnswerTrace.enquiry_id == Enquiry.id) & (AnswerTrace.routing_no == Enquiry.routing_no)
    query = (
        select(Enquiry, AnswerTrace, due.overdue(today))
        .join(AnswerTrace, seen)
        .where(Enquiry.state == State.ROUTED, ~Enquiry.imported)
        .options(joinedload(Enquiry.case), joinedload(Enquiry.unit))
        .order_by(AnswerTrace.replied.desc(), Enquiry.routed_at, Enquiry.id)
    )
    found = (_row(enquiry, trace, late) for enquiry, trace, late in session.execute(query))
    return [row for row in found if worth_a_look(set(row.signs))][:MOST]


def journal_mailbox(session: Session) -> str | None:
    """Return the mailbox that gets copies of what units send; None where there is none."""
    return session.scalar(select(Mailbox.address).where(Mailbox.journal).order_by(Mailbox.id).limit(1))


def _row(enquiry: Enquiry, trace: AnswerTrace, late: bool) -> UnseenAnswer:
    return UnseenAnswer(
        enquiry.id,
        enquiry.subject,
        enquiry.case.number if enquiry.case else "",
        enquiry.unit.name if enquiry.unit else "",
        enquiry.unit.address if enquiry.unit else "",
        trace.looked_at,
        tuple(_signs(trace, late)),
    )


def _signs(trace: AnswerTrace, late: bool) -> Iterator[Sign]:
    known = {
        Sign.REPLIED: trace.replied,
        Sign.DRAFT_GONE: trace.draft_gone,
        Sign.THANKED: trace.thanked,
        Sign.FORWARDED: trace.forwarded,
        Sign.GONE: trace.gone,
        Sign.FLAGGED: trace.flagged,
        Sign.READ: trace.read,
        Sign.LATE: late,
    }
    return (sign for sign, there in known.items() if there)
