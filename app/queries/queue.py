"""The queue of triage: what waits for one person, in what order, narrowed to what they chose."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    ScalarSelect,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.domain import deadlines, queue
from app.domain.enquiry import State
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.prediction import Prediction
from app.models.presence import Claim
from app.models.unit import Mailbox, Unit
from app.queries import waves

SHOWN = 40


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has narrowed the queue to; it stands in the address. `only` are ids, of a wave or a receipt."""

    mailbox: str = ""
    language: str = ""
    unit_id: int | None = None
    only: tuple[int, ...] = ()
    wave: int | None = None
    everything: bool = False
    """All lanes, not only one's own."""

    @property
    def args(self) -> dict[str, str | int]:
        """The same as parameters of an address."""
        found = {
            "postkasse": self.mailbox, "sprog": self.language, "enhed": self.unit_id, "boelge": self.wave,
            "kun": ",".join(map(str, self.only)), "bane": "alle" if self.everything else "",
        }  # fmt: skip
        return {name: value for name, value in found.items() if value}

    @property
    def narrowed(self) -> bool:
        """Whether mails may be left out that would be this person's to decide."""
        return bool(self.mailbox or self.language or self.unit_id or self.only or self.wave)


@dataclass(frozen=True, slots=True)
class Desk:
    """What one person's queue depends on. `others` share the lanes with them now; without any, everything is theirs."""

    account_id: int
    today: date
    calendar: deadlines.Calendar
    others: tuple[int, ...] = ()
    held_since: datetime | None = None
    """Claims seen after this moment stand."""
    chosen: Chosen = field(default_factory=Chosen)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One waiting mail; `followers` more of its thread wait for the same decision, `held_by` has it before them.

    Of a wave only the first is a row; `alike` mails are in it, 0 where it is none.
    """

    id: int
    subject: str
    sender: str
    mailbox: str
    days_left: int
    returns: int
    unreadable: bool
    followers: int
    held_by: str
    alike: int


def waiting(session: Session, desk: Desk) -> int:
    """How many mails wait in what this person chose: their lane, or everything."""
    return session.scalar(_narrowed(select(func.count(Enquiry.id)), desk).where(_in_lane(desk))) or 0


def next_id(session: Session, desk: Desk, *, skip: Sequence[int] = ()) -> int | None:
    """The first mail of the person's lane that nobody else has; where the lane is empty, of all lanes."""
    free = _narrowed(select(Enquiry.id), desk).where(~_held_by_another(desk), Enquiry.id.not_in(skip))
    ordered = free.order_by(*_order(desk)).limit(1)
    found: int | None = session.scalar(ordered.where(_in_lane(desk)))
    return found if found is not None or not desk.others else session.scalar(ordered)


def free(rows: Sequence[QueueRow], skip: Sequence[int] = ()) -> int | None:
    """The first mail of a list that nobody else has."""
    return next((row.id for row in rows if not row.held_by and row.id not in skip), None)


def next_part(session: Session, enquiry_id: int, account_id: int) -> int | None:
    """Another matter of the same mail that still waits for this person."""
    whole = select(Enquiry.split_from_id).where(Enquiry.id == enquiry_id, Enquiry.part > 0).scalar_subquery()
    query = select(Enquiry.id).where(Enquiry.split_from_id == whole, Enquiry.id != enquiry_id, mine(account_id))
    found: int | None = session.scalar(query.order_by(Enquiry.part).limit(1))
    return found


def rows(session: Session, desk: Desk) -> list[QueueRow]:
    """The first mails of the queue, at most `SHOWN`."""
    first = _narrowed(select(Enquiry.id), desk).where(_in_lane(desk))
    if not (desk.chosen.only or desk.chosen.wave):
        first = first.where(~waves.behind())
    ids = list(session.scalars(first.order_by(*_order(desk)).limit(SHOWN)))
    found = {row.id: row for row in _rows(session, desk, ids)}
    return [found[n] for n in ids]


def _rows(session: Session, desk: Desk, ids: list[int]) -> list[QueueRow]:
    held = and_(Claim.enquiry_id == Enquiry.id, Claim.account_id != desk.account_id, _stands(desk))
    # Columns, not enquiries: forty of those with all they refer to take ten times as long to make.
    query = (
        select(
            Enquiry.id, Enquiry.subject, Enquiry.sender_name, Enquiry.sender_address, Enquiry.citizen_name, Enquiry.mailbox,
            Enquiry.due_on,
            Enquiry.returns, Enquiry.quarantine, Mailbox.name, _followers().label("followers"),
            Account.name.label("holder"), waves.alike().label("alike"),
        )
        .outerjoin(Mailbox, Mailbox.address == Enquiry.mailbox)
        .outerjoin(Claim, held)
        .outerjoin(Account, Account.id == Claim.account_id)
        .where(Enquiry.id.in_(ids))
    )  # fmt: skip
    return [
        QueueRow(
            id=row.id,
            subject=row.subject,
            sender=row.citizen_name or row.sender_name or row.sender_address,
            mailbox=row.name or row.mailbox,
            days_left=deadlines.working_days_left(row.due_on, desk.today, desk.calendar),
            returns=row.returns,
            unreadable=row.quarantine is not None,
            followers=row.followers,
            held_by=row.holder or "",
            alike=row.alike,
        )
        for row in session.execute(query)
    ]


