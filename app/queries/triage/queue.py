"""The queue of triage for one person. Mails that wait, in their order, narrowed to what the person chose."""

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
from sqlalchemy.orm import Session, aliased

from app.domain import queue
from app.domain.deadline_status import Status, Today
from app.domain.enquiry import State
from app.domain.queue import QueueOrder
from app.domain.unread import NOT_EXPORTED
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.prediction import Prediction
from app.models.presence import Claim
from app.models.unit import Mailbox, Unit
from app.models.words import note
from app.queries.casework import due
from app.queries.triage import wave_members

SHOWN, MOST = 40, 1280
"""Rows of the list at first, and at most; each time more are asked for, twice as many are shown."""
NO_UNIT = "no_unit"
"""What has no suggestion that may be shown."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """The filter a person chose for the queue. Kept in the address. `only` are ids, of a wave or a receipt."""

    mailbox: str = ""
    language: str = ""
    unit_id: int | None = None
    only: tuple[int, ...] = ()
    wave: int | None = None
    everything: bool = False
    """All lanes, not only one's own."""
    order: QueueOrder | None = None
    """None: the one this person chose last."""
    shown: int = SHOWN

    @property
    def args(self) -> dict[str, str | int]:
        """Return the filter as parameters of an address."""
        found = {
            "postkasse": self.mailbox,
            "sprog": self.language,
            "enhed": self.unit_id,
            "boelge": self.wave,
            "kun": ",".join(map(str, self.only)),
            "bane": "alle" if self.everything else "",
            "orden": self.order,
            "vis": self.shown if self.shown > SHOWN else None,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def longer(self) -> dict[str, str | int]:
        """Return parameters of the same list with more rows."""
        return self.args | {"vis": min(2 * self.shown, MOST)}

    @property
    def narrowed(self) -> bool:
        """Tell whether the filter may leave mails out. These would be this person's to decide."""
        return bool(self.mailbox or self.language or self.unit_id or self.only or self.wave)


@dataclass(frozen=True, slots=True)
class QueueContext:
    """The context of one person's queue. `others` share the queue with them now; without any, everything is theirs."""

    account_id: int
    today: Today
    others: tuple[int, ...] = ()
    held_since: datetime | None = None
    """Claims seen after this moment stand."""
    chosen: QueueFilter = field(default_factory=QueueFilter)

    @property
    def order(self) -> QueueOrder:
        return self.chosen.order or QueueOrder.URGENCY


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One waiting mail in the queue.

    `followers` more of its thread wait for the same decision, `held_by` has it before them.

    Of a wave only the first is a row; `alike` mails are in it, 0 where it is none.
    """

    id: int
    subject: str
    sender: str
    mailbox: str
    deadline: Status
    place: str
    """Why it stands here: a standing of its deadline, the name of the unit it is sorted by, `NO_UNIT`, or "" for neither."""
    returns: int
    unreadable: bool
    followers: int
    held_by: str
    alike: int


def waiting(session: Session, context: QueueContext) -> int:
    """Count the mails that wait for this person. Within what they chose: their share of the queue, or everything."""
    return session.scalar(_narrowed(select(func.count(Enquiry.id)), context).where(_in_own_share(context))) or 0


def next_id(session: Session, context: QueueContext, *, skip: Sequence[int] = ()) -> int | None:
    """Return the next mail that nobody else has.

    The first of the person's share; where that is empty, of the whole queue.
    """
    free = _narrowed(select(Enquiry.id), context).where(~_held_by_another(context), Enquiry.id.not_in(skip))
    ordered = free.order_by(*_order(context)).limit(1)
    found: int | None = session.scalar(ordered.where(_in_own_share(context)))
    return found if found is not None or not context.others else session.scalar(ordered)


def free(rows: Sequence[QueueRow], skip: Sequence[int] = ()) -> int | None:
    """Return the first free mail of a list. Nobody else has it."""
    return next((row.id for row in rows if not row.held_by and row.id not in skip), None)


def next_part(session: Session, enquiry_id: int, account_id: int) -> int | None:
    """Return another waiting part of the same mail. Only one that waits for this person."""
    whole = select(Enquiry.split_from_id).where(Enquiry.id == enquiry_id, Enquiry.part > 0).scalar_subquery()
    query = select(Enquiry.id).where(Enquiry.split_from_id == whole, Enquiry.id != enquiry_id, mine(account_id))
    found: int | None = session.scalar(query.order_by(Enquiry.part).limit(1))
    return found


def rows(session: Session, context: QueueContext) -> list[QueueRow]:
    """Return the first mails of the queue. As many as are asked for."""
    first = _narrowed(select(Enquiry.id), context).where(_in_own_share(context))
    if not (context.chosen.only or context.chosen.wave):
        first = first.where(~wave_members.behind())
    ids = list(session.scalars(first.order_by(*_order(context)).limit(context.chosen.shown)))
    found = {row.id: row for row in _rows(session, context, ids)}
    return [found[n] for n in ids]


def _rows(session: Session, context: QueueContext, ids: list[int]) -> list[QueueRow]:
    held = and_(Claim.enquiry_id == Enquiry.id, Claim.account_id != context.account_id, _stands(context))
    # Columns, not enquiries: forty of those with all they refer to take ten times as long to make.
    query = (
        select(
            Enquiry.id,
            Enquiry.subject,
            Enquiry.sender_name,
            Enquiry.sender_address,
            Enquiry.citizen_name,
            Enquiry.mailbox,
            Enquiry.due_on,
            Enquiry.returns,
            Enquiry.quarantine,
            Mailbox.name,
            _followers().label("followers"),
            Account.name.label("holder"),
            wave_members.alike().label("alike"),
            _suggested().label("unit"),
        )
        .outerjoin(Mailbox, Mailbox.address == Enquiry.mailbox)
        .outerjoin(Claim, held)
        .outerjoin(Account, Account.id == Claim.account_id)
        .where(Enquiry.id.in_(ids))
    )
    note(ids)
    return [
        QueueRow(
            id=row.id,
            subject=row.subject,
            sender=row.citizen_name or row.sender_name or row.sender_address,
            mailbox=row.name or row.mailbox,
            deadline=context.today.status(row.due_on),
            place=reason_for_place(context, row.due_on, row.unit),
            returns=row.returns,
            unreadable=row.quarantine not in (None, NOT_EXPORTED),
            followers=row.followers,
            held_by=row.holder or "",
            alike=row.alike,
        )
        for row in session.execute(query)
    ]


def reason_for_place(context: QueueContext, due_on: date, unit: str | None) -> str:
    """Return why a mail stands where it does.

    See `QueueRow.place`; `unit` is the one that is suggested, where that may be seen.
    """
    if context.order is QueueOrder.UNIT:
        return unit or NO_UNIT
    return str(context.today.status(due_on).standing) if context.order is QueueOrder.URGENCY else ""


def mine(account_id: int) -> ColumnElement[bool]:
    """Select mails that this person may decide.

    Waiting, not behind a thread root that waits too, and not somebody else's to decide.
    """
    owner = or_(Enquiry.owner_id.is_(None), Enquiry.owner_id == account_id)
    return and_(Enquiry.state == State.TRIAGE, _is_thread_root(), owner)


@cache
def _is_thread_root() -> ColumnElement[bool]:
    """Select mails whose thread root does not wait too."""
    thread_root = aliased(Enquiry)
    behind = select(thread_root.id).where(thread_root.id == Enquiry.follow_up_of_id, thread_root.state == State.TRIAGE)
    return or_(Enquiry.follow_up_of_id.is_(None), ~behind.exists())


@cache
def _followers() -> ScalarSelect[int]:
    """Count the follow-ups that wait with a mail."""
    follower = aliased(Enquiry)
    query = select(func.count(follower.id)).where(
        follower.follow_up_of_id == Enquiry.id, follower.state == State.TRIAGE
    )
    return query.scalar_subquery()


def _narrowed(query: Select[Any], context: QueueContext) -> Select[Any]:
    """Narrow a query to the person's filtered queue. Blind mails are in no result that a suggestion decides."""
    chosen = context.chosen
    query = query.outerjoin(Prediction, Prediction.enquiry_id == Enquiry.id).where(mine(context.account_id))
    if chosen.mailbox:
        query = query.where(Enquiry.mailbox == chosen.mailbox)
    if chosen.language:
        query = query.where(Enquiry.language == chosen.language)
    if chosen.unit_id:
        query = query.where(Prediction.unit_id == chosen.unit_id, ~_hidden())
    if chosen.wave:
        query = query.where(Enquiry.id.in_(wave_members.ids(chosen.wave)))
    if chosen.only:
        query = query.where(Enquiry.id.in_(chosen.only))
    return query


def _hidden() -> ColumnElement[bool]:
    """`hides_suggestion` for a mail in triage."""
    return and_(Enquiry.blind, Enquiry.returns == 0)


@cache
def _suggested() -> ScalarSelect[str]:
    """Select the suggested unit's name. NULL where there is none, or none may be seen."""
    suggestion = aliased(Prediction)
    seen = select(Unit.name).join(suggestion, suggestion.unit_id == Unit.id)
    return seen.where(suggestion.enquiry_id == Enquiry.id, ~_hidden()).correlate(Enquiry).scalar_subquery()


def _stands(context: QueueContext) -> ColumnElement[bool]:
    return literal(True) if context.held_since is None else Claim.seen_at > context.held_since


def _held_by_another(context: QueueContext) -> ColumnElement[bool]:
    return (
        select(Claim.enquiry_id)
        .where(Claim.enquiry_id == Enquiry.id, Claim.account_id != context.account_id, _stands(context))
        .exists()
    )


def _in_own_share(context: QueueContext) -> ColumnElement[bool]:
    """`queue.share_owner` is this person: no other's draw is higher.

    A list that is narrowed to something else is not divided.
    """
    if context.chosen.everything or context.chosen.only or context.chosen.wave:
        return literal(True)
    own = _draw(queue.share_multiplier(context.account_id))
    return and_(literal(True), *(own > _draw(queue.share_multiplier(other)) for other in context.others))


def _draw(multiplier: int) -> ColumnElement[int]:
    return cast(Enquiry.id, BigInteger) * literal(multiplier, BigInteger) % literal(queue.PRIME, BigInteger)


def _order(context: QueueContext) -> list[Any]:
    """The order that was chosen; by urgency it is `queue.sort_key`, in SQL."""
    drawn = cast(_draw(queue.DRAW_MULTIPLIER), Float) / literal(float(queue.PRIME))
    scattered = queue.LEAST_DOUBT + (queue.MOST_DOUBT - queue.LEAST_DOUBT) * drawn
    doubt = case(
        (_hidden(), scattered), (Prediction.confidence.is_(None), queue.UNKNOWN), else_=1.0 - Prediction.confidence
    )
    by_doubt = [doubt.desc(), Enquiry.due_on, Enquiry.id]
    urgent = due.urgent(context.today)
    by_urgency = [case((urgent, 0), else_=1), case((urgent, Enquiry.due_on)), *by_doubt]
    unit = _suggested()
    orders: dict[QueueOrder, list[Any]] = {
        QueueOrder.URGENCY: by_urgency,
        QueueOrder.DOUBT: by_doubt,
        QueueOrder.NEWEST: [Enquiry.received_at.desc(), Enquiry.id.desc()],
        QueueOrder.UNIT: [case((unit.is_(None), 1), else_=0), unit, *by_urgency],
    }
    return orders[context.order]


@dataclass(frozen=True, slots=True)
class QueueChoices:
    """The choices for narrowing the queue. Each is (value, name)."""

    mailboxes: list[tuple[str, str]]
    languages: list[str]
    units: list[tuple[int, str]]


def choices(session: Session) -> QueueChoices:
    """Return the choices for narrowing the queue.

    Every shared mailbox, the languages that wait now, every unit that takes mails.
    """
    mailboxes = (
        select(Mailbox.address, Mailbox.name).where(Mailbox.unit_id.is_(None), ~Mailbox.journal).order_by(Mailbox.name)
    )
    languages = select(Enquiry.language).where(Enquiry.state == State.TRIAGE, Enquiry.language.is_not(None)).distinct()
    units = select(Unit.id, Unit.name).where(~Unit.closed).order_by(Unit.name)
    return QueueChoices(
        [(address, name) for address, name in session.execute(mailboxes)],
        sorted(filter(None, session.scalars(languages))),
        [(unit_id, name) for unit_id, name in session.execute(units)],
    )
