"""Early warnings: once each working morning, a unit hears which of its cases are about to run out of time."""

from datetime import date, datetime

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import database
from app.domain import deadlines as days
from app.domain import journaling
from app.domain.deadlines import COPENHAGEN
from app.domain.enquiry import State
from app.models.case import Case
from app.models.enquiry import Enquiry
from app.models.unit import Mailbox, Unit
from app.services import deadlines, events, settings
from connectors.errors import ConnectorError
from connectors.mail.gateway import MailGateway
from connectors.mail.message import Outgoing

log = structlog.get_logger()
HOUR = 7
"""Local time from which on a working day has begun."""
Pressing = dict[str, list[tuple[str, date, int]]]
"""Unit's address → (case number, last day, working days left), the most pressing first."""


def send(engine: Engine, gateway: MailGateway, *, secret: str, base_url: str, now: datetime) -> int:
    """Remind every unit that has something to be reminded of, once a working day. Returns how many were written to.

    Nothing of a mail is in the letter, only numbers and days. Killed half-way, the next call goes on: each unit's letter of
    a day has one Message-ID.
    """
    today = days.local_day(now)
    with database.read(engine) as session:
        calendar = deadlines.calendar(session)
        begun = days.is_working_day(today, calendar) and now.astimezone(COPENHAGEN).hour >= HOUR
        if not begun or settings.get(session, "reminded_on") == today.isoformat():
            return 0
        pressing = _pressing(session, today)
        sender = session.scalars(
            select(Mailbox.address).where(Mailbox.unit_id.is_(None)).order_by(Mailbox.id).limit(1)
        ).first()
    sent = sum(
        _write(gateway, sender, address, rows, today, secret, base_url) for address, rows in pressing.items() if sender
    )
    with database.write(engine) as session:
        settings.put(session, "reminded_on", today.isoformat())
        if sent:
            events.record(session, "reminded", by=events.ROBOT, now=now, units=sent)
    return sent


def _pressing(session: Session, today: date) -> Pressing:
    calendar, soon = deadlines.calendar(session), settings.get(session, "remind_days")
    query = (
        select(Unit.address, Case.number, Enquiry.due_on)
        .join(Enquiry, Enquiry.unit_id == Unit.id)
        .join(Case, Case.id == Enquiry.case_id)
        .where(Enquiry.state == State.ROUTED, ~Enquiry.imported)
        .order_by(Enquiry.due_on, Case.number)
    )
    found: Pressing = {}
    for address, number, due in session.execute(query):
        left = days.working_days_left(due, today, calendar)
        if left <= soon:
            found.setdefault(address, []).append((number, due, left))
    return found


def _write(
    gateway: MailGateway, sender: str, address: str, rows: list[tuple[str, date, int]], today: date,
    secret: str, base_url: str,
) -> bool:  # fmt: skip
    lines = "\n".join(f"{number}  senest {days.danish(due)}  ({_left(left)})" for number, due, left in rows)
    message = Outgoing(
        message_id=journaling.message_id(f"reminder:{address}:{today.isoformat()}", secret),
        sender=sender,
        recipient=address,
        subject=f"{len(rows)} {'frist' if len(rows) == 1 else 'frister'} nærmer sig eller er overskredet",
        text=f"Disse sager skal besvares, eller borgeren skal have et foreløbigt svar:\n\n{lines}\n\n{base_url}/enheden/\n",
    )
    try:
        gateway.send(message)
    except ConnectorError as error:
        log.warning("reminder_not_sent", mailbox=address, error=str(error))
        return False
    return True


def _left(left: int) -> str:
    if left < 0:
        return f"{-left} {'arbejdsdag' if left == -1 else 'arbejdsdage'} over"
    return "i dag" if left == 0 else f"om {left} {'arbejdsdag' if left == 1 else 'arbejdsdage'}"