def mine(account_id: int) -> ColumnElement[bool]:
    """Waiting, not behind a leader that waits too, and not somebody else's to decide."""
    owner = or_(Enquiry.owner_id.is_(None), Enquiry.owner_id == account_id)
    return and_(Enquiry.state == State.TRIAGE, _leads(), owner)


@cache
def _leads() -> ColumnElement[bool]:
    """Whether no leader of it waits too."""
    leader = aliased(Enquiry)
    behind = select(leader.id).where(leader.id == Enquiry.follows_id, leader.state == State.TRIAGE)
    return or_(Enquiry.follows_id.is_(None), ~behind.exists())


@cache
def _followers() -> ScalarSelect[int]:
    """How many mails that follow it wait too."""
    follower = aliased(Enquiry)
    query = select(func.count(follower.id)).where(follower.follows_id == Enquiry.id, follower.state == State.TRIAGE)
    return query.scalar_subquery()


def _narrowed(query: Select[Any], desk: Desk) -> Select[Any]:
    """What waits for this person within what they chose. Blind mails are in no result that a suggestion decides."""
    chosen = desk.chosen
    query = query.outerjoin(Prediction, Prediction.enquiry_id == Enquiry.id).where(mine(desk.account_id))
    if chosen.mailbox:
        query = query.where(Enquiry.mailbox == chosen.mailbox)
    if chosen.language:
        query = query.where(Enquiry.language == chosen.language)
    if chosen.unit_id:
        query = query.where(Prediction.unit_id == chosen.unit_id, ~_hidden())
    if chosen.wave:
        query = query.where(Enquiry.id.in_(waves.ids(chosen.wave)))
    if chosen.only:
        query = query.where(Enquiry.id.in_(chosen.only))
    return query


def _hidden() -> ColumnElement[bool]:
    """`hides_suggestion` for a mail in triage."""
    return and_(Enquiry.blind, Enquiry.returns == 0)


def _stands(desk: Desk) -> ColumnElement[bool]:
    return literal(True) if desk.held_since is None else Claim.seen_at > desk.held_since


def _held_by_another(desk: Desk) -> ColumnElement[bool]:
    return select(Claim.enquiry_id).where(
        Claim.enquiry_id == Enquiry.id, Claim.account_id != desk.account_id, _stands(desk)
    ).exists()  # fmt: skip


def _in_lane(desk: Desk) -> ColumnElement[bool]:
    """`queue.lane` is this person: no other's draw is higher. What somebody else narrowed to is not divided."""
    if desk.chosen.everything or desk.chosen.only or desk.chosen.wave:
        return literal(True)
    own = _draw(queue.weight(desk.account_id))
    return and_(literal(True), *(own > _draw(queue.weight(other)) for other in desk.others))


def _draw(multiplier: int) -> ColumnElement[int]:
    return cast(Enquiry.id, BigInteger) * literal(multiplier, BigInteger) % literal(queue.PRIME, BigInteger)


def _order(desk: Desk) -> list[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    """`queue.place`, in SQL."""
    now_due = Enquiry.due_on < deadlines.add_working_days(desk.today, 1, desk.calendar)
    drawn = cast(_draw(queue.SCATTER), Float) / literal(float(queue.PRIME))
    scattered = queue.LEAST_DOUBT + (queue.MOST_DOUBT - queue.LEAST_DOUBT) * drawn
    doubt = case(
        (_hidden(), scattered), (Prediction.confidence.is_(None), queue.UNKNOWN), else_=1.0 - Prediction.confidence
    )
    return [
        case((now_due, 0), else_=1),
        case((now_due, Enquiry.due_on)),
        (doubt / _days_left(desk)).desc(),
        Enquiry.due_on,
        Enquiry.id,
    ]


def _days_left(desk: Desk) -> ColumnElement[float]:
    """Working days left, from 1 to `queue.FAR`: a few comparisons, since a later day never leaves fewer."""
    steps, day = [], deadlines.add_working_days(desk.today, 1, desk.calendar)
    for days in range(1, queue.FAR):
        day = deadlines.add_working_days(day, 1, desk.calendar)
        steps.append((Enquiry.due_on < day, float(days)))
    return case(*steps, else_=float(queue.FAR))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the queue can be narrowed to: (value, name)."""

    mailboxes: list[tuple[str, str]]
    languages: list[str]
    units: list[tuple[int, str]]


def choices(session: Session) -> Choices:
    """Every shared mailbox, the languages that wait now, every unit that takes mails."""
    mailboxes = select(Mailbox.address, Mailbox.name).where(Mailbox.unit_id.is_(None)).order_by(Mailbox.name)
    languages = select(Enquiry.language).where(Enquiry.state == State.TRIAGE, Enquiry.language.is_not(None)).distinct()
    units = select(Unit.id, Unit.name).where(~Unit.closed).order_by(Unit.name)
    return Choices(
        [(address, name) for address, name in session.execute(mailboxes)],
        sorted(filter(None, session.scalars(languages))),
        [(unit_id, name) for unit_id, name in session.execute(units)],
    )
