"""The visitators on duty and their shares of the queue.

When somebody comes or leaves, everybody's share changes at once.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.domain import deadlines
from app.domain.access import Role
from app.domain.actor import Actor
from app.domain.enquiry import State
from app.domain.events.triage import ClaimTimeoutChanged, OwnerChanged, PersonCameBack, PersonLeft
from app.domain.queue import QueueOrder
from app.errors import NotFoundError, RefusedError
from app.models.account import Account
from app.models.enquiry import Enquiry
from app.models.presence import Presence
from app.queries.triage.queue import QueueContext, QueueFilter
from app.services.casework import enquiry_deadlines
from app.services.platform import events, settings
from app.services.triage import claims

STAFF = (Role.MANAGER, Role.ADMINISTRATOR)
"""Who says that somebody else is away, and when an open mail is free again."""
RENEWED = timedelta(seconds=30)
"""Being seen again is written down no oftener than this."""
MOST_QUIET = 60


def seen(session: Session, account: Account, *, now: datetime) -> bool:
    """Tell whether a person was noted as present just now. Then it need not be written again."""
    row = session.get(Presence, account.id)
    return row is not None and row.seen_at is not None and row.seen_at > now - RENEWED


def arrive(session: Session, account: Account, *, now: datetime) -> None:
    """Note that a person is at work. Their claims are renewed."""
    if not seen(session, account, now=now):
        _presence(session, account.id).seen_at = now
        session.flush()
        claims.renew(session, account.id, now=now)


def queue_context(session: Session, account: Account, chosen: QueueFilter, *, now: datetime) -> QueueContext:
    """Return what a person's queue depends on now.

    Only visitators have a share of the queue; others who look in have none of their own.

    A visitator who opens the queue has a share of it at once, before it is written down that they are at work.
    """
    present, row = on_duty(session, now=now), session.get(Presence, account.id)
    shares = account.role is Role.VISITATOR and not is_away(session, account.id, deadlines.local_day(now))
    order = chosen.order or (QueueOrder(row.queue_order) if row is not None and row.queue_order else None)
    return QueueContext(
        account_id=account.id,
        today=enquiry_deadlines.today(session, now),
        others=tuple(n for n in present if n != account.id) if shares else (),
        held_since=now - claims.claim_timeout(session),
        chosen=replace(chosen, order=order),
    )


def prefer(session: Session, account: Account, order: QueueOrder) -> None:
    """Remember the order in which somebody wants the queue. It holds until they choose another."""
    row = _presence(session, account.id)
    if row.queue_order != order:
        row.queue_order = order
        session.flush()


def on_duty(session: Session, *, now: datetime) -> list[int]:
    """Return the visitators on duty. They were seen lately and are not away."""
    query = (
        select(Presence.account_id)
        .join(Account, Account.id == Presence.account_id)
        .where(Account.role == Role.VISITATOR, Account.active)
        .where(Presence.seen_at > now - claims.claim_timeout(session), ~_away(deadlines.local_day(now)))
    )
    return list(session.scalars(query.order_by(Presence.account_id)))


def is_away(session: Session, account_id: int, today: date) -> bool:
    return (
        session.scalar(select(Presence.account_id).where(Presence.account_id == account_id, _away(today))) is not None
    )


def leave(session: Session, account_id: int, until: date | None, *, by: Actor, now: datetime) -> Account:
    """Note that somebody is away from now on.

    `until` is the last day, where it is known. Their mails are the others' at once.

    Raises:
        NotFoundError: no such account.
        RefusedError: the day has passed, or it is somebody else and not theirs to say.
    """
    account = _account(session, account_id)
    _own_or_leading(account, by)
    if until is not None and until < deadlines.local_day(now):
        raise RefusedError("no_date")
    row = _presence(session, account.id)
    row.absent_since, row.absent_until, row.seen_at = now, until, None
    session.flush()
    events.record(
        session, PersonLeft(account=account.email, until=until.isoformat() if until else None), by=by, now=now
    )
    hand_over(session, account, by=by, now=now)
    return account


def hand_over(session: Session, account: Account, *, by: Actor, now: datetime) -> None:
    """Give somebody's mails in triage to the others.

    It releases their claims and passes on what only they may decide.
    """
    claims.keep_only(session, [], by=account.actor)
    _pass_on(session, account, by=by, now=now)


def _own_or_leading(account: Account, by: Actor) -> None:
    """Refuse unless it is oneself or a manager.

    Absence decides who gets which mail: one says it of oneself, a manager of anybody.
    """
    if account.id != by.account_id and by.role not in STAFF:
        raise RefusedError("not_yours")


def come_back(session: Session, account_id: int, *, by: Actor, now: datetime) -> Account:
    """Note that somebody is at work again.

    Raises:
        NotFoundError: no such account.
        RefusedError: it is somebody else, and not theirs to say.
    """
    account = _account(session, account_id)
    _own_or_leading(account, by)
    row = _presence(session, account.id)
    if row.absent_since is not None:
        row.absent_since = row.absent_until = None
        events.record(session, PersonCameBack(account=account.email), by=by, now=now)
    return account


def set_claim_timeout(session: Session, minutes: int, *, by: Actor, now: datetime) -> None:
    """Set after how many minutes of silence claims end."""
    before, after = settings.get(session, settings.QUIET_MINUTES), min(max(minutes, 1), MOST_QUIET)
    if after != before:
        settings.put(session, settings.QUIET_MINUTES, after)
        events.record(session, ClaimTimeoutChanged(before=before, after=after), by=by, now=now)


def _pass_on(session: Session, account: Account, *, by: Actor, now: datetime) -> None:
    """Pass on the mails that only this person may decide.

    They go to the owner of returns, or where that one is away too, to everybody.
    """
    heir = settings.get(session, settings.RETURN_OWNER)
    today = deadlines.local_day(now)
    known = session.get(Account, heir) if heir else None
    new = heir if known is not None and known.active and not is_away(session, known.id, today) else None
    query = select(Enquiry).where(Enquiry.state == State.TRIAGE, Enquiry.owner_id == account.id)
    for enquiry in session.scalars(query.order_by(Enquiry.id)):
        enquiry.owner_id = new
        events.record(
            session,
            OwnerChanged(account=account.email, owner=known.email if new and known else None),
            by=by,
            now=now,
            enquiry_id=enquiry.id,
        )


def _away(today: date) -> ColumnElement[bool]:
    return Presence.absent_since.is_not(None) & or_(Presence.absent_until.is_(None), Presence.absent_until >= today)


def _presence(session: Session, account_id: int) -> Presence:
    row = session.get(Presence, account_id)
    if row is None:
        row = Presence(account_id=account_id)
        session.add(row)
    return row


def _account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None or not account.active:
        raise NotFoundError
    return account
