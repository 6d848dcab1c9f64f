"""Read how each mailbox stands that mails are read from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.enquiry import State
from app.models.enquiry import Enquiry
from app.models.history_reading import HistoryReading
from app.models.reconciliation import MissingMail, Reconciliation
from app.models.unit import Mailbox, MailboxState, Unit


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """A mailbox as its page shows it. `shared`: citizens write to it, and its mails become enquiries.

    `backlog` counts the mails that were taken in and not read yet; `last_mail_at` is when the last one came.
    """

    address: str
    name: str
    shared: bool
    state: MailboxState
    backlog: int
    last_mail_at: datetime | None
    compared: Reconciliation | None

    @property
    def missing(self) -> list[MissingMail]:
        """Return the mails that lie there and were not taken in, as the last comparison found."""
        return [mail for mail in self.compared.missing if mail.taken_at is None] if self.compared else []

    @property
    def rank(self) -> int:
        """Return how much it needs somebody: those first that cannot be read, then those that are paused."""
        if self.state.paused_at is not None:
            return 1
        return 0 if self.state.failing_since is not None else 2


def rows(session: Session) -> list[MailboxRow]:
    """Return all mailboxes, those first that need somebody, shared ones before those of units."""
    states = {row.address: row for row in session.scalars(select(MailboxState))}
    backlog = _backlog(session)
    shared = list(session.scalars(select(Mailbox).order_by(Mailbox.address)))
    latest = _latest(session)
    compared = {row.address: row for row in session.scalars(select(Reconciliation))}
    known = {box.address for box in shared}
    found = [
        MailboxRow(
            box.address, box.name, True, _state(states, box.address), backlog.get(box.address, 0),
            latest.get(box.address), compared.get(box.address),
        )
        for box in shared
    ]  # fmt: skip
    units = select(Unit).where(Unit.closed.is_(False), Unit.address.not_in(known)).order_by(Unit.address)
    found += [
        MailboxRow(unit.address, unit.name, False, _state(states, unit.address), 0, None, None)
        for unit in session.scalars(units)
    ]
    return sorted(found, key=lambda row: row.rank)


def readings(session: Session) -> list[HistoryReading]:
    """Return the folders of units' mailboxes that are, were or will be read for their history, the latest asked for first."""
    query = select(HistoryReading).order_by(HistoryReading.asked_at.desc(), HistoryReading.id)
    return list(session.scalars(query))


def unit_of(session: Session, address: str) -> Unit | None:
    """Return the unit whose own mailbox this is; None where it is none's."""
    return session.scalars(select(Unit).where(Unit.address == address)).one_or_none()


def is_ours(session: Session, address: str) -> bool:
    """Tell whether mails are taken from a mailbox, or a unit has it."""
    return any(session.scalar(select(kind.id).where(kind.address == address)) for kind in (Mailbox, Unit))


def _state(states: Mapping[str, MailboxState], address: str) -> MailboxState:
    return states.get(address) or MailboxState(address=address)


def _backlog(session: Session) -> dict[str, int]:
    query = select(Enquiry.mailbox, func.count()).where(Enquiry.state == State.RECEIVED).group_by(Enquiry.mailbox)
    return {row.mailbox: row[1] for row in session.execute(query)}


def _latest(session: Session) -> dict[str, datetime]:
    query = select(Enquiry.mailbox, func.max(Enquiry.received_at)).group_by(Enquiry.mailbox)
    return {mailbox: at for mailbox, at in session.execute(query) if at is not None}
